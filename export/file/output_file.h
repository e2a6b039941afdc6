// OutputFile: one open file that grows by whole records. What a failed write left of a record is
// cut off again, so that whoever reads the file never finds a torn row.
#pragma once

#include "core/base/file_descriptor.h"
#include "export/sink/transport.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace flowgauge {

// What a write did. `error` is 0 or an errno; without it all records were written.
struct Appended {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    int error = 0;
};

// Thread: one. Errors: errno values, for those who know the path.
class OutputFile {
public:
    OutputFile() = default;

    // Makes a new file in an open directory, and locks it (flock(2)): it is in work. Returns errno.
    [[nodiscard]] int create(int directory, const std::string& name);

    // Opens a file, or makes it, to go on at its end. Only regular files and character devices.
    [[nodiscard]] int open(const std::string& path);

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(file_); }
    [[nodiscard]] int descriptor() const noexcept { return file_.get(); }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
    [[nodiscard]] std::uint64_t unsynced_records() const noexcept { return unsynced_records_; }

    // Whether nobody can find the file any more: it was removed, or its directory was. Otherwise
    // learns its size, which others may change: the program that rotates logs cuts it to nothing.
    [[nodiscard]] bool is_gone();

    // Writes the records of `batch`, `head` before them if the file is empty. Requires: is_gone()
    // was asked.
    [[nodiscard]] Appended append(std::string_view head, const RecordBatch& batch);

    // Cuts off part of a record that a failed write left, if there is any. Returns errno.
    [[nodiscard]] int cut_back();

    // Forces what was written to the disk. On failure it takes back what was not forced yet: those
    // records are not in the file afterwards. Returns errno.
    [[nodiscard]] int sync();

    // As sync(), without taking back.
    [[nodiscard]] int try_sync() noexcept;

    // Forgets the file. What is in it stays.
    void abandon() { *this = OutputFile(); }

private:
    [[nodiscard]] int adopt(int descriptor);
    [[nodiscard]] int put(std::string_view bytes, std::uint64_t& written);

    FileDescriptor file_;
    bool is_regular_ = false;
    bool torn_ = false;        // part of a record lies behind bytes_
    std::uint64_t bytes_ = 0;  // whole ones
    std::uint64_t records_ = 0;
    std::uint64_t synced_bytes_ = 0;
    std::uint64_t unsynced_records_ = 0;
};

}  // namespace flowgauge
