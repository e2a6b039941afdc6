#include "export/parquet/row_group.h"

#include "export/parquet/little_endian.h"

namespace flowgauge {
namespace {

constexpr std::string_view kMagic = "FGRG";
constexpr std::size_t kFixedBytes = kMagic.size() + sizeof(std::uint32_t) + sizeof(std::uint16_t);
constexpr std::size_t kChunkBytes = 3 * sizeof(std::uint32_t);

// Magic, rows, number of columns; of each its values, plain bytes and stored bytes.
std::string to_bytes(const RowGroupHeader& header) {
    std::string out(kMagic);
    append_little_endian(out, header.rows);
    append_little_endian(out, static_cast<std::uint16_t>(header.chunks.size()));
    for (const ChunkExtent& chunk : header.chunks) {
        append_little_endian(out, chunk.values);
        append_little_endian(out, chunk.plain_bytes);
        append_little_endian(out, chunk.stored_bytes);
    }
    return out;
}

}  // namespace

std::uint64_t RowGroupHeader::header_bytes() const noexcept {
    return kFixedBytes + chunks.size() * kChunkBytes;
}

std::uint64_t RowGroupHeader::page_bytes() const noexcept {
    std::uint64_t bytes = 0;
    for (const ChunkExtent& chunk : chunks) {
        bytes += chunk.stored_bytes;
    }
    return bytes;
}

void append_row_group(std::string& out, std::vector<ColumnChunk>& columns, Compressor* compressor) {
    RowGroupHeader header{
        .rows = columns.front().rows(), .chunks = std::vector<ChunkExtent>(columns.size())};
    const std::size_t begin = out.size();
    out.resize(begin + header.header_bytes());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::size_t before = out.size();
        const std::uint64_t plain_bytes = columns[i].append_page(out, compressor);
        header.chunks[i] = {
            .values = columns[i].values(),
            .plain_bytes = static_cast<std::uint32_t>(plain_bytes),
            .stored_bytes = static_cast<std::uint32_t>(out.size() - before)};
    }
    out.replace(begin, header.header_bytes(), to_bytes(header));
}

std::optional<RowGroupHeader> parse_row_group_header(std::string_view bytes) {
    RowGroupHeader header;
    std::uint16_t columns = 0;
    if (!bytes.starts_with(kMagic)) {
        return std::nullopt;
    }
    bytes.remove_prefix(kMagic.size());
    if (!take_little_endian(bytes, header.rows) || !take_little_endian(bytes, columns) ||
        columns == 0 || bytes.size() < columns * kChunkBytes) {
        return std::nullopt;
    }
    header.chunks.resize(columns);
    for (ChunkExtent& chunk : header.chunks) {
        if (!take_little_endian(bytes, chunk.values) ||
            !take_little_endian(bytes, chunk.plain_bytes) ||
            !take_little_endian(bytes, chunk.stored_bytes)) {
            return std::nullopt;
        }
    }
    return header;
}

}  // namespace flowgauge
