// OutputFile: one open file that grows by whole units. What a failed write left of a unit is cut
// off again, so that whoever reads the file never finds a torn row.
#pragma once

#include "core/base/file_descriptor.h"

#include <cstdint>
#include <string>

namespace flowgauge {

// Thread: one. Errors: errno values, for those who know the path. Writes themselves are the
// caller's; this knows what came of them.
class OutputFile {
public:
    OutputFile() = default;

    // Makes a new file in an open directory, and locks it (flock(2)): it is in work. Returns errno.
    [[nodiscard]] int create(int directory, const std::string& name);

    // Opens a file, or makes it, to go on at its end. Only regular files and character devices.
    [[nodiscard]] int open(const std::string& path);

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(file_); }
    [[nodiscard]] int descriptor() const noexcept { return file_.get(); }
    [[nodiscard]] bool is_regular() const noexcept { return is_regular_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

    // Whether nobody can find the file any more: it was removed, or its directory was. Otherwise
    // learns its size, which others may change: the program that rotates logs cuts it to nothing.
    [[nodiscard]] bool is_gone();

    // What a write behind bytes() came to: all of it got in, or perhaps a part.
    void count(std::uint64_t bytes, std::uint64_t records) noexcept;
    void tear() noexcept { torn_ = true; }

    // What is in it is on the disk.
    void make_safe() noexcept;

    // Cuts off what is not on the disk for sure.
    [[nodiscard]] int rewind();

    // Cuts off what a failed write left, if there is anything. Returns errno.
    [[nodiscard]] int cut_back();

    // Forgets the file. What is in it stays.
    void abandon() { *this = OutputFile(); }

private:
    [[nodiscard]] int adopt(int descriptor, bool appends);

    FileDescriptor file_;
    bool is_regular_ = false;
    bool torn_ = false;        // something may lie behind bytes_
    std::uint64_t bytes_ = 0;  // whole units
    std::uint64_t records_ = 0;
    std::uint64_t safe_bytes_ = 0;
    std::uint64_t safe_records_ = 0;
};

}  // namespace flowgauge
