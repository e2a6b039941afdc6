#include "export/file/output_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace flowgauge {
namespace {

constexpr mode_t kFileMode = 0640;

// Not blocking, because opening a FIFO without a reader would wait for one.
constexpr int kFlags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;

int result_of(int status) noexcept {
    return status == 0 ? 0 : errno;
}

}  // namespace

int OutputFile::create(int directory, const std::string& name) {
    const int error = adopt(::openat(directory, name.c_str(), kFlags | O_EXCL, kFileMode), false);
    return error != 0 ? error : result_of(::flock(file_.get(), LOCK_EX | LOCK_NB));
}

int OutputFile::open(const std::string& path) {
    return adopt(::open(path.c_str(), kFlags | O_APPEND, kFileMode), true);
}

int OutputFile::adopt(int descriptor, bool appends) {
    *this = OutputFile();
    if (descriptor < 0) {
        return errno;
    }
    FileDescriptor file(descriptor);
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) {
        return errno;
    }
    if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) {
        return EINVAL;
    }
    if (::fcntl(descriptor, F_SETFL, appends ? O_APPEND : 0) != 0) {
        return errno;
    }
    is_regular_ = S_ISREG(status.st_mode);
    bytes_ = is_regular_ ? static_cast<std::uint64_t>(status.st_size) : 0;
    safe_bytes_ = bytes_;
    file_ = std::move(file);
    return 0;
}

bool OutputFile::is_gone() {
    struct stat status {};
    if (!is_regular_ || ::fstat(file_.get(), &status) != 0) {
        return false;
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size < bytes_ || !torn_) {
        bytes_ = size;
        safe_bytes_ = std::min(safe_bytes_, size);
        torn_ = false;
    }
    return status.st_nlink == 0;
}

void OutputFile::count(std::uint64_t bytes, std::uint64_t records) noexcept {
    bytes_ += bytes;
    records_ += records;
}

void OutputFile::make_safe() noexcept {
    safe_bytes_ = bytes_;
    safe_records_ = records_;
}

int OutputFile::rewind() {
    torn_ = torn_ || bytes_ > safe_bytes_;
    bytes_ = safe_bytes_;
    records_ = safe_records_;
    return cut_back();
}

int OutputFile::cut_back() {
    if (torn_ && is_regular_) {
        if (::ftruncate(file_.get(), static_cast<off_t>(bytes_)) != 0) {
            return errno;
        }
        torn_ = false;
    }
    return 0;
}

}  // namespace flowgauge
