#include "export/text/python_text.h"

#include "core/base/utf8_text.h"
#include "export/text/number_text.h"

#include <algorithm>
#include <array>

namespace flowgauge {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Beyond ASCII: Unicode's categories Cc, Cf, Co, Zl, Zp and Zs, and what never is a character.
constexpr std::array kInvisible{
    Range{0x80, 0xa0},       Range{0xad, 0xad},       Range{0x600, 0x605},
    Range{0x61c, 0x61c},     Range{0x6dd, 0x6dd},     Range{0x70f, 0x70f},
    Range{0x890, 0x891},     Range{0x8e2, 0x8e2},     Range{0x1680, 0x1680},
    Range{0x180e, 0x180e},   Range{0x2000, 0x200f},   Range{0x2028, 0x202f},
    Range{0x205f, 0x206f},   Range{0x3000, 0x3000},   Range{0xe000, 0xf8ff},
    Range{0xfdd0, 0xfdef},   Range{0xfeff, 0xfeff},   Range{0xfff9, 0xfffb},
    Range{0xfffe, 0xffff},   Range{0x110bd, 0x110bd}, Range{0x110cd, 0x110cd},
    Range{0x13430, 0x1343f}, Range{0x1bca0, 0x1bca3}, Range{0x1d173, 0x1d17a},
    Range{0xe0001, 0xe0001}, Range{0xe0020, 0xe007f}, Range{0xf0000, 0x10ffff}};

bool is_visible(char32_t character) noexcept {
    if (character < 0x80) {
        return character >= 0x20 && character != 0x7f;
    }
    const auto* range = std::ranges::lower_bound(kInvisible, character, {}, &Range::last);
    return range == kInvisible.end() || character < range->first;
}

char32_t character_of(std::string_view sequence) noexcept {
    const auto byte = [&](std::size_t i) {
        return static_cast<char32_t>(static_cast<unsigned char>(sequence[i]));
    };
    char32_t character = sequence.size() == 1 ? byte(0) : byte(0) & (0x7fU >> sequence.size());
    for (std::size_t i = 1; i < sequence.size(); ++i) {
        character = character << 6 | (byte(i) & 0x3fU);
    }
    return character;
}

// "\x7f", "\u2028", "\U000e0001".
void append_escape(std::string& out, char32_t character) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += character <= 0xff ? "\\x" : character <= 0xffff ? "\\u" : "\\U";
    for (int shift = character <= 0xff     ? 4
                     : character <= 0xffff ? 12
                                           : 28;
         shift >= 0;
         shift -= 4) {
        out += kDigits[character >> static_cast<unsigned>(shift) & 0x0fU];
    }
}

void append_character(std::string& out, std::string_view sequence, char quote) {
    const char first = sequence.front();
    if (first == quote || first == '\\') {
        out += '\\';
        out += first;
    } else if (first == '\n') {
        out += "\\n";
    } else if (first == '\r') {
        out += "\\r";
    } else if (first == '\t') {
        out += "\\t";
    } else if (const char32_t character = character_of(sequence); is_visible(character)) {
        out += sequence;
    } else {
        append_escape(out, character);
    }
}

template <typename Value, typename Append>
void append_list(std::string& out, std::span<const Value> values, Append append) {
    out += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
        out += i == 0 ? "" : ", ";
        append(values[i]);
    }
    out += ']';
}

}  // namespace

void append_python_text(std::string& out, std::string_view text) {
    const bool has_single = text.find('\'') != std::string_view::npos;
    const bool has_double = text.find('"') != std::string_view::npos;
    const char quote = has_single && !has_double ? '"' : '\'';
    out += quote;
    while (!text.empty()) {
        const Utf8Sequence sequence = first_utf8_sequence(text);
        append_character(
            out,
            sequence.well_formed ? text.substr(0, sequence.bytes) : kReplacementCharacter,
            quote
        );
        text.remove_prefix(sequence.bytes);
    }
    out += quote;
}

void append_python_list(std::string& out, std::span<const std::string_view> values) {
    append_list(out, values, [&](std::string_view value) { append_python_text(out, value); });
}

void append_python_list(std::string& out, std::span<const std::int64_t> values) {
    append_list(out, values, [&](std::int64_t value) { append_number(out, value); });
}

}  // namespace flowgauge
