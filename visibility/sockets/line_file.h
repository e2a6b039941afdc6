// Reads files of /proc piece by piece, in whole lines.
#pragma once

#include "core/base/file_descriptor.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace flowgauge {

enum class LineFileEnd : unsigned char {
    kEnd,
    kAbsent,  // there is no such file
    kDenied,
    kFailed,  // it broke off: the process is gone, no descriptor is free
    kCut,     // it is longer than the bound, or whoever reads it has no room
};

// Thread: one. Ownership: closes the file. Takes the whole of `buffer`, which is larger than a
// line.
class LineFile {
public:
    // `directory` as for openat(2).
    LineFile(int directory, const char* path, std::span<char> buffer) noexcept;

    // Hands the whole lines of the file to read_lines(text) -> bool, as they come, until it returns
    // false (kCut), `bytes_max` are read or the file ends. A line that is larger than the buffer
    // comes in parts.
    template <typename ReadLines>
    LineFileEnd read(std::size_t bytes_max, ReadLines&& read_lines) {
        std::size_t total = 0;
        while (end_ == LineFileEnd::kEnd && fill()) {
            total += got_;
            const std::string_view lines = whole_lines();
            if (total > bytes_max || !read_lines(lines)) {
                return LineFileEnd::kCut;
            }
            keep_behind(lines.size());
        }
        if (end_ == LineFileEnd::kEnd && held_ > 0) {
            static_cast<void>(read_lines(std::string_view(buffer_.data(), held_)));
        }
        return end_;
    }

private:
    // Reads more behind what is held. Returns false at the end and when it fails.
    bool fill() noexcept;
    [[nodiscard]] std::string_view whole_lines() const noexcept;
    void keep_behind(std::size_t bytes) noexcept;

    FileDescriptor file_;
    std::span<char> buffer_;
    std::size_t held_ = 0;  // bytes of `buffer_`
    std::size_t got_ = 0;   // of those, by the last fill()
    LineFileEnd end_ = LineFileEnd::kEnd;
};

}  // namespace flowgauge
