// The page at `/`: HTML, style and script in one text, which loads nothing from elsewhere.
#pragma once

#include <string_view>

namespace flowgauge {

// The text lives as long as the program. It asks /api/v1/stats and /api/v1/flows every 2 s.
[[nodiscard]] std::string_view page_html() noexcept;

// Content-Security-Policy of the page: its own style and script, known by their hashes, and answers
// of the server that it came from.
[[nodiscard]] std::string_view page_policy() noexcept;

}  // namespace flowgauge
