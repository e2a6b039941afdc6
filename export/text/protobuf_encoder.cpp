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

}  // namespace

// Each value makes room first, for its tag and itself.
class ProtobufEncoder::Fields final : public ValueSink {
public:
    explicit Fields(RowMemory& out) noexcept : out_(out) {}

    void set_number(std::uint32_t number) noexcept { number_ = number; }

    void unsigned_integer(std::uint64_t value) override {
        if (value != 0) {
            out_.make_room(2 * kVarintMax);
            put_tag(WireType::kVarint);
            put_varint(out_, value);
        }
    }

    void integer(std::int64_t value) override { unsigned_integer(zigzag(value)); }

    // Little endian. A negative zero is no default.
    void real(double value) override {
        const auto bits = std::bit_cast<std::uint64_t>(value);
        if (bits != 0) {
            static_assert(std::endian::native == std::endian::little);
            out_.make_room(kVarintMax + sizeof bits);
            put_tag(WireType::kFixed64);
            std::memcpy(out_.at(), &bits, sizeof bits);
            out_.advance_to(out_.at() + sizeof bits);
        }
    }

    void text(std::string_view value) override {
        if (!is_utf8(value)) [[unlikely]] {
            std::string replaced;
            append_utf8(replaced, value);
            return put_text(replaced);
        }
        put_text(value);
    }

    void token(std::string_view value) override { put_text(value); }

    void list(std::span<const std::int64_t> values) override {
        if (values.empty()) {
            return;
        }
        std::size_t bytes = 0;
        for (const std::int64_t value : values) {
            bytes += varint_bytes(zigzag(value));
        }
        out_.make_room(2 * kVarintMax + bytes);
        put_tag(WireType::kBytes);
        put_varint(out_, bytes);
        for (const std::int64_t value : values) {
            put_varint(out_, zigzag(value));
        }
    }

private:
    void put_tag(WireType type) noexcept {
        put_varint(out_, std::uint64_t{number_} << 3 | static_cast<std::uint64_t>(type));
    }

    void put_text(std::string_view value) {
        if (!value.empty()) {
            out_.make_room(2 * kVarintMax + value.size());
            put_tag(WireType::kBytes);
            put_varint(out_, value.size());
            out_.put(value);
        }
    }

    RowMemory& out_;
    std::uint32_t number_ = 0;
};

Result<std::unique_ptr<ProtobufEncoder>> ProtobufEncoder::make(
    const std::vector<const Column*>& columns, TimeUnit unit
) {
    std::vector<Field> fields;
    for (const Column* column : columns) {
        const std::optional<std::uint32_t> number = protobuf_number(column->name, unit);
        if (!number) {
            return Error{
                ErrorKind::kUsage,
                "column \"" + with_unit(column->name, unit) +
                    "\" has no field in the schema of protocol buffers; leave it "
                    "out of `columns`, or take JSON"};
        }
        fields.push_back({.column = column, .number = *number});
    }
    return std::unique_ptr<ProtobufEncoder>(new ProtobufEncoder(std::move(fields)));
}

bool ProtobufEncoder::encode(const RecordView& record, Block& out) {
    memory_.clear();
    Fields values(memory_);
    for (const Field& field : fields_) {
        values.set_number(field.number);
        field.column->read(record, values);
    }
    out.bytes += memory_.text();
    out.end_unit(1);
    return true;
}

}  // namespace flowgauge
