#include "export/file/file_transport.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

constexpr mode_t kFileMode = 0640;

Error output_error(const std::string& name, int code) {
    return {ErrorKind::kOutput, name + ": " + std::generic_category().message(code)};
}

bool is_fifo(const std::string& path) noexcept {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
}

// A FIFO that nobody reads can be opened for both without waiting for anybody.
FileDescriptor open_path(const FileTransportOptions& options) {
    const int flags = !options.may_wait && is_fifo(options.path)
                          ? O_RDWR | O_NONBLOCK | O_CLOEXEC
                          : O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    return FileDescriptor(::open(options.path.c_str(), flags, kFileMode));
}

}  // namespace

bool is_stream(const std::string& path) {
    struct stat status {};
    return path == "-" || (::stat(path.c_str(), &status) == 0 &&
                           (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)));
}

Result<std::unique_ptr<FileTransport>> FileTransport::open(
    const FileTransportOptions& options, std::unique_ptr<FileFraming> framing
) {
    const bool standard = options.path == "-";
    // A copy of standard output, so that closing reports what is still to be written.
    FileDescriptor file =
        standard ? FileDescriptor(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)) : open_path(options);
    std::string name = standard ? "standard output" : options.path;
    if (!file) {
        return output_error(name, errno);
    }
    std::unique_ptr<FileTransport> made(
        new FileTransport(std::move(file), std::move(name), std::move(framing))  // private
    );
    if (const int error = made->set_pace(options.may_wait, !standard); error != 0) {
        return output_error(made->name_, error);
    }
    ++made->numbers_.files_opened;
    return made;
}

int FileTransport::set_pace(bool may_wait, bool is_ours) noexcept {
    struct stat status {};
    if (::fstat(file_.get(), &status) != 0) {
        return errno;
    }
    if (may_wait) {
        pace_ = Pace::kWaits;
    } else if (S_ISSOCK(status.st_mode)) {
        pace_ = Pace::kSocket;
    } else if (S_ISFIFO(status.st_mode)) {
        pace_ = is_ours ? Pace::kNonBlocking : Pace::kPolled;
    }
    return 0;
}

void FileTransport::turn(SteadyTime now, std::vector<Delivery>& done) {
    if (block_ && !is_framed_ && !failure_) {
        frame_block(now);
    }
    if (block_ && (failure_ || put() != Outcome::kLater)) {
        Delivery delivery{.block = std::move(*block_), .acknowledged = 0, .dropped = {}};
        const std::uint64_t records = delivery.block.records;
        block_.reset();
        is_framed_ = false;
        if (failure_) {
            delivery.dropped[RecordLoss::kOutputFailed] = records;
        } else if (std::exchange(is_refused_, false)) {
            delivery.dropped[RecordLoss::kRefused] = records;
        } else {
            delivery.acknowledged = records;
        }
        done.push_back(std::move(delivery));
    }
    if (closing_ && !block_ && file_ && !failure_) {
        finish();
    }
}

void FileTransport::prepare_wait(TransportWait& wait) const {
    if (!rest_.empty() && !failure_) {
        wait.descriptors.push_back({.fd = file_.get(), .events = POLLOUT, .revents = 0});
    }
}

void FileTransport::take_back(std::vector<Block>& blocks) {
    if (block_) {
        blocks.push_back(std::move(*block_));
        block_.reset();
        rest_ = {};
        is_framed_ = false;
    }
}

void FileTransport::frame_block(SteadyTime now) {
    static const std::shared_ptr<const Preamble> kNone = std::make_shared<const Preamble>();
    const std::shared_ptr<const Preamble>& wanted =
        block_->preamble == nullptr ? kNone : block_->preamble;
    is_framed_ = true;
    if (block_->spool_frame != 0 && !framing_->accepts(*wanted)) {
        is_refused_ = true;
        return;
    }
    if (preamble_ == nullptr || preamble_->fingerprint != wanted->fingerprint) {
        preamble_ = wanted;
        framing_->begin(preamble_);
    }
    rest_ = framing_->frame(
        {.block = *block_, .first = 0, .count = block_->units.size()}, offset_, now
    );
    offset_ += rest_.size();
}

FileTransport::Outcome FileTransport::put() {
    const bool is_anything = !rest_.empty();
    while (!rest_.empty()) {
        const ssize_t written = write_some();
        if (written >= 0) {
            rest_.remove_prefix(static_cast<std::size_t>(written));
            numbers_.bytes_written += static_cast<std::uint64_t>(written);
        } else if (errno == EAGAIN) {
            return Outcome::kLater;
        } else if (errno != EINTR) {
            fail(errno);
            return Outcome::kFailed;
        }
    }
    if (is_anything) {
        numbers_.last_success_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                       std::chrono::system_clock::now().time_since_epoch()
        )
                                       .count();
    }
    return Outcome::kDone;
}

// Bytes written, or -1 with errno.
ssize_t FileTransport::write_some() const noexcept {
    switch (pace_) {
    case Pace::kSocket:
        return ::send(file_.get(), rest_.data(), rest_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    case Pace::kPolled: {
        // A pipe that can be written has room for so many bytes (pipe(7)).
        pollfd wanted{.fd = file_.get(), .events = POLLOUT, .revents = 0};
        if (::poll(&wanted, 1, 0) == 0) {
            errno = EAGAIN;
            return -1;
        }
        return ::write(file_.get(), rest_.data(), std::min<std::size_t>(rest_.size(), PIPE_BUF));
    }
    case Pace::kWaits:
    case Pace::kNonBlocking:
        break;
    }
    return ::write(file_.get(), rest_.data(), rest_.size());
}

void FileTransport::finish() {
    if (!std::exchange(has_ended_, true) && preamble_ != nullptr) {
        rest_ = framing_->end(offset_);
    }
    if (put() != Outcome::kDone) {
        return;
    }
    if (::close(file_.release()) != 0) {
        fail(errno);
        return;
    }
    ++numbers_.files_finished;
}

void FileTransport::fail(int code) {
    failure_ = output_error(name_, code);
    rest_ = {};
    numbers_.working = 0;
    ++numbers_.errors;
}

}  // namespace flowgauge
