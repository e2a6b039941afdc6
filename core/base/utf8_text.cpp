#include "core/base/utf8_text.h"

#include <cstring>

namespace flowgauge {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080;

// What may follow a first byte (Unicode 15, table 3-7). The second byte has bounds of its own,
// which exclude overlong forms, surrogates and what is past U+10FFFF; the others are 80..bf.
struct Rule {
    std::uint8_t bytes = 0;  // 0: no first byte
    std::uint8_t second_min = 0x80;
    std::uint8_t second_max = 0xbf;
};

constexpr Rule rule_of(std::uint8_t first) noexcept {
    if (first < 0x80) {
        return {.bytes = 1};
    }
    if (first < 0xc2) {
        return {};
    }
    if (first < 0xe0) {
        return {.bytes = 2};
    }
    if (first < 0xf0) {
        return {
            .bytes = 3,
            .second_min = static_cast<std::uint8_t>(first == 0xe0 ? 0xa0 : 0x80),
            .second_max = static_cast<std::uint8_t>(first == 0xed ? 0x9f : 0xbf)};
    }
    if (first < 0xf5) {
        return {
            .bytes = 4,
            .second_min = static_cast<std::uint8_t>(first == 0xf0 ? 0x90 : 0x80),
            .second_max = static_cast<std::uint8_t>(first == 0xf4 ? 0x8f : 0xbf)};
    }
    return {};
}

}  // namespace

Utf8Sequence first_utf8_sequence(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) {
        return static_cast<std::uint8_t>(text[i]);
    };
    Rule rule = rule_of(byte(0));
    if (rule.bytes == 0) {
        return {.bytes = 1, .well_formed = false};
    }
    for (std::uint8_t i = 1; i < rule.bytes; ++i) {
        if (i == text.size() || byte(i) < rule.second_min || byte(i) > rule.second_max) {
            return {.bytes = i, .well_formed = false};
        }
        rule.second_min = 0x80;
        rule.second_max = 0xbf;
    }
    return {.bytes = rule.bytes, .well_formed = true};
}

std::size_t count_utf8_bytes(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at < text.size()) {
        std::uint64_t word = 0;
        if (text.size() - at >= sizeof word) {
            std::memcpy(&word, text.data() + at, sizeof word);
            if ((word & kHighBits) == 0) {
                at += sizeof word;
                continue;
            }
        }
        if (static_cast<std::uint8_t>(text[at]) < 0x80) {
            ++at;
            continue;
        }
        const Utf8Sequence sequence = first_utf8_sequence(text.substr(at));
        if (!sequence.well_formed) {
            return at;
        }
        at += sequence.bytes;
    }
    return at;
}

void append_utf8(std::string& out, std::string_view text) {
    while (true) {
        const std::size_t good = count_utf8_bytes(text);
        out += text.substr(0, good);
        text.remove_prefix(good);
        if (text.empty()) {
            return;
        }
        out += kReplacementCharacter;
        text.remove_prefix(first_utf8_sequence(text).bytes);
    }
}

}  // namespace flowgauge
