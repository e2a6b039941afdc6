// ParquetSchema: the columns of a Parquet file, and how they travel in a preamble.
#pragma once

#include "core/record/column.h"
#include "export/compression/compressor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// Every value is there (REQUIRED) but for those of columns that are OPTIONAL. Times are plain
// integers in the unit that their column names, so that they equal those of CSV.
enum class ParquetKind : std::uint8_t {
    kUnsigned,  // INT64 with INTEGER(64, unsigned)
    kInteger,   // INT64 with INTEGER(64, signed)
    kReal,      // DOUBLE
    kText,      // BYTE_ARRAY with STRING
    kList,      // LIST of INT64
    kTexts,     // LIST of BYTE_ARRAY with STRING
};

struct ParquetColumn {
    std::string name;
    ParquetKind kind = ParquetKind::kUnsigned;
    bool optional = false;
};

[[nodiscard]] constexpr bool is_list(ParquetKind kind) noexcept {
    return kind == ParquetKind::kList || kind == ParquetKind::kTexts;
}

struct ParquetSchema {
    Compression compression = Compression::kZstd;
    std::vector<ParquetColumn> columns;
};

[[nodiscard]] ParquetKind parquet_kind(ColumnType type) noexcept;

// As bytes of a preamble, and back; nothing when they are not such bytes.
[[nodiscard]] std::string to_bytes(const ParquetSchema& schema);
[[nodiscard]] std::optional<ParquetSchema> parse_parquet_schema(std::string_view bytes);

}  // namespace flowgauge
