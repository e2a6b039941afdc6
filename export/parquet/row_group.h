// The unit of a Parquet file: a row group, with what the footer has to know of it in front.
#pragma once

#include "export/parquet/column_chunk.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// One column of a row group. Bytes are those of its page and of the page's header.
struct ChunkExtent {
    std::uint32_t values = 0;
    std::uint32_t plain_bytes = 0;
    std::uint32_t stored_bytes = 0;
};

// What a footer says of a row group. The pages stand one behind the other, behind this.
struct RowGroupHeader {
    std::uint32_t rows = 0;
    std::vector<ChunkExtent> chunks;

    // On its way, or in a file.
    [[nodiscard]] std::uint64_t header_bytes() const noexcept;
    [[nodiscard]] std::uint64_t page_bytes() const noexcept;
};

// Appends header and pages of all columns. Requires: they have equally many rows.
void append_row_group(std::string& out, std::vector<ColumnChunk>& columns, Compressor* compressor);

// Reads the header at the beginning of `bytes`; nothing when it is not whole or not one.
[[nodiscard]] std::optional<RowGroupHeader> parse_row_group_header(std::string_view bytes);

}  // namespace flowgauge
