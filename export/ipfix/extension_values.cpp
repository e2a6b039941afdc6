#include "export/ipfix/extension_values.h"

#include "export/ipfix/wire.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

namespace flowgauge {
namespace {

class Number final : public SelectiveSink {
public:
    explicit Number(IpfixType type) noexcept : type_(type), bits_(absent_bits(type)) {}

    [[nodiscard]] std::uint64_t bits() const noexcept { return bits_; }

    void unsigned_integer(std::uint64_t value) override { put(IpfixType::kUnsigned64, value); }
    void integer(std::int64_t value) override {
        put(IpfixType::kSigned64, static_cast<std::uint64_t>(value));
    }
    void real(double value) override {
        put(IpfixType::kFloat64, std::bit_cast<std::uint64_t>(value));
    }

private:
    static std::uint64_t absent_bits(IpfixType type) noexcept {
        if (type == IpfixType::kUnsigned64) {
            return std::numeric_limits<std::uint64_t>::max();
        }
        return type == IpfixType::kSigned64
                   ? std::uint64_t{1} << 63U
                   : std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN());
    }
    void put(IpfixType type, std::uint64_t bits) noexcept { bits_ = type == type_ ? bits : bits_; }

    IpfixType type_;
    std::uint64_t bits_;
};

// Text is written while the column is read: it may not last longer.
class Text final : public SelectiveSink {
public:
    Text(std::uint8_t* at, std::size_t bytes_max) noexcept : at_(at), bytes_max_(bytes_max) {}

    [[nodiscard]] std::uint8_t* end() noexcept {
        return written_ != nullptr ? written_ : write_wire_text(at_, {}, 0);
    }

    void text(std::string_view value) override {
        written_ = write_wire_text(at_, value, bytes_max_);
    }

private:
    std::uint8_t* at_;
    std::size_t bytes_max_;
    std::uint8_t* written_ = nullptr;
};

// Entries of a list as they are on the wire, as many as there is room for.
class Entries final : public SelectiveSink {
public:
    Entries(IpfixType type, std::size_t room, std::size_t text_bytes_max)
        : type_(type),
          room_(room),
          text_bytes_max_(text_bytes_max) {}

    [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
    [[nodiscard]] bool shortened() const noexcept { return shortened_; }

    void list(std::span<const std::int64_t> values) override {
        if (type_ == IpfixType::kSigned64) {
            const std::size_t count = std::min(values.size(), room_ / sizeof values.front());
            for (const std::int64_t value : values.first(count)) {
                append_wire<8>(bytes_, static_cast<std::uint64_t>(value));
            }
            shortened_ = count < values.size();
        }
    }

    void texts(std::span<const std::string_view> values) override {
        for (std::size_t i = 0; i < values.size() && type_ == IpfixType::kString; ++i) {
            const std::size_t before = bytes_.size();
            append_wire_text(bytes_, values[i], text_bytes_max_);
            if (bytes_.size() > room_) {
                bytes_.resize(before);
                shortened_ = true;
                return;
            }
        }
    }

private:
    IpfixType type_;
    std::size_t room_;
    std::size_t text_bytes_max_;
    bool shortened_ = false;
    std::string bytes_;
};

}  // namespace

std::uint8_t* write_extension_numbers(
    std::span<const IpfixExtensionElement> elements, const RecordView& view, std::uint8_t* at
) {
    for (const IpfixExtensionElement& element : elements) {
        Number number(element.type);
        element.column->read(view, number);
        store_wire<8>(at, number.bits());
        at += 8;
    }
    return at;
}

std::uint8_t* write_extension_texts(
    std::span<const IpfixExtensionElement> elements,
    const RecordView& view,
    std::uint8_t* at,
    std::size_t bytes_max
) {
    for (const IpfixExtensionElement& element : elements) {
        Text text(at, bytes_max);
        element.column->read(view, text);
        at = text.end();
    }
    return at;
}

std::size_t empty_lists_bytes(std::span<const IpfixExtensionElement> elements) noexcept {
    std::size_t bytes = 0;
    for (const IpfixExtensionElement& element : elements) {
        bytes += empty_list_bytes(element.field);
    }
    return bytes;
}

WrittenLists write_extension_lists(
    std::span<const IpfixExtensionElement> elements,
    const RecordView& view,
    std::span<std::uint8_t> room,
    std::size_t text_bytes_max
) {
    std::size_t entries_room = room.size() - empty_lists_bytes(elements);
    WrittenLists written{.end = room.data()};
    for (const IpfixExtensionElement& element : elements) {
        Entries entries(element.type, entries_room, text_bytes_max);
        element.column->read(view, entries);
        const std::string_view bytes = entries.bytes();
        written.end = write_list_head(written.end, element.field, bytes.size());
        std::memcpy(written.end, bytes.data(), bytes.size());
        written.end += bytes.size();
        written.shortened = written.shortened || entries.shortened();
        entries_room -= bytes.size();
    }
    return written;
}

}  // namespace flowgauge
