// CRC32C (Castagnoli, RFC 3720 appendix B.4): the check value of what is kept on disk.
#pragma once

#include <cstdint>
#include <string_view>

namespace flowgauge {

// Continues `crc` (0: begins) over more bytes. By the processor's instruction where it has one.
[[nodiscard]] std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes) noexcept;

// The same by a table, on any processor.
[[nodiscard]] std::uint32_t crc32c_by_table(std::uint32_t crc, std::string_view bytes) noexcept;

}  // namespace flowgauge
