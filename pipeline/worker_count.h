// How many workers there are when nobody said so.
#pragma once

#include <cstdint>

namespace flowgauge {

// `asked`, or for 0 one for each CPU that this process may use, at most 8.
[[nodiscard]] std::uint32_t worker_count(std::uint32_t asked) noexcept;

}  // namespace flowgauge
