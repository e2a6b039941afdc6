#include "export/file/disk_room.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>

namespace flowgauge {
namespace {

constexpr std::chrono::seconds kAskEvery{1};
constexpr std::uint64_t kAskBytes = std::uint64_t{1} << 20;

}  // namespace

int DiskRoom::look(std::uint64_t bytes, SteadyTime now, int file) {
    if (min_free_ == 0) {
        return 0;
    }
    const bool is_old =
        !asked_at_ || now - *asked_at_ >= kAskEvery || written_since_ + bytes > kAskBytes;
    if (is_old || (!low_ && would_be_low(bytes))) {
        if (const int error = ask(now, file); error != 0) {
            low_ = false;
            return error;
        }
    }
    low_ = would_be_low(bytes);
    return 0;
}

// A write may begin a block more than it fills.
bool DiskRoom::would_be_low(std::uint64_t bytes) const noexcept {
    return free_bytes_ < min_free_ + bytes + block_bytes_;
}

void DiskRoom::count_written(std::uint64_t bytes) noexcept {
    written_since_ += bytes;
    free_bytes_ -= std::min(free_bytes_, bytes + block_bytes_);
}

int DiskRoom::ask(SteadyTime now, int file) {
    struct statvfs disk {};
    const int status = file >= 0 ? ::fstatvfs(file, &disk) : ::statvfs(directory_.c_str(), &disk);
    if (status != 0) {
        return errno;
    }
    asked_at_ = now;
    free_bytes_ = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    block_bytes_ = disk.f_bsize;
    written_since_ = 0;
    return 0;
}

}  // namespace flowgauge
