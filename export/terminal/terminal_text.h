// Text for a terminal: escaped, of known width, shortened and padded to a column.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace flowgauge {

// `text` with every byte that is not printable ASCII as \xNN, and each backslash doubled. So
// nothing from the traffic steers the terminal, hides, turns the direction of writing, or is wider
// than it seems. Returns ASCII: one column a byte.
[[nodiscard]] std::string printable(std::string_view text);

// Columns that `text` takes. Requires: printable ASCII, and characters of one column each in UTF-8.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

// `text`, or its beginning and end around an ellipsis in `width` columns.
// Requires: ASCII; width >= 3.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width, bool unicode);

// Appends `text` filled with spaces to `width` columns; what is wider stays whole.
void append_left(std::string& out, std::string_view text, std::size_t width);
void append_right(std::string& out, std::string_view text, std::size_t width);

// Appends a line without the spaces at its end, bold if asked.
void append_line(std::string& out, std::string_view line, bool bold = false);

}  // namespace flowgauge
