#include "export/parquet/parquet_schema.h"

#include "export/parquet/little_endian.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::string_view kMagic = "FGPQ";
constexpr std::uint8_t kOptional = 0x80;  // beside the kind

}  // namespace

ParquetKind parquet_kind(ColumnType type) noexcept {
    switch (type) {
    case ColumnType::kUnsigned:
        return ParquetKind::kUnsigned;
    case ColumnType::kInteger:
        return ParquetKind::kInteger;
    case ColumnType::kReal:
        return ParquetKind::kReal;
    case ColumnType::kList:
        return ParquetKind::kList;
    case ColumnType::kTexts:
        return ParquetKind::kTexts;
    case ColumnType::kText:
    case ColumnType::kAddress:
    case ColumnType::kMac:
        break;
    }
    return ParquetKind::kText;
}

// Magic, compression, number of columns; of each its kind and whether it is
// optional, the length of its name and the name.
std::string to_bytes(const ParquetSchema& schema) {
    constexpr std::size_t kNameMax = std::numeric_limits<std::uint16_t>::max();
    std::string out(kMagic);
    append_little_endian(out, static_cast<std::uint8_t>(schema.compression));
    append_little_endian(out, static_cast<std::uint16_t>(schema.columns.size()));
    for (const ParquetColumn& column : schema.columns) {
        const std::string_view name = std::string_view(column.name).substr(0, kNameMax);
        const unsigned optional = column.optional ? kOptional : 0;
        append_little_endian(
            out, static_cast<std::uint8_t>(static_cast<unsigned>(column.kind) | optional)
        );
        append_little_endian(out, static_cast<std::uint16_t>(name.size()));
        out += name;
    }
    return out;
}

std::optional<ParquetSchema> parse_parquet_schema(std::string_view bytes) {
    std::uint8_t compression = 0;
    std::uint16_t count = 0;
    if (!bytes.starts_with(kMagic)) {
        return std::nullopt;
    }
    bytes.remove_prefix(kMagic.size());
    if (!take_little_endian(bytes, compression) || !take_little_endian(bytes, count) ||
        compression > static_cast<std::uint8_t>(Compression::kGzip) || count == 0) {
        return std::nullopt;
    }
    ParquetSchema schema{.compression = static_cast<Compression>(compression), .columns = {}};
    for (std::uint16_t i = 0; i < count; ++i) {
        std::uint8_t kind = 0;
        std::uint16_t length = 0;
        if (!take_little_endian(bytes, kind) || !take_little_endian(bytes, length) ||
            (kind & ~kOptional) > static_cast<int>(ParquetKind::kTexts) || length > bytes.size()) {
            return std::nullopt;
        }
        schema.columns.push_back(
            {.name = std::string(bytes.substr(0, length)),
             .kind = static_cast<ParquetKind>(kind & ~kOptional),
             .optional = (kind & kOptional) != 0}
        );
        bytes.remove_prefix(length);
    }
    if (!bytes.empty()) {
        return std::nullopt;
    }
    return schema;
}

}  // namespace flowgauge
