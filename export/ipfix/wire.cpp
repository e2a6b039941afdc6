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

// Which bytes may follow a first byte (Unicode table 3-7): the range of the second one shuts out
// overlong forms, surrogates and what lies beyond U+10FFFF.
struct Lead {
    unsigned first;
    unsigned last;
    std::size_t length;
    unsigned second_least;
    unsigned second_most;
};
constexpr std::array<Lead, 8> kLeads{{
    {0xc2, 0xdf, 2, 0x80, 0xbf},
    {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf},
    {0xed, 0xed, 3, 0x80, 0x9f},
    {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf},
    {0xf1, 0xf3, 4, 0x80, 0xbf},
    {0xf4, 0xf4, 4, 0x80, 0x8f},
}};

// Length of the well-formed sequence that `text` begins with, or 0. Requires: text is not empty.
std::size_t sequence_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) {
        return static_cast<unsigned>(static_cast<unsigned char>(text[i]));
    };
    if (byte(0) < 0x80) {
        return 1;
    }
    const auto* const lead = std::ranges::find_if(kLeads, [&](const Lead& each) {
        return byte(0) >= each.first && byte(0) <= each.last;
    });
    if (lead == kLeads.end() || text.size() < lead->length || byte(1) < lead->second_least ||
        byte(1) > lead->second_most) {
        return 0;
    }
    for (std::size_t i = 2; i < lead->length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) {
            return 0;
        }
    }
    return lead->length;
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
