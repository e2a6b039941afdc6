#include "tests/support/ipfix_values.h"

#include "export/ipfix/element.h"
#include "tests/support/ipfix_extension_values.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <vector>

namespace flowgauge::test {
namespace {

// The value of a column as text, reals by their bits, lists without padding.
class TextSink final : public ValueSink {
public:
    std::string value;

    void unsigned_integer(std::uint64_t number) override { value = std::to_string(number); }
    void integer(std::int64_t number) override { value = std::to_string(number); }
    void real(double number) override {
        value = "real " + std::to_string(std::bit_cast<std::uint64_t>(number));
    }
    void text(std::string_view text) override { value = text; }
    void list(std::span<const std::int64_t> values) override {
        value.clear();
        for (const std::int64_t entry : values) {
            value += entry < 0 ? "" : std::to_string(entry) + " ";
        }
    }
    void texts(std::span<const std::string_view> values) override {
        value.clear();
        for (const std::string_view entry : values) {
            value += std::string(entry) + "\n";
        }
    }
    void absent() override { value = "absent"; }
};

// The field as an element of the table, and whether it is the reverse one.
struct Known {
    const IpfixElement* element = nullptr;
    bool reverse = false;
};

Known look_up(const DecodedField& field, const IpfixExpectation& expected) {
    const TimeUnit unit = expected.meter.flow.time_unit;
    for (const IpfixElement& element : all_ipfix_elements()) {
        if (!is_present(element, expected.options, expected.meter)) {
            continue;
        }
        const IpfixField forward = field_of(element, expected.options, unit);
        if (forward.id == field.id && forward.enterprise == field.enterprise) {
            return {.element = &element};
        }
        const IpfixField back = reverse_field_of(element, expected.options, unit);
        if (element.reversible && back.id == field.id && back.enterprise == field.enterprise) {
            return {.element = &element, .reverse = true};
        }
    }
    return {};
}

// Of the other direction.
std::string mirrored_column(std::string name) {
    constexpr std::pair<std::string_view, std::string_view> kPairs[] = {
        {"src2dst", "dst2src"}, {"dst2src", "src2dst"}, {"src_", "dst_"}, {"dst_", "src_"}};
    for (const auto& [from, to] : kPairs) {
        if (name.starts_with(from)) {
            return name.replace(0, from.size(), to);
        }
    }
    return name;
}

std::optional<std::string> column_value(
    const RecordView& view, std::string name, const IpfixExpectation& expected
) {
    if (expected.mirrored) {
        name = mirrored_column(std::move(name));
    }
    for (const Column& column : all_columns()) {
        if (with_unit(column.name, expected.meter.flow.time_unit) == name) {
            TextSink sink;
            column.read(view, sink);
            return sink.value;
        }
    }
    return std::nullopt;
}

// Of an NTP time stamp.
std::uint64_t ticks_of(std::uint64_t ntp, std::uint64_t per_second) {
    const std::uint64_t seconds = (ntp >> 32) - 2'208'988'800;
    return seconds * per_second + ((ntp & 0xffffffff) * per_second >> 32);
}

std::string list_text(const DecodedList& list) {
    std::string out;
    for (const std::string& value : list.values) {
        DecodedField field;
        field.bytes = value;
        out += std::to_string(field.number()) + " ";
    }
    return out;
}

std::string address_text(std::string_view bytes) {
    const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const bool four = bytes.size() == 4;
    char text[kIpTextMax];
    char* const end = write_ip(text, four ? ipv4_address(at) : ipv6_address(at), four ? 4 : 6);
    std::string out(text, static_cast<std::size_t>(end - text));
    return out;
}

std::string mac_text(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const char byte : bytes) {
        out += out.empty() ? "" : ":";
        out += kDigits[static_cast<unsigned char>(byte) >> 4];
        out += kDigits[static_cast<unsigned char>(byte) & 15];
    }
    return out;
}

std::string value_text(const DecodedField& field, IpfixType type) {
    switch (type) {
    case IpfixType::kString:
        return field.bytes;
    case IpfixType::kFloat64:
        return "real " + std::to_string(field.number());
    case IpfixType::kIpv4Address:
    case IpfixType::kIpv6Address:
        return address_text(field.bytes);
    case IpfixType::kMacAddress:
        return mac_text(field.bytes);
    case IpfixType::kMicroseconds:
        return std::to_string(ticks_of(field.number(), 1'000'000));
    case IpfixType::kNanoseconds:
        return std::to_string(ticks_of(field.number(), 1'000'000'000));
    default:
        return std::to_string(field.number());
    }
}

// The number that stands for a user, or a process, that is not known; columns have -1.
std::string number_not_known(IpfixSlot slot) {
    const bool is_user = slot == IpfixSlot::kProcessUserId || slot == IpfixSlot::kSourceUserId ||
                         slot == IpfixSlot::kDestinationUserId;
    return is_user ? std::to_string(UINT32_MAX) : "0";
}

// Who is at an end of the flow, of which no column speaks. Null: not known.
const SocketOwner* owner_at(bool source, const Attribution& said) {
    if (said.at_destination) {
        return source ? nullptr : said.owner.get();
    }
    return source ? said.owner.get() : said.peer.get();
}

// Elements of an end, as a record of this direction has them.
std::string end_rule(const RecordView& view, IpfixSlot slot, bool mirrored) {
    const bool is_source = slot == IpfixSlot::kSourceProcessId || slot == IpfixSlot::kSourceUserId;
    const bool is_process =
        slot == IpfixSlot::kSourceProcessId || slot == IpfixSlot::kDestinationProcessId;
    const SocketOwner* owner = owner_at(is_source != mirrored, view.attribution());
    if (owner == nullptr) {
        return number_not_known(slot);
    }
    return std::to_string(is_process ? owner->pid : owner->uid);
}

// What elements say for which there is no column.
std::string own_rule(const RecordView& view, const Known& known, const IpfixExpectation& expected) {
    const std::size_t row = known.reverse != expected.mirrored ? 1 : 0;
    const LayerOctets& octets = view.layer_octets();
    switch (known.element->id) {
    case 0:  // foreign elements alone
        return end_rule(view, known.element->slot, expected.mirrored);
    case 1:
        return std::to_string(octets.ip[row]);
    case 352:
        return std::to_string(octets.frame[row]);
    case 6:
        return std::to_string(octets.tcp_flags[row]);
    case 10:
        return std::to_string(
            expected.options.interfaces->index(view.worker, view.flow().key.observation_point())
        );
    case 95: {
        const Application& found = view.application();
        return std::to_string((22U << 24) | (found.app != 0 ? found.app : found.master));
    }
    case 136: {
        constexpr int kReasons[] = {1, 2, 4, 4, 3, 5, 4, 3};
        return std::to_string(kReasons[static_cast<std::size_t>(view.record.end_reason)]);
    }
    case 198:
    case 428: {
        const Uint128 squares = view.statistics().packet_sizes(view.flow(), row).squares;
        return std::to_string(static_cast<std::uint64_t>(squares));
    }
    case 239:
        return expected.mirrored ? "2" : "1";
    default:
        return "?";
    }
}

std::string list_difference(
    const RecordView& view, const DecodedField& field, const IpfixExpectation& expected
) {
    const DecodedList list = decode_list(field.bytes);
    if (const auto found = extension_difference(view, list, expected)) {
        return *found;
    }
    const Known known = look_up(list.element, expected);
    if (list.semantic != 4 || known.element == nullptr || known.element->list == IpfixList::kNone) {
        return "a list of " + list.element.key();
    }
    if (known.element->column.empty()) {
        return {};
    }
    const TimeUnit unit = expected.meter.flow.time_unit;
    const std::string wanted =
        column_value(view, with_unit(known.element->column, unit), expected).value_or("?");
    const std::string got = list_text(list);
    const bool agrees = got == wanted || (expected.shortened && wanted.starts_with(got));
    return agrees ? "" : name_of(*known.element, unit) + ": " + got + " and not " + wanted;
}

// Of the character that `text` begins with; 0 if there is none.
std::size_t character_bytes(std::string_view text) {
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) {
        return 1;
    }
    const auto length = static_cast<std::size_t>(std::countl_one(lead));
    if (length < 2 || length > 4 || length > text.size()) {
        return 0;
    }
    std::uint32_t point = lead & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0) != 0x80) {
            return 0;
        }
        point = point << 6 | (next & 0x3fU);
    }
    const bool surrogate = point >= 0xd800 && point < 0xe000;
    return point < kLeast[length] || point > 0x10ffff || surrogate ? 0 : length;
}

