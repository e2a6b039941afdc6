// SpoolDirectory: the files of a spool by name, and the lock that makes them one process's alone.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// A file of frames, named by the number of its first frame: 0000000000000001.seg. What is set aside
// is 0000000000000001.bad.
struct SegmentFile {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
};

struct SpoolFiles {
    std::vector<SegmentFile> segments;  // in the order of their numbers
    std::vector<SegmentFile> aside;
};

// Thread: one. Files that are not a spool's are left alone, and links are not followed. Errors: of
// open() with place, cause and remedy; elsewhere errno values.
class SpoolDirectory {
public:
    // Makes what is missing of the path, and takes the lock. Error: kOutput.
    [[nodiscard]] static Result<SpoolDirectory> open(const std::string& path);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] int descriptor() const noexcept { return directory_.get(); }

    [[nodiscard]] Result<SpoolFiles> list() const;

    // Opens a regular file there, as openat(2) does. Empty on failure, with errno.
    [[nodiscard]] FileDescriptor open_file(const std::string& name, int flags) const noexcept;
    [[nodiscard]] FileDescriptor open_segment(std::uint64_t number) const noexcept;
    [[nodiscard]] FileDescriptor create_segment(std::uint64_t number) const noexcept;

    // Return errno.
    [[nodiscard]] int remove_segment(std::uint64_t number) const noexcept;
    [[nodiscard]] int set_aside(std::uint64_t number) const noexcept;
    [[nodiscard]] int remove_aside(std::uint64_t number) const noexcept;

    // Puts `from` in the place of `to` and keeps the old `to` under the other name, so that a full
    // disk always has room for the next one. Returns errno.
    [[nodiscard]] int exchange(const std::string& from, const std::string& to) const noexcept;

private:
    SpoolDirectory(std::string path, FileDescriptor directory, FileDescriptor lock)
        : path_(std::move(path)),
          directory_(std::move(directory)),
          lock_(std::move(lock)) {}

    std::string path_;
    FileDescriptor directory_;
    FileDescriptor lock_;
};

// 0000000000000001.seg
[[nodiscard]] std::string segment_name(std::uint64_t number);

}  // namespace flowgauge
