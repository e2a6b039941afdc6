#include "visibility/sockets/line_file.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

namespace flowgauge {
namespace {

LineFileEnd end_by(int error) noexcept {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return LineFileEnd::kAbsent;
    case EACCES:
    case EPERM:
        return LineFileEnd::kDenied;
    default:
        return LineFileEnd::kFailed;
    }
}

}  // namespace

LineFile::LineFile(int directory, const char* path, std::span<char> buffer) noexcept
    : file_(::openat(directory, path, O_RDONLY | O_CLOEXEC)),
      buffer_(buffer) {
    if (!file_) {
        end_ = end_by(errno);
    }
}

bool LineFile::fill() noexcept {
    ssize_t got = 0;
    do {
        got = ::read(file_.get(), buffer_.data() + held_, buffer_.size() - held_);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) {
        end_ = got < 0 ? end_by(errno) : LineFileEnd::kEnd;
        if (end_ == LineFileEnd::kAbsent) {
            end_ = LineFileEnd::kFailed;  // it was there
        }
        return false;
    }
    got_ = static_cast<std::size_t>(got);
    held_ += got_;
    return true;
}

std::string_view LineFile::whole_lines() const noexcept {
    const std::string_view held(buffer_.data(), held_);
    const std::size_t last = held.rfind('\n');
    if (last == std::string_view::npos) {
        // Its beginning alone would be taken for the whole.
        return held_ == buffer_.size() ? held : std::string_view();
    }
    return held.substr(0, last + 1);
}

void LineFile::keep_behind(std::size_t bytes) noexcept {
    held_ -= bytes;
    std::memmove(buffer_.data(), buffer_.data() + bytes, held_);
}

}  // namespace flowgauge
