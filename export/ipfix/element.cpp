#include "export/ipfix/element.h"

#include <algorithm>
#include <cctype>

namespace flowgauge {
namespace {

constexpr std::string_view kUnitPlace = "{unit}";

IpfixForeign foreign_of(const IpfixElement& element, IpfixVocabulary vocabulary) noexcept {
    switch (vocabulary) {
    case IpfixVocabulary::kCesnet:
        return element.cesnet;
    case IpfixVocabulary::kNtop:
        return element.ntop;
    default:
        return {};
    }
}

template <typename Enumerator>
bool is_in(std::uint8_t mask, Enumerator value) noexcept {
    return ((std::uint32_t{mask} >> static_cast<unsigned>(value)) & 1U) != 0;
}

// Whether a sink that hides columns may still say it: the columns of both directions count.
bool is_hidden(const IpfixElement& element, const IpfixOptions& options, TimeUnit unit) {
    return std::ranges::any_of(options.hidden_columns, [&](const std::string& hidden) {
        return hidden == element.part_of || hidden == element.also_part_of ||
               hidden == with_unit(element.column, unit) ||
               hidden == with_unit(element.reverse_column, unit);
    });
}

}  // namespace

IpfixField field_of(
    const IpfixElement& element, const IpfixOptions& options, TimeUnit unit
) noexcept {
    const auto step = static_cast<std::uint16_t>(element.id_step * static_cast<unsigned>(unit));
    const IpfixForeign foreign = foreign_of(element, options.vocabulary);
    const std::uint16_t length =
        element.length != 0 ? element.length : length_of(type_of(element, unit));
    if (foreign.enterprise != 0) {
        return {.id = foreign.id, .enterprise = foreign.enterprise, .length = length};
    }
    return {
        .id = static_cast<std::uint16_t>(element.id + step),
        .enterprise = element.own ? options.enterprise_number : 0,
        .length = length};
}

IpfixField reverse_field_of(
    const IpfixElement& element, const IpfixOptions& options, TimeUnit unit
) noexcept {
    IpfixField field = field_of(element, options, unit);
    if (field.enterprise == 0) {
        field.enterprise = kReverseEnterprise;
    } else {
        field.id |= kReverseBit;
    }
    return field;
}

IpfixSlot reverse_slot_of(const IpfixElement& element) noexcept {
    return element.reverse_slot != IpfixSlot::kNone ? element.reverse_slot : mirrored(element.slot);
}

std::string name_of(const IpfixElement& element, TimeUnit unit) {
    std::string name(element.name);
    if (const std::size_t at = name.find(kUnitPlace); at != std::string::npos) {
        constexpr std::string_view kUnits[] = {"Milliseconds", "Microseconds", "Nanoseconds"};
        name.replace(at, kUnitPlace.size(), kUnits[static_cast<std::size_t>(unit)]);
    }
    return name;
}

std::string reverse_name_of(const IpfixElement& element, TimeUnit unit) {
    std::string name = name_of(element, unit);
    name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    return "reverse" + name;
}

IpfixType type_of(const IpfixElement& element, TimeUnit unit) noexcept {
    if (element.type != IpfixType::kTime) {
        return element.type;
    }
    return static_cast<IpfixType>(
        static_cast<unsigned>(IpfixType::kMilliseconds) + static_cast<unsigned>(unit)
    );
}

IpfixUnits units_of(const IpfixElement& element, TimeUnit unit) noexcept {
    if (element.units != IpfixUnits::kTicks) {
        return element.units;
    }
    return static_cast<IpfixUnits>(
        static_cast<unsigned>(IpfixUnits::kMilliseconds) + static_cast<unsigned>(unit)
    );
}

std::uint16_t length_of(IpfixType type) noexcept {
    switch (type) {
    case IpfixType::kUnsigned8:
    case IpfixType::kSigned8:
        return 1;
    case IpfixType::kUnsigned16:
        return 2;
    case IpfixType::kUnsigned32:
    case IpfixType::kIpv4Address:
        return 4;
    case IpfixType::kMacAddress:
        return 6;
    case IpfixType::kUnsigned64:
    case IpfixType::kSigned64:
    case IpfixType::kFloat64:
    case IpfixType::kMilliseconds:
    case IpfixType::kMicroseconds:
    case IpfixType::kNanoseconds:
    case IpfixType::kTime:
        return 8;
    case IpfixType::kIpv6Address:
        return 16;
    case IpfixType::kOctetArray:
    case IpfixType::kString:
    case IpfixType::kBasicList:
        return kVariableLength;
    }
    return kVariableLength;
}

bool is_present(
    const IpfixElement& element, const IpfixOptions& options, const MeterOptions& meter
) {
    const bool exists =
        foreign_of(element, options.vocabulary).enterprise != 0 ||
        (element.id != 0 && (!element.own || options.vocabulary != IpfixVocabulary::kIana));
    return exists && element.profile <= options.profile && is_present(element.presence, meter) &&
           is_in(element.modes, meter.flow.accounting_mode) &&
           is_in(element.biflows, options.biflow) &&
           is_in(element.vocabularies, options.vocabulary) &&
           (!element.interfaces || options.interfaces != nullptr) &&
           !is_hidden(element, options, meter.flow.time_unit);
}

std::string_view to_string(IpfixType type) noexcept {
    switch (type) {
    case IpfixType::kOctetArray:
        return "octetArray";
    case IpfixType::kUnsigned8:
        return "unsigned8";
    case IpfixType::kUnsigned16:
        return "unsigned16";
    case IpfixType::kUnsigned32:
        return "unsigned32";
    case IpfixType::kUnsigned64:
        return "unsigned64";
    case IpfixType::kSigned8:
        return "signed8";
    case IpfixType::kSigned64:
        return "signed64";
    case IpfixType::kFloat64:
        return "float64";
    case IpfixType::kMacAddress:
        return "macAddress";
    case IpfixType::kString:
        return "string";
    case IpfixType::kMilliseconds:
    case IpfixType::kTime:
        return "dateTimeMilliseconds";
    case IpfixType::kMicroseconds:
        return "dateTimeMicroseconds";
    case IpfixType::kNanoseconds:
        return "dateTimeNanoseconds";
    case IpfixType::kIpv4Address:
        return "ipv4Address";
    case IpfixType::kIpv6Address:
        return "ipv6Address";
    case IpfixType::kBasicList:
        return "basicList";
    }
    return "";
}

std::string_view to_string(IpfixSemantics semantics) noexcept {
    switch (semantics) {
    case IpfixSemantics::kDefault:
        return "default";
    case IpfixSemantics::kQuantity:
        return "quantity";
    case IpfixSemantics::kTotalCounter:
        return "totalCounter";
    case IpfixSemantics::kDeltaCounter:
        return "deltaCounter";
    case IpfixSemantics::kIdentifier:
        return "identifier";
    case IpfixSemantics::kFlags:
        return "flags";
    case IpfixSemantics::kList:
        return "list";
    }
    return "";
}

std::string_view to_string(IpfixUnits units) noexcept {
    switch (units) {
    case IpfixUnits::kNone:
        return "none";
    case IpfixUnits::kOctets:
        return "octets";
    case IpfixUnits::kPackets:
        return "packets";
    case IpfixUnits::kMilliseconds:
    case IpfixUnits::kTicks:
        return "milliseconds";
    case IpfixUnits::kMicroseconds:
        return "microseconds";
    case IpfixUnits::kNanoseconds:
        return "nanoseconds";
    }
    return "";
}

}  // namespace flowgauge
