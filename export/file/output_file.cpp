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
constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;

int result_of(int status) noexcept {
    return status == 0 ? 0 : errno;
}

}  // namespace

int OutputFile::create(int directory, const std::string& name) {
    const int error = adopt(::openat(directory, name.c_str(), kFlags | O_EXCL, kFileMode));
    return error != 0 ? error : result_of(::flock(file_.get(), LOCK_EX | LOCK_NB));
}

int OutputFile::open(const std::string& path) {
    return adopt(::open(path.c_str(), kFlags, kFileMode));
}

int OutputFile::adopt(int descriptor) {
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
    if (::fcntl(descriptor, F_SETFL, O_APPEND) != 0) {
        return errno;
    }
    is_regular_ = S_ISREG(status.st_mode);
    bytes_ = is_regular_ ? static_cast<std::uint64_t>(status.st_size) : 0;
    synced_bytes_ = bytes_;
    file_ = std::move(file);
    return 0;
}

bool OutputFile::is_gone() {
    struct stat status {};
    if (::fstat(file_.get(), &status) != 0 || !is_regular_) {
        return false;
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size < bytes_ || !torn_) {
        bytes_ = size;
        synced_bytes_ = std::min(synced_bytes_, size);
        torn_ = false;
    }
    return status.st_nlink == 0;
}

Appended OutputFile::append(std::string_view head, const RecordBatch& batch) {
    Appended done;
    if (done.error = cut_back(); done.error != 0) {
        return done;
    }
    std::uint64_t written = 0;
    if (bytes_ == 0 && !head.empty()) {
        done.error = put(head, written);
        if (done.error != 0) {
            torn_ = written != 0;
            static_cast<void>(cut_back());
            return done;
        }
        bytes_ = written;
        done.bytes = written;
    }
    done.error = put(batch.bytes, written);
    const auto behind = std::ranges::upper_bound(batch.ends, batch.base + written);
    done.records = static_cast<std::uint64_t>(behind - batch.ends.begin());
    const std::uint64_t whole = batch.bytes_of(done.records);
    done.bytes += whole;
    bytes_ += whole;
    records_ += done.records;
    unsynced_records_ += done.records;
    torn_ = written != whole;
    static_cast<void>(cut_back());  // if that fails, it is tried again before anything else
    return done;
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

int OutputFile::try_sync() noexcept {
    if (is_regular_ && ::fdatasync(file_.get()) != 0) {
        return errno;
    }
    synced_bytes_ = bytes_;
    unsynced_records_ = 0;
    return 0;
}

int OutputFile::sync() {
    const int error = try_sync();
    if (error != 0) {
        torn_ = bytes_ > synced_bytes_;
        bytes_ = synced_bytes_;
        records_ -= unsynced_records_;
        unsynced_records_ = 0;
        static_cast<void>(cut_back());
    }
    return error;
}

// The one place where records go to a file.
int OutputFile::put(std::string_view bytes, std::uint64_t& written) {
    written = 0;
    while (written < bytes.size()) {
        const ssize_t count = ::write(file_.get(), bytes.data() + written, bytes.size() - written);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return count < 0 ? errno : EIO;
        }
        written += static_cast<std::uint64_t>(count);
    }
    return 0;
}

}  // namespace flowgauge
