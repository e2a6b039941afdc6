#include "export/parquet/parquet_footer.h"

#include "export/parquet/little_endian.h"
#include "export/parquet/thrift_writer.h"

namespace flowgauge {
namespace {

// Numbers of parquet.thrift.
enum class PhysicalType : std::int32_t { kInt64 = 2, kDouble = 5, kByteArray = 6 };
enum class Repetition : std::int32_t { kRequired = 0, kOptional = 1, kRepeated = 2 };
enum class ConvertedType : std::int32_t { kUtf8 = 0, kList = 3, kUint64 = 14, kInt64 = 18 };
constexpr std::int16_t kLogicalString = 1;
constexpr std::int16_t kLogicalList = 3;
constexpr std::int16_t kLogicalInteger = 10;
constexpr std::int32_t kPlain = 0;
constexpr std::int32_t kRle = 3;

template <typename Enumerator>
std::int32_t number_of(Enumerator value) noexcept {
    return static_cast<std::int32_t>(value);
}

PhysicalType type_of(ParquetKind kind) noexcept {
    switch (kind) {
    case ParquetKind::kReal:
        return PhysicalType::kDouble;
    case ParquetKind::kText:
    case ParquetKind::kTexts:
        return PhysicalType::kByteArray;
    case ParquetKind::kUnsigned:
    case ParquetKind::kInteger:
    case ParquetKind::kList:
        break;
    }
    return PhysicalType::kInt64;
}

std::int32_t codec_of(Compression compression) noexcept {
    switch (compression) {
    case Compression::kZstd:
        return 6;
    case Compression::kGzip:
        return 2;
    case Compression::kNone:
        break;
    }
    return 0;
}

void put_logical_integer(ThriftWriter& thrift, bool is_signed) {
    thrift.begin_struct(10);
    thrift.begin_struct(kLogicalInteger);
    thrift.byte(1, 64);
    thrift.boolean(2, is_signed);
    thrift.end_struct();
    thrift.end_struct();
}

// A logical type without parameters.
void put_logical(ThriftWriter& thrift, std::int16_t type) {
    thrift.begin_struct(10);
    thrift.begin_struct(type);
    thrift.end_struct();
    thrift.end_struct();
}

Repetition repetition_of(bool optional) noexcept {
    return optional ? Repetition::kOptional : Repetition::kRequired;
}

// A column that is no list, or the elements of one.
void put_leaf(ThriftWriter& thrift, const std::string& name, ParquetKind kind, bool optional) {
    thrift.begin_struct();
    thrift.integer(1, number_of(type_of(kind)));
    thrift.integer(3, number_of(repetition_of(optional)));
    thrift.text(4, name);
    switch (kind) {
    case ParquetKind::kText:
    case ParquetKind::kTexts:
        thrift.integer(6, number_of(ConvertedType::kUtf8));
        put_logical(thrift, kLogicalString);
        break;
    case ParquetKind::kUnsigned:
        thrift.integer(6, number_of(ConvertedType::kUint64));
        put_logical_integer(thrift, false);
        break;
    case ParquetKind::kInteger:
    case ParquetKind::kList:
        thrift.integer(6, number_of(ConvertedType::kInt64));
        put_logical_integer(thrift, true);
        break;
    case ParquetKind::kReal:
        break;
    }
    thrift.end_struct();
}

// Three levels, as LogicalTypes.md of Parquet wants a list.
void put_list(ThriftWriter& thrift, const ParquetColumn& column) {
    thrift.begin_struct();
    thrift.integer(3, number_of(repetition_of(column.optional)));
    thrift.text(4, column.name);
    thrift.integer(5, std::int32_t{1});
    thrift.integer(6, number_of(ConvertedType::kList));
    put_logical(thrift, kLogicalList);
    thrift.end_struct();
    thrift.begin_struct();
    thrift.integer(3, number_of(Repetition::kRepeated));
    thrift.text(4, "list");
    thrift.integer(5, std::int32_t{1});
    thrift.end_struct();
    put_leaf(thrift, "element", column.kind, false);
}

void put_schema(ThriftWriter& thrift, const ParquetSchema& schema) {
    std::uint32_t elements = 1;
    for (const ParquetColumn& column : schema.columns) {
        elements += is_list(column.kind) ? 3U : 1U;
    }
    thrift.begin_structs(2, elements);
    thrift.begin_struct();
    thrift.text(4, "flows");
    thrift.integer(5, static_cast<std::int32_t>(schema.columns.size()));
    thrift.end_struct();
    for (const ParquetColumn& column : schema.columns) {
        if (is_list(column.kind)) {
            put_list(thrift, column);
        } else {
            put_leaf(thrift, column.name, column.kind, column.optional);
        }
    }
}

// ColumnChunk of parquet.thrift.
void put_chunk(
    ThriftWriter& thrift,
    const ParquetColumn& column,
    std::int32_t codec,
    const ChunkExtent& chunk,
    std::uint64_t offset
) {
    const auto place = static_cast<std::int64_t>(offset);
    thrift.begin_struct();
    thrift.integer(2, place);
    thrift.begin_struct(3);
    thrift.integer(1, number_of(type_of(column.kind)));
    thrift.integers(2, {kPlain, kRle});
    if (is_list(column.kind)) {
        thrift.texts(3, {column.name, "list", "element"});
    } else {
        thrift.texts(3, {column.name});
    }
    thrift.integer(4, codec);
    thrift.integer(5, std::int64_t{chunk.values});
    thrift.integer(6, std::int64_t{chunk.plain_bytes});
    thrift.integer(7, std::int64_t{chunk.stored_bytes});
    thrift.integer(9, place);
    thrift.end_struct();
    thrift.end_struct();
}

void put_row_group(ThriftWriter& thrift, const ParquetSchema& schema, const PlacedRowGroup& group) {
    const std::int32_t codec = codec_of(schema.compression);
    std::uint64_t offset = group.offset;
    std::uint64_t plain_bytes = 0;
    thrift.begin_struct();
    thrift.begin_structs(1, static_cast<std::uint32_t>(schema.columns.size()));
    for (std::size_t i = 0; i < schema.columns.size(); ++i) {
        const ChunkExtent& chunk = group.header.chunks[i];
        put_chunk(thrift, schema.columns[i], codec, chunk, offset);
        offset += chunk.stored_bytes;
        plain_bytes += chunk.plain_bytes;
    }
    thrift.integer(2, static_cast<std::int64_t>(plain_bytes));
    thrift.integer(3, std::int64_t{group.header.rows});
    thrift.end_struct();
}

}  // namespace

std::string parquet_footer(
    const ParquetSchema& schema, const std::vector<PlacedRowGroup>& row_groups
) {
    std::int64_t rows = 0;
    for (const PlacedRowGroup& group : row_groups) {
        rows += group.header.rows;
    }
    std::string out;
    ThriftWriter thrift(out);
    thrift.begin_struct();
    thrift.integer(1, std::int32_t{1});
    put_schema(thrift, schema);
    thrift.integer(3, rows);
    thrift.begin_structs(4, static_cast<std::uint32_t>(row_groups.size()));
    for (const PlacedRowGroup& group : row_groups) {
        put_row_group(thrift, schema, group);
    }
    thrift.text(6, "flowgauge");
    thrift.end_struct();
    append_little_endian(out, static_cast<std::uint32_t>(out.size()));
    out += kParquetMagic;
    return out;
}

}  // namespace flowgauge
