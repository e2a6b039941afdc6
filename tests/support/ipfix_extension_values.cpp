#include "tests/support/ipfix_extension_values.h"

#include "core/flow/flow_extension.h"
#include "export/ipfix/extension_element.h"

#include <bit>
#include <vector>

namespace flowgauge::test {
namespace {

// Values as their bytes on the wire; what is absent as docs/IPFIX.md says.
class WireSink final : public ValueSink {
public:
    explicit WireSink(ColumnType type) : type_(type) {}

    std::vector<std::string> values;

    void unsigned_integer(std::uint64_t value) override { values = {bytes_of(value)}; }
    void integer(std::int64_t value) override {
        values = {bytes_of(static_cast<std::uint64_t>(value))};
    }
    void real(double value) override { values = {bytes_of(std::bit_cast<std::uint64_t>(value))}; }
    void text(std::string_view value) override { values = {std::string(value)}; }
    void list(std::span<const std::int64_t> entries) override {
        values.clear();
        for (const std::int64_t entry : entries) {
            values.push_back(bytes_of(static_cast<std::uint64_t>(entry)));
        }
    }
    void texts(std::span<const std::string_view> entries) override {
        values.assign(entries.begin(), entries.end());
    }
    void absent() override {
        switch (type_) {
        case ColumnType::kUnsigned:
            values = {bytes_of(0xffff'ffff'ffff'ffff)};
            break;
        case ColumnType::kInteger:
            values = {bytes_of(0x8000'0000'0000'0000)};
            break;
        case ColumnType::kReal:
            values = {bytes_of(0x7ff8'0000'0000'0000)};
            break;
        case ColumnType::kText:
            values = {""};
            break;
        default:
            values.clear();
        }
    }

private:
    static std::string bytes_of(std::uint64_t bits) {
        std::string bytes;
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes += static_cast<char>(bits >> static_cast<unsigned>(shift));
        }
        return bytes;
    }

    ColumnType type_;
};

const IpfixExtensionElement* look_up(
    const std::vector<IpfixExtensionElement>& all, const DecodedField& field
) {
    for (const IpfixExtensionElement& element : all) {
        if (element.field.id == field.id && element.field.enterprise == field.enterprise) {
            return &element;
        }
    }
    return nullptr;
}

std::optional<std::string> difference_of(
    const RecordView& view,
    const DecodedField& element,
    const std::vector<std::string>& got,
    const IpfixExpectation& expected
) {
    const auto all = ipfix_extension_elements(expected.options, expected.meter);
    const IpfixExtensionElement* found = look_up(all, element);
    if (found == nullptr) {
        return std::nullopt;
    }
    WireSink sink(found->column->type);
    found->column->read(view, sink);
    if (got.size() > sink.values.size() ||
        (got.size() < sink.values.size() && !expected.shortened)) {
        return found->name + ": " + std::to_string(got.size()) + " values";
    }
    for (std::size_t i = 0; i < got.size(); ++i) {
        const bool agrees = found->type == IpfixType::kString
                                ? text_agrees(got[i], sink.values[i], expected)
                                : got[i] == sink.values[i];
        if (!agrees) {
            return found->name + ": value " + std::to_string(i);
        }
    }
    return "";
}

}  // namespace

std::optional<std::string> extension_difference(
    const RecordView& view, const DecodedField& field, const IpfixExpectation& expected
) {
    return difference_of(view, field, {field.bytes}, expected);
}

std::optional<std::string> extension_difference(
    const RecordView& view, const DecodedList& list, const IpfixExpectation& expected
) {
    return difference_of(view, list.element, list.values, expected);
}

}  // namespace flowgauge::test
