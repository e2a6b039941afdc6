// Writes quantities for people: short, with units, the same width whatever the size.
#pragma once

#include "core/base/time.h"

#include <cstdint>
#include <string>

namespace flowgauge {

// "123,456,789"
[[nodiscard]] std::string grouped(std::uint64_t value);

// "99999", then three digits: "123k", "1.23M", "12.3G". At most 5 characters.
[[nodiscard]] std::string short_count(std::uint64_t value);

// "999 B", then three digits: "1.21 KiB", "12.1 MiB", "121 GiB". At most 8 characters.
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

// `bytes` in the unit of bytes_text(whole), without it: "0.05" for 51 KiB of "1.00 MiB".
[[nodiscard]] std::string bytes_in_unit_of(std::uint64_t bytes, std::uint64_t whole);

// "0s", "12us", "850ms", "1.23s", "12m03s", "1h02m", "3d04h", ">9999d". At most 6 characters.
[[nodiscard]] std::string duration_text(Tick duration, TimeUnit unit);

// "12.3%"; "-" of nothing.
[[nodiscard]] std::string share_text(std::uint64_t part, std::uint64_t whole);

// "2023-11-14 22:13:20", or "@N s" since 1970 beyond the year 9999. At most 18 digits and 3 more.
[[nodiscard]] std::string utc_text(Tick time, TimeUnit unit);

}  // namespace flowgauge
