// The footer of a Parquet file (FileMetaData of parquet.thrift): its schema and where all is.
#pragma once

#include "export/parquet/parquet_schema.h"
#include "export/parquet/row_group.h"

#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

constexpr std::string_view kParquetMagic = "PAR1";

// Where a row group is: its first page begins at `offset` of the file.
struct PlacedRowGroup {
    std::uint64_t offset = 0;
    RowGroupHeader header;
};

// Footer, its length and the magic at the end.
[[nodiscard]] std::string parquet_footer(
    const ParquetSchema& schema, const std::vector<PlacedRowGroup>& row_groups
);

}  // namespace flowgauge
