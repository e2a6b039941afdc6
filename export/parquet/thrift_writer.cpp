#include "export/parquet/thrift_writer.h"

namespace flowgauge {
namespace {

constexpr std::int16_t kDeltaMax = 15;       // of ids: it fits the high half of a byte
constexpr std::uint64_t kShortListMax = 14;  // elements: 15 says that their number follows

char high_and_low(unsigned high, unsigned low) noexcept {
    return static_cast<char>(high << 4U | low);
}

}  // namespace

void ThriftWriter::integer(std::int16_t id, std::int32_t value) {
    field(id, Type::kInt32);
    zigzag(value);
}

void ThriftWriter::integer(std::int16_t id, std::int64_t value) {
    field(id, Type::kInt64);
    zigzag(value);
}

void ThriftWriter::byte(std::int16_t id, std::int8_t value) {
    field(id, Type::kByte);
    out_ += static_cast<char>(value);
}

void ThriftWriter::boolean(std::int16_t id, bool value) {
    field(id, value ? Type::kTrue : Type::kFalse);
}

void ThriftWriter::text(std::int16_t id, std::string_view value) {
    field(id, Type::kText);
    bytes(value);
}

void ThriftWriter::begin_struct(std::int16_t id) {
    field(id, Type::kStruct);
    begin_struct();
}

void ThriftWriter::begin_struct() {
    outer_ids_.push_back(last_id_);
    last_id_ = 0;
}

void ThriftWriter::end_struct() {
    out_ += '\0';
    last_id_ = outer_ids_.back();
    outer_ids_.pop_back();
}

void ThriftWriter::begin_structs(std::int16_t id, std::uint32_t count) {
    list(id, Type::kStruct, count);
}

void ThriftWriter::integers(std::int16_t id, const std::vector<std::int32_t>& values) {
    list(id, Type::kInt32, values.size());
    for (const std::int32_t value : values) {
        zigzag(value);
    }
}

void ThriftWriter::texts(std::int16_t id, const std::vector<std::string_view>& values) {
    list(id, Type::kText, values.size());
    for (const std::string_view value : values) {
        bytes(value);
    }
}

void ThriftWriter::field(std::int16_t id, Type type) {
    const int delta = id - last_id_;
    if (delta > 0 && delta <= kDeltaMax) {
        out_ += high_and_low(static_cast<unsigned>(delta), static_cast<unsigned>(type));
    } else {
        out_ += static_cast<char>(type);
        zigzag(id);
    }
    last_id_ = id;
}

void ThriftWriter::list(std::int16_t id, Type type, std::uint64_t count) {
    field(id, Type::kList);
    if (count <= kShortListMax) {
        out_ += high_and_low(static_cast<unsigned>(count), static_cast<unsigned>(type));
    } else {
        out_ += high_and_low(kShortListMax + 1, static_cast<unsigned>(type));
        variable(count);
    }
}

void ThriftWriter::variable(std::uint64_t value) {
    while (value >= 0x80) {
        out_ += static_cast<char>(value | 0x80U);
        value >>= 7U;
    }
    out_ += static_cast<char>(value);
}

void ThriftWriter::zigzag(std::int64_t value) {
    variable(static_cast<std::uint64_t>(value) << 1U ^ static_cast<std::uint64_t>(value >> 63));
}

void ThriftWriter::bytes(std::string_view value) {
    variable(value.size());
    out_ += value;
}

}  // namespace flowgauge
