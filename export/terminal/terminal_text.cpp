#include "export/terminal/terminal_text.h"

#include <algorithm>

namespace flowgauge {

std::string printable(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (character == '\\') {
            out += "\\\\";
        } else if (byte >= 0x20 && byte < 0x7f) {
            out += character;
        } else {
            out += "\\x";
            out += kDigits[byte >> 4];
            out += kDigits[byte & 0x0f];
        }
    }
    return out;
}

std::size_t display_width(std::string_view text) noexcept {
    // Bytes 10xxxxxx continue a character (RFC 3629 section 3).
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char character) {
        return (static_cast<unsigned char>(character) & 0xc0) != 0x80;
    }));
}

std::string shortened(std::string_view text, std::size_t width, bool unicode) {
    if (text.size() <= width) {
        return std::string(text);
    }
    const std::string_view ellipsis = unicode ? "\xe2\x80\xa6" : "..";
    const std::size_t kept = width - display_width(ellipsis);
    const std::size_t tail = kept / 2;
    std::string out(text.substr(0, kept - tail));
    out += ellipsis;
    out += text.substr(text.size() - tail);
    return out;
}

void append_left(std::string& out, std::string_view text, std::size_t width) {
    out += text;
    out.append(width - std::min(width, display_width(text)), ' ');
}

void append_right(std::string& out, std::string_view text, std::size_t width) {
    out.append(width - std::min(width, display_width(text)), ' ');
    out += text;
}

void append_line(std::string& out, std::string_view line, bool bold) {
    const std::size_t end = line.find_last_not_of(' ');
    line = line.substr(0, end == std::string_view::npos ? 0 : end + 1);
    if (bold) {
        out += "\x1b[1m";
    }
    out += line;
    out += bold ? "\x1b[0m\n" : "\n";
}

}  // namespace flowgauge
