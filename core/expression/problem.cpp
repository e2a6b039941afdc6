#include "core/expression/problem.h"

#include "core/base/format.h"

#include <algorithm>

namespace flowgauge {
namespace {

constexpr std::size_t kQuotedMax = 40;
constexpr std::size_t kLineMax = 100;

// Not the second or a later byte of a character in UTF-8.
bool begins_character(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
}

std::size_t characters_in(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

// What a terminal or a log shows as one character in one line.
char printable_byte(char byte) noexcept {
    const auto value = static_cast<unsigned char>(byte);
    return value < 0x20 || value == 0x7f ? ' ' : byte;
}

std::size_t line_begin(std::string_view text, std::size_t offset) noexcept {
    const std::size_t end = text.substr(0, offset).rfind('\n');
    return end == std::string_view::npos ? 0 : end + 1;
}

}  // namespace

std::string ExpressionProblem::placed(std::string_view text) const {
    const std::size_t begin = line_begin(text, offset);
    const std::size_t column = 1 + characters_in(text.substr(begin, offset - begin));
    if (text.find('\n') == std::string_view::npos) {
        return format("at column {}: {}", column, message);
    }
    const auto line = 1 + std::ranges::count(text.substr(0, offset), '\n');
    return format("at line {}, column {}: {}", line, column, message);
}

std::string ExpressionProblem::underlined(std::string_view text) const {
    std::size_t begin = line_begin(text, offset);
    std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
    std::size_t place = std::min(offset - begin, line.size());
    if (line.size() > kLineMax) {
        std::size_t cut = place > kLineMax / 2 ? place - kLineMax / 2 : 0;
        while (cut < place && !begins_character(line[cut])) {
            ++cut;
        }
        std::size_t length = std::min(kLineMax, line.size() - cut);
        while (cut + length < line.size() && !begins_character(line[cut + length])) {
            --length;
        }
        line = line.substr(cut, length);
        place -= cut;
    }
    std::string out = "  ";
    std::ranges::transform(line, std::back_inserter(out), printable_byte);
    out += "\n  ";
    out.append(characters_in(line.substr(0, place)), ' ');
    return out + '^';
}

std::string excerpt_of(std::string_view text) {
    std::string out = "\"";
    std::size_t length = text.size();
    if (length > kQuotedMax) {
        length = kQuotedMax;
        while (length > 0 && !begins_character(text[length])) {
            --length;
        }
    }
    std::ranges::transform(text.substr(0, length), std::back_inserter(out), printable_byte);
    return out + (length < text.size() ? "...\"" : "\"");
}

}  // namespace flowgauge
