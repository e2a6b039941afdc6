#include "export/ipfix/wire.h"

#include <algorithm>
#include <array>

namespace flowgauge {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

bool is_ascii(std::string_view text) noexcept {
    std::uint64_t bits = 0;
    while (text.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), 8);
        bits |= word;
        text.remove_prefix(8);
    }
    for (const char c : text) {
        bits |= static_cast<unsigned char>(c);
    }
    return (bits & 0x8080808080808080U) == 0;
}

// Length of the well-formed sequence that `text` begins with (Unicode table 3-7), or 0.
std::size_t sequence_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto follows = [&](std::size_t i) {
        return (byte(i) & 0xc0U) == 0x80U;
    };
    const unsigned first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return follows(1) ? 2 : 0;
    }
    if (first >= 0xe0 && first <= 0xef) {
        const bool overlong = first == 0xe0 && byte(1) < 0xa0;
        const bool surrogate = first == 0xed && byte(1) > 0x9f;
        return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const bool overlong = first == 0xf0 && byte(1) < 0x90;
        const bool beyond = first == 0xf4 && byte(1) > 0x8f;
        return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

// Writes what of `text` is whole characters and fits. Returns its end.
std::uint8_t* write_clean(std::uint8_t* at, std::string_view text, std::size_t bytes_max) noexcept {
    const std::uint8_t* const end = at + bytes_max;
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        const std::string_view piece = length == 0 ? kReplacement : text.substr(0, length);
        if (piece.size() > static_cast<std::size_t>(end - at)) {
            break;
        }
        at = std::copy(piece.begin(), piece.end(), at);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return at;
}

}  // namespace

std::uint8_t* write_wire_text(
    std::uint8_t* at, std::string_view text, std::size_t bytes_max
) noexcept {
    if (is_ascii(text.substr(0, bytes_max))) [[likely]] {
        text = text.substr(0, bytes_max);
        at = write_length(at, text.size());
        return std::copy(text.begin(), text.end(), at);
    }
    std::uint8_t* const body = at + 3;
    const auto length = static_cast<std::size_t>(write_clean(body, text, bytes_max) - body);
    at = write_length(at, length);
    std::memmove(at, body, length);
    return at + length;
}

void append_wire_text(std::string& out, std::string_view text, std::size_t bytes_max) {
    const std::size_t begin = out.size();
    out.resize(begin + wire_text_bytes(bytes_max));
    auto* const at = reinterpret_cast<std::uint8_t*>(out.data() + begin);
    out.resize(begin + static_cast<std::size_t>(write_wire_text(at, text, bytes_max) - at));
}

void append_padded_text(std::string& out, std::string_view text, std::size_t bytes) {
    const std::size_t begin = out.size();
    out.resize(begin + bytes);
    write_clean(reinterpret_cast<std::uint8_t*>(out.data() + begin), text, bytes);
}

std::uint64_t wire_time(Tick ticks, TimeUnit unit) noexcept {
    constexpr std::uint64_t kNtpBefore1970 = 2'208'988'800;  // seconds from 1900
    const auto since_1970 = static_cast<std::uint64_t>(ticks);
    if (unit == TimeUnit::kMilliseconds) {
        return since_1970;
    }
    const auto per_second = static_cast<std::uint64_t>(ticks_per_second(unit));
    const std::uint64_t rest = since_1970 % per_second;
    std::uint64_t fraction = ((rest << 32) + per_second - 1) / per_second;
    if (unit == TimeUnit::kMicroseconds) {
        constexpr std::uint64_t kIgnored = 2047;  // the lowest 11 bits are 0
        fraction = (fraction + kIgnored) & ~kIgnored;
    }
    return ((since_1970 / per_second + kNtpBefore1970) << 32) | fraction;
}

}  // namespace flowgauge
