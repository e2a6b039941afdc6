// ExpressionProblem: why the text of an expression is none, and where.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace flowgauge {

struct ExpressionProblem {
    std::size_t offset = 0;  // of a byte in the text
    std::string message;     // one line

    // "at column 12: MESSAGE"; of a text of several lines "at line 2, column 12: MESSAGE". Both
    // count characters from 1.
    [[nodiscard]] std::string placed(std::string_view text) const;

    // The line of the text and a caret under the place, indented by two; at most 100 columns of a
    // long line. Ends without a line break.
    [[nodiscard]] std::string underlined(std::string_view text) const;
};

// `text` in quotes, as messages show what was written: in one line, cut when long.
[[nodiscard]] std::string excerpt_of(std::string_view text);

}  // namespace flowgauge
