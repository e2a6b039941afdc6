#include "capture/byte_stream.h"

#include "core/packet/frame.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace flowgauge {

ByteStream::ByteStream(FileDescriptor descriptor, std::size_t buffer_bytes)
    : descriptor_(std::move(descriptor)),
      buffer_bytes_(buffer_bytes),
      buffers_(one_buffer(buffer_bytes)),
      bytes_(buffers_.front().bytes.get()) {
    // Doubles the kernel's read-ahead. A pipe refuses, which does not matter.
    static_cast<void>(::posix_fadvise(descriptor_.get(), 0, 0, POSIX_FADV_SEQUENTIAL));
}

bool ByteStream::skip(std::uint64_t count) {
    while (count > available()) {
        count -= available();
        consume(available());
        if (!ensure(1)) {
            return false;
        }
    }
    consume(static_cast<std::size_t>(count));
    return true;
}

Error ByteStream::error() const {
    assert(failed());
    return Error{
        ErrorKind::kSystem,
        "read at byte " + std::to_string(buffer_offset_ + end_) + ": " +
            std::generic_category().message(read_errno_)};
}

bool ByteStream::fill(std::size_t count) {
    assert(count <= kStreamBufferBytesMax);
    make_room(count);
    while (available() < count) {
        if (!read_more()) {
            return false;
        }
    }
    return true;
}

// Moves what is left to the front of the next buffer, so that `count` bytes from there fit.
void ByteStream::make_room(std::size_t count) {
    if (before_reuse_ != nullptr) {
        (*before_reuse_)();
    }
    const std::size_t left = available();
    current_ = (current_ + 1) % buffers_.size();
    Buffer& next = buffers_[current_];
    if (count > next.capacity) {
        const Buffer before = enlarge(next, std::max({count, 2 * next.capacity, buffer_bytes_}));
        std::memcpy(next.bytes.get(), data(), left);
    } else if (left > 0) {
        std::memmove(next.bytes.get(), data(), left);
    }
    bytes_ = next.bytes.get();
    buffer_offset_ += begin_;
    begin_ = 0;
    end_ = left;
}

// Returns what `buffer` was, which may still hold what is to be read.
ByteStream::Buffer ByteStream::enlarge(Buffer& buffer, std::size_t bytes) {
    const std::size_t capacity = std::min(bytes, kStreamBufferBytesMax);
    Buffer made{
        .bytes = std::make_unique<std::uint8_t[]>(capacity + kFrameSlackBytes),
        .capacity = capacity};
    std::swap(buffer, made);
    return made;
}

std::vector<ByteStream::Buffer> ByteStream::one_buffer(std::size_t bytes) {
    std::vector<Buffer> buffers(1);
    static_cast<void>(enlarge(buffers.front(), bytes));
    return buffers;
}

// Reads once, as much as fits. Returns false at the end and on failure, both of which last.
bool ByteStream::read_more() {
    if (ended_ || failed()) {
        return false;
    }
    if (interrupted_ != nullptr && !wait_readable()) {
        ended_ = true;
        return false;
    }
    ssize_t got = -1;
    do {
        got = ::read(descriptor_.get(), bytes_ + end_, buffers_[current_].capacity - end_);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        read_errno_ = errno;
        return false;
    }
    ended_ = got == 0;
    end_ += static_cast<std::size_t>(got);
    return !ended_;
}

// Returns false when the reading was interrupted. A regular file is always readable.
bool ByteStream::wait_readable() const noexcept {
    constexpr int kLookEveryMs = 200;
    pollfd wanted{.fd = descriptor_.get(), .events = POLLIN, .revents = 0};
    while (!interrupted_->load(std::memory_order_relaxed)) {
        if (::poll(&wanted, 1, kLookEveryMs) != 0) {
            return true;  // readable, at its end, or read(2) will say what is wrong
        }
    }
    return false;
}

}  // namespace flowgauge
