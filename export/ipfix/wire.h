// Numbers and texts as IPFIX has them on the wire (RFC 7011 section 6): big-endian, texts in UTF-8
// behind their length.
#pragma once

#include "core/base/time.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace flowgauge {

constexpr std::size_t kIpfixHeaderBytes = 16;
constexpr std::size_t kIpfixSetHeaderBytes = 4;
constexpr std::uint16_t kIpfixVersion = 10;
constexpr std::uint16_t kTemplateSet = 2;
constexpr std::uint16_t kOptionsTemplateSet = 3;

// Places in a message header.
constexpr std::size_t kLengthPlace = 2;
constexpr std::size_t kExportTimePlace = 4;
constexpr std::size_t kSequencePlace = 8;
constexpr std::size_t kDomainPlace = 12;

// Puts the lowest `Bytes` bytes of `value` at `at`.
template <std::size_t Bytes>
void store_wire(void* at, std::uint64_t value) noexcept {
    static_assert(std::endian::native == std::endian::little);
    value = __builtin_bswap64(value << (64 - 8 * Bytes));
    std::memcpy(at, &value, Bytes);
}

template <std::size_t Bytes>
void append_wire(std::string& out, std::uint64_t value) {
    out.append(Bytes, '\0');
    store_wire<Bytes>(out.data() + out.size() - Bytes, value);
}

template <std::size_t Bytes>
[[nodiscard]] std::uint64_t load_wire(const void* at) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, at, Bytes);
    return __builtin_bswap64(value) >> (64 - 8 * Bytes);
}

// The length of something of variable length; `at` has room for 3 bytes. Returns what follows it.
inline std::uint8_t* write_length(std::uint8_t* at, std::size_t length) noexcept {
    if (length < 255) {
        *at = static_cast<std::uint8_t>(length);
        return at + 1;
    }
    *at = 255;
    store_wire<2>(at + 1, length);
    return at + 3;
}

// Bytes that write_wire_text() needs at most.
[[nodiscard]] constexpr std::size_t wire_text_bytes(std::size_t bytes_max) noexcept {
    return bytes_max + 3;
}

// Writes length and text. What is not UTF-8 becomes U+FFFD, and what is longer than `bytes_max` is
// cut where a character ends. Returns what follows it. Cost: one look at each 8 bytes of ASCII.
std::uint8_t* write_wire_text(
    std::uint8_t* at, std::string_view text, std::size_t bytes_max
) noexcept;
void append_wire_text(std::string& out, std::string_view text, std::size_t bytes_max);

// A text in exactly `bytes` bytes, zeros behind it.
void append_padded_text(std::string& out, std::string_view text, std::size_t bytes);

// A point in time, `ticks` of `unit` since 1970: milliseconds as they are, else in the NTP format
// of RFC 7011 sections 6.1.9 and 6.1.10. Fractions are rounded up, so that a reader that rounds
// down gets the same number of ticks.
[[nodiscard]] std::uint64_t wire_time(Tick ticks, TimeUnit unit) noexcept;

}  // namespace flowgauge
