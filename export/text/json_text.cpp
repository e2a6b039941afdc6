#include "export/text/json_text.h"

#include "core/base/utf8_text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace flowgauge {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighBits = 0x8080808080808080;

constexpr std::uint64_t each(unsigned char byte) noexcept {
    return kOnes * byte;
}

// High bits of bytes below `limit`, at most 128. A borrow may mark the byte above one that is.
constexpr std::uint64_t below(std::uint64_t word, unsigned char limit) noexcept {
    return (word - each(limit)) & ~word & kHighBits;
}

// Whether eight bytes are themselves in JSON. What it says no to may nevertheless be.
constexpr bool is_plain(std::uint64_t word) noexcept {
    return ((word & kHighBits) | below(word, 0x20) | below(word ^ each('"'), 1) |
            below(word ^ each('\\'), 1)) == 0;
}

char* put(char* out, std::string_view text) noexcept {
    return std::copy(text.begin(), text.end(), out);
}

char* put_escape(char* out, char character) noexcept {
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (character == '"' || character == '\\') {
        *out++ = '\\';
        *out++ = character;
        return out;
    }
    out = put(out, "\\u00");
    *out++ = kDigits[static_cast<unsigned char>(character) >> 4];
    *out++ = kDigits[static_cast<unsigned char>(character) & 0x0f];
    return out;
}

}  // namespace

char* write_json_string(char* out, std::string_view text) noexcept {
    *out++ = '"';
    while (!text.empty()) {
        std::uint64_t word = 0;
        if (text.size() >= sizeof word) {
            std::memcpy(&word, text.data(), sizeof word);
            if (is_plain(word)) {
                std::memcpy(out, &word, sizeof word);
                out += sizeof word;
                text.remove_prefix(sizeof word);
                continue;
            }
        }
        const char first = text.front();
        if (static_cast<unsigned char>(first) >= 0x80) {
            const Utf8Sequence sequence = first_utf8_sequence(text);
            out =
                put(out,
                    sequence.well_formed ? text.substr(0, sequence.bytes) : kReplacementCharacter);
            text.remove_prefix(sequence.bytes);
            continue;
        }
        if (first == '"' || first == '\\' || first < 0x20) {
            out = put_escape(out, first);
        } else {
            *out++ = first;
        }
        text.remove_prefix(1);
    }
    *out++ = '"';
    return out;
}

void append_json_string(std::string& out, std::string_view text) {
    const std::size_t begin = out.size();
    out.resize(begin + json_string_max(text.size()));
    const char* end = write_json_string(out.data() + begin, text);
    out.resize(static_cast<std::size_t>(end - out.data()));
}

}  // namespace flowgauge
