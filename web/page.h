// The page at `/`.
#pragma once

#include <string_view>

namespace flowgauge {

[[nodiscard]] std::string_view page_html() noexcept;

}  // namespace flowgauge
