// ByteStream: sequential reader over a file, pipe or terminal through one large buffer.
//
// read(2) into a buffer rather than mmap: page faults made the mapped reader 2.6 times as slow.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace flowgauge {

constexpr std::size_t kStreamBufferBytes = std::size_t{1} << 20;

// What the buffer may grow to, and so the largest record: the 16 MiB at which libpcap stops too,
// and room for headers and options around it.
constexpr std::size_t kStreamBufferBytesMax = (std::size_t{16} << 20) + 4096;

// Ownership: owns the descriptor and the buffers; a pointer from data() is valid until the next
// call of ensure() or skip(). Thread: any, one at a time. Cost: a system call per buffer; memory is
// allocated only when a record outgrows the buffer.
class ByteStream {
public:
    // Requires: `descriptor` is open for reading; 0 < buffer_bytes <= kStreamBufferBytesMax.
    explicit ByteStream(FileDescriptor descriptor, std::size_t buffer_bytes = kStreamBufferBytes);

    // Ends the input when `*interrupted` becomes true while a pipe or terminal has nothing to read,
    // so that a stop request is not stuck behind a silent writer. Requires: outlives the stream.
    void end_when(const std::atomic<bool>* interrupted) noexcept { interrupted_ = interrupted; }

    // Reads into `buffers` in turn: what was consumed stays where it is until the reading has come
    // round. Requires: nothing was read yet, but for what is still to be consumed; buffers > 0.
    void rotate(std::size_t buffers) { buffers_.resize(buffers); }

    // Called before the buffer is reused that comes next: of what was consumed, the bytes from
    // before the last `buffers` - 1 calls lose their place. Requires: outlives the stream.
    void before_reuse(const std::function<void()>* call) noexcept { before_reuse_ = call; }

    // Makes the next `count` bytes readable at data(), with kFrameSlackBytes readable after them.
    // Reads no more than it must wait for, so a slow pipe delivers what it has.
    // Requires: count <= kStreamBufferBytesMax.
    // Returns false if the input ended or failed before; the rest then is at data().
    [[nodiscard]] bool ensure(std::size_t count) { return available() >= count || fill(count); }

    // The next byte to read, and how many are in the buffer.
    [[nodiscard]] const std::uint8_t* data() const noexcept { return bytes_ + begin_; }
    [[nodiscard]] std::size_t available() const noexcept { return end_ - begin_; }

    // Moves past `count` bytes; they stay readable where they are until before_reuse() is called.
    // Requires: count <= available().
    void consume(std::size_t count) noexcept { begin_ += count; }

    // Moves past `count` bytes, however many. Returns false if the input ended or failed before.
    [[nodiscard]] bool skip(std::uint64_t count);

    // Number of bytes consumed, which is the offset of data() from where the reading began.
    [[nodiscard]] std::uint64_t offset() const noexcept { return buffer_offset_ + begin_; }

    // Whether ensure() or skip() stopped at a read error, not at the end of the input.
    [[nodiscard]] bool failed() const noexcept { return read_errno_ != 0; }

    // Requires: failed(). Returns kSystem, "read at byte N: REASON".
    [[nodiscard]] Error error() const;

private:
    struct Buffer {
        std::unique_ptr<std::uint8_t[]> bytes;  // `capacity` of them, then the slack
        std::size_t capacity = 0;
    };

    [[nodiscard]] bool fill(std::size_t count);
    void make_room(std::size_t count);
    [[nodiscard]] static Buffer enlarge(Buffer& buffer, std::size_t bytes);
    [[nodiscard]] static std::vector<Buffer> one_buffer(std::size_t bytes);
    [[nodiscard]] bool read_more();
    [[nodiscard]] bool wait_readable() const noexcept;

    FileDescriptor descriptor_;
    const std::atomic<bool>* interrupted_ = nullptr;
    const std::function<void()>* before_reuse_ = nullptr;
    std::size_t buffer_bytes_;  // of a buffer that needs no more
    std::vector<Buffer> buffers_;
    std::size_t current_ = 0;
    std::uint8_t* bytes_;  // of the current buffer
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t buffer_offset_ = 0;  // of bytes_[0] in the input
    bool ended_ = false;
    int read_errno_ = 0;
};

}  // namespace flowgauge