std::string field_difference(
    const RecordView& view, const DecodedField& field, const IpfixExpectation& expected
) {
    const TimeUnit unit = expected.meter.flow.time_unit;
    const Known known = look_up(field, expected);
    if (known.element == nullptr) {
        if (const auto found = extension_difference(view, field, expected)) {
            return *found;
        }
        return "an unknown element " + field.key();
    }
    const IpfixElement& element = *known.element;
    const bool is_text = element.text != IpfixText::kNone;
    const std::string_view column = known.reverse ? element.reverse_column : element.column;
    const std::string got = value_text(field, type_of(element, unit));
    if (is_text && column.empty()) {
        return is_utf8(got) ? "" : name_of(element, unit) + ": not UTF-8";
    }
    std::string wanted = column.empty()
                             ? own_rule(view, known, expected)
                             : column_value(view, with_unit(column, unit), expected).value_or("?");
    if (element.presence == Presence::kVisibility && wanted == "-1") {
        wanted = number_not_known(element.slot);
    }
    if (is_text ? text_agrees(got, wanted, expected) : got == wanted) {
        return {};
    }
    std::string found = known.reverse ? reverse_name_of(element, unit) : name_of(element, unit);
    found += ": " + got;
    found += " and not " + wanted;
    return found;
}

}  // namespace

bool text_agrees(const std::string& got, const std::string& wanted, const IpfixExpectation& how) {
    const std::size_t most = how.options.text_bytes_max;
    if (is_utf8(wanted) && wanted.size() <= most && !how.shortened) {
        return got == wanted;
    }
    return is_utf8(got) && got.size() <= most && (!is_utf8(wanted) || wanted.starts_with(got));
}

// By what is decoded, apart from the encoder's tables.
bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = character_bytes(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::string difference(
    const RecordView& view, const DecodedRecord& decoded, const IpfixExpectation& expectation
) {
    for (const DecodedField& field : decoded.fields) {
        const bool is_list = field.enterprise == 0 && field.id == kBasicListId;
        std::string found = is_list ? list_difference(view, field, expectation)
                                    : field_difference(view, field, expectation);
        if (!found.empty()) {
            return found;
        }
    }
    return {};
}

}  // namespace flowgauge::test
