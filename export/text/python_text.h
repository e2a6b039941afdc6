// Writes text and lists as Python's repr() does: how NFStream's CSV has lists, and what its readers
// take back with ast.literal_eval().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace flowgauge {

// In single quotes, or in double ones where the text has single ones alone. Escaped is what is no
// visible character, by its number; of that, what Unicode 15 has not assigned stands as it is,
// because Python's versions differ there. What is no UTF-8 becomes U+FFFD.
void append_python_text(std::string& out, std::string_view text);

// "['a', 'b']" and "[0, -1]".
void append_python_list(std::string& out, std::span<const std::string_view> values);
void append_python_list(std::string& out, std::span<const std::int64_t> values);

}  // namespace flowgauge
