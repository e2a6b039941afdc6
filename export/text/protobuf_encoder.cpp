#include "export/text/protobuf_encoder.h"

#include "core/base/utf8_text.h"

#include <bit>
#include <cstring>
#include <utility>

namespace flowgauge {
namespace {

// Of 64 bits, in sevens.
constexpr std::size_t kVarintMax = 10;

enum class WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2 };

// Small numbers of either sign become small ones without.
constexpr std::uint64_t zigzag(std::int64_t value) noexcept {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

constexpr std::size_t varint_bytes(std::uint64_t value) noexcept {
    return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

void put_varint(RowMemory& out, std::uint64_t value) noexcept {
    while (value >= 0x80) {
        out.put(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.put(static_cast<char>(value));
}

void put_tag(RowMemory& out, std::uint32_t number, WireType type) noexcept {
    put_varint(out, std::uint64_t{number} << 3 | static_cast<std::uint64_t>(type));
}

// Makes room.
void put_bytes(RowMemory& out, std::uint32_t number, std::string_view value) {
    out.make_room(2 * kVarintMax + value.size());
    put_tag(out, number, WireType::kBytes);
    put_varint(out, value.size());
    out.put(value);
}

// As put_bytes(); `text` may be anything.
void put_text(RowMemory& out, std::uint32_t number, std::string_view text) {
    if (is_utf8(text)) [[likely]] {
        return put_bytes(out, number, text);
    }
    std::string replaced;
    append_utf8(replaced, text);
    put_bytes(out, number, replaced);
}

// Little endian. Makes room.
void put_real(RowMemory& out, std::uint32_t number, double value) {
    static_assert(std::endian::native == std::endian::little);
    out.make_room(kVarintMax + sizeof value);
    put_tag(out, number, WireType::kFixed64);
    std::memcpy(out.at(), &value, sizeof value);
    out.advance_to(out.at() + sizeof value);
}

// Makes room.
void put_packed(RowMemory& out, std::uint32_t number, std::span<const std::int64_t> values) {
    std::size_t bytes = 0;
    for (const std::int64_t value : values) {
        bytes += varint_bytes(zigzag(value));
    }
    out.make_room(2 * kVarintMax + bytes);
    put_tag(out, number, WireType::kBytes);
    put_varint(out, bytes);
    for (const std::int64_t value : values) {
        put_varint(out, zigzag(value));
    }
}

// Name of a column of an extension in the map; empty for others.
std::string_view extension_key(std::string_view column) noexcept {
    constexpr std::string_view kPrefix = "udps.";
    return column.starts_with(kPrefix) ? column.substr(kPrefix.size()) : std::string_view{};
}

}  // namespace

// Each value makes room first, for its tag and itself.
class ProtobufEncoder::Fields final : public ValueSink {
public:
    explicit Fields(RowMemory& out) noexcept : out_(out) {}

    void set_number(std::uint32_t number) noexcept { number_ = number; }

    void unsigned_integer(std::uint64_t value) override {
        if (value != 0) {
            out_.make_room(2 * kVarintMax);
            put_tag(out_, number_, WireType::kVarint);
            put_varint(out_, value);
        }
    }

    void integer(std::int64_t value) override { unsigned_integer(zigzag(value)); }

    // A negative zero is no default.
    void real(double value) override {
        if (std::bit_cast<std::uint64_t>(value) != 0) {
            put_real(out_, number_, value);
        }
    }

    void text(std::string_view value) override {
        if (!value.empty()) {
            put_text(out_, number_, value);
        }
    }

    void token(std::string_view value) override {
        if (!value.empty()) {
            put_bytes(out_, number_, value);
        }
    }

    void list(std::span<const std::int64_t> values) override {
        if (!values.empty()) {
            put_packed(out_, number_, values);
        }
    }

    void texts(std::span<const std::string_view> values) override {
        for (const std::string_view value : values) {
            put_text(out_, number_, value);
        }
    }

    void absent() override {}

private:
    RowMemory& out_;
    std::uint32_t number_ = 0;
};

// The message ExtensionValue: one field of a oneof, or none.
class ProtobufEncoder::ExtensionValue final : public ValueSink {
public:
    ExtensionValue(RowMemory& out, RowMemory& list) noexcept : out_(out), list_(list) {}

    void unsigned_integer(std::uint64_t value) override { put_number(1, value); }
    void integer(std::int64_t value) override { put_number(2, zigzag(value)); }
    void real(double value) override { put_real(out_, 3, value); }
    void text(std::string_view value) override { put_text(out_, 4, value); }
    void token(std::string_view value) override { put_bytes(out_, 4, value); }

    void list(std::span<const std::int64_t> values) override {
        list_.clear();
        if (!values.empty()) {
            put_packed(list_, 1, values);
        }
        put_bytes(out_, 5, list_.text());
    }

    void texts(std::span<const std::string_view> values) override {
        list_.clear();
        for (const std::string_view value : values) {
            put_text(list_, 1, value);
        }
        put_bytes(out_, 6, list_.text());
    }

    void absent() override {}

private:
    void put_number(std::uint32_t number, std::uint64_t value) {
        out_.make_room(2 * kVarintMax);
        put_tag(out_, number, WireType::kVarint);
        put_varint(out_, value);
    }

    RowMemory& out_;
    RowMemory& list_;
};

Result<std::unique_ptr<ProtobufEncoder>> ProtobufEncoder::make(
    const std::vector<const Column*>& columns, TimeUnit unit
) {
    std::vector<Field> fields;
    for (const Column* column : columns) {
        if (const std::string_view key = extension_key(column->name); !key.empty()) {
            fields.push_back(
                {.column = column, .number = kProtobufExtension, .key = std::string(key)}
            );
            continue;
        }
        const std::optional<std::uint32_t> number = protobuf_number(column->name, unit);
        if (!number) {
            return Error{
                ErrorKind::kUsage,
                "column \"" + with_unit(column->name, unit) +
                    "\" has no field in the schema of protocol buffers; leave it "
                    "out of `columns`, or take JSON"};
        }
        fields.push_back({.column = column, .number = *number, .key = {}});
    }
    return std::unique_ptr<ProtobufEncoder>(new ProtobufEncoder(std::move(fields)));
}

bool ProtobufEncoder::encode(const RecordView& record, Block& out) {
    memory_.clear();
    Fields values(memory_);
    for (const Field& field : fields_) {
        if (!field.key.empty()) {
            write_entry(field, record);
            continue;
        }
        values.set_number(field.number);
        field.column->read(record, values);
    }
    out.bytes += memory_.text();
    out.end_unit(1);
    return true;
}

// A map is a list of entries, each with a key and a value. What is absent has none.
void ProtobufEncoder::write_entry(const Field& field, const RecordView& record) {
    value_.clear();
    ExtensionValue value(value_, list_);
    field.column->read(record, value);
    if (value_.size() == 0) {
        return;
    }
    constexpr std::size_t kTagBytes = 1;
    const auto bytes_of = [](std::string_view part) {
        return kTagBytes + varint_bytes(part.size()) + part.size();
    };
    memory_.make_room(2 * kVarintMax);
    put_tag(memory_, field.number, WireType::kBytes);
    put_varint(memory_, bytes_of(field.key) + bytes_of(value_.text()));
    put_bytes(memory_, 1, field.key);
    put_bytes(memory_, 2, value_.text());
}

}  // namespace flowgauge
