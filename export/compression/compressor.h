// Compressor: bytes into frames of zstd or members of gzip, which can stand one behind the other.
#pragma once

#include "core/base/result.h"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace flowgauge {

enum class Compression : std::uint8_t { kNone, kZstd, kGzip };

// Thread: one at a time. Cost: level 1 of zstd takes about 2 us for a row of 600 bytes.
class Compressor {
public:
    virtual ~Compressor() = default;

    // Appends `bytes` as one whole frame. Such frames one behind the other are a stream of their
    // contents (RFC 8878 section 3, RFC 1952 section 2.2). Memory that is missing is an exception,
    // as with any allocation.
    virtual void append(std::string& out, std::string_view bytes) = 0;
};

// Requires: not kNone.
[[nodiscard]] std::unique_ptr<Compressor> make_compressor(Compression compression);

// What the names of files end in: ".zst", ".gz", "".
[[nodiscard]] std::string_view suffix_of(Compression compression) noexcept;

// Reads at most `count` bytes from a position of what is looked at. Returns how many there are; 0
// at its end, -1 with errno.
using ReadAt = std::function<ssize_t(char* to, std::size_t count, std::uint64_t position)>;

// Where the last whole frame ends, counted from the beginning; what follows is torn or no frame.
// Error: kOutput, when it cannot be read. Cost: reads all; gzip is decompressed for that.
[[nodiscard]] Result<std::uint64_t> end_of_frames(Compression compression, const ReadAt& read);

}  // namespace flowgauge
