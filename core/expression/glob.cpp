#include "core/expression/glob.h"

#include "core/base/format.h"

#include <algorithm>
#include <string>

namespace flowgauge {
namespace {

// Above all characters: bytes that are no UTF-8.
constexpr std::uint32_t kStrayByte = 0x110000;

// Takes the first character off. Requires: text is not empty.
std::uint32_t take_character(std::string_view& text) noexcept {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = first < 0x80    ? 1
                               : first >= 0xf0 ? 4
                               : first >= 0xe0 ? 3
                               : first >= 0xc0 ? 2
                                               : 0;
    std::uint32_t character = first & (length <= 1 ? 0x7fU : 0xffU >> (length + 1));
    bool is_whole = length != 0 && length <= text.size();
    for (std::size_t i = 1; is_whole && i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        is_whole = (next & 0xc0) == 0x80;
        character = character << 6 | (next & 0x3fU);
    }
    if (!is_whole) {
        text.remove_prefix(1);
        return kStrayByte + first;
    }
    text.remove_prefix(length);
    return character;
}

}  // namespace

Result<Glob> Glob::compile(std::string_view pattern) {
    if (pattern.size() > kPatternMax) {
        return Error{ErrorKind::kUsage, format("a pattern has at most {} bytes", kPatternMax)};
    }
    Glob glob;
    while (!pattern.empty()) {
        const char first = pattern.front();
        if (first == '[') {
            if (!glob.add_set(pattern)) {
                return Error{
                    ErrorKind::kUsage, "the pattern has a [ without its ]; [[] stands for a ["};
            }
            continue;
        }
        const std::uint32_t character = take_character(pattern);
        if (first == '*') {
            if (glob.elements_.empty() || glob.elements_.back().kind != Element::Kind::kStar) {
                glob.elements_.push_back({.kind = Element::Kind::kStar});
            }
        } else if (first == '?') {
            glob.elements_.push_back({.kind = Element::Kind::kAny});
        } else {
            glob.elements_.push_back({.kind = Element::Kind::kCharacter, .character = character});
        }
    }
    return glob;
}

// A ] that comes first in a set stands for itself, and so does a - that comes first or last.
bool Glob::add_set(std::string_view& pattern) {
    pattern.remove_prefix(1);
    Element set{.kind = Element::Kind::kSet, .ranges_begin = ranges_.size()};
    if (pattern.starts_with('!')) {
        set.kind = Element::Kind::kNotSet;
        pattern.remove_prefix(1);
    }
    bool is_first = true;
    while (!pattern.empty() && (is_first || pattern.front() != ']')) {
        Range range;
        range.first = take_character(pattern);
        range.last = range.first;
        if (pattern.size() >= 2 && pattern[0] == '-' && pattern[1] != ']') {
            pattern.remove_prefix(1);
            range.last = take_character(pattern);
        }
        ranges_.push_back(range);
        is_first = false;
    }
    if (pattern.empty()) {
        return false;
    }
    pattern.remove_prefix(1);
    set.ranges_end = ranges_.size();
    elements_.push_back(set);
    return true;
}

bool Glob::admits(const Element& element, std::uint32_t character) const noexcept {
    if (element.kind == Element::Kind::kCharacter) {
        return element.character == character;
    }
    if (element.kind == Element::Kind::kAny) {
        return true;
    }
    const auto begin = ranges_.begin() + static_cast<std::ptrdiff_t>(element.ranges_begin);
    const auto end = ranges_.begin() + static_cast<std::ptrdiff_t>(element.ranges_end);
    const bool is_in = std::any_of(begin, end, [&](const Range& range) {
        return range.first <= character && character <= range.last;
    });
    return is_in == (element.kind == Element::Kind::kSet);
}

// Only the last star is ever tried again: what stood before it matched as early as possible, and a
// later match of that would leave less text for the rest.
bool Glob::matches(std::string_view text) const noexcept {
    std::size_t element = 0;
    std::size_t after_star = elements_.size() + 1;  // none so far
    std::string_view retry;
    while (true) {
        if (element < elements_.size() && elements_[element].kind == Element::Kind::kStar) {
            after_star = ++element;
            retry = text;
            if (element == elements_.size()) {
                return true;
            }
            continue;
        }
        if (text.empty()) {
            return element == elements_.size();
        }
        std::string_view rest = text;
        const std::uint32_t character = take_character(rest);
        if (element < elements_.size() && admits(elements_[element], character)) {
            text = rest;
            ++element;
        } else if (after_star <= elements_.size()) {
            static_cast<void>(take_character(retry));
            text = retry;
            element = after_star;
        } else {
            return false;
        }
    }
}

}  // namespace flowgauge
