#include "export/ipfix/wire.h"

#include "core/base/utf8_text.h"

#include <algorithm>

namespace flowgauge {
namespace {

// Writes what of `text` is whole characters and fits. Returns its end.
std::uint8_t* write_clean(std::uint8_t* at, std::string_view text, std::size_t bytes_max) noexcept {
    const std::uint8_t* const end = at + bytes_max;
    while (!text.empty()) {
        const Utf8Sequence sequence = first_utf8_sequence(text);
        const std::string_view piece =
            sequence.well_formed ? text.substr(0, sequence.bytes) : kReplacementCharacter;
        if (piece.size() > static_cast<std::size_t>(end - at)) {
            break;
        }
        at = std::copy(piece.begin(), piece.end(), at);
        text.remove_prefix(sequence.bytes);
    }
    return at;
}

}  // namespace

std::uint8_t* write_wire_text(
    std::uint8_t* at, std::string_view text, std::size_t bytes_max
) noexcept {
    const std::string_view head = text.substr(0, bytes_max);
    if (is_utf8(head)) [[likely]] {  // a character that is cut is none
        at = write_length(at, head.size());
        return std::copy(head.begin(), head.end(), at);
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
