#include "export/ipfix/extension_element.h"

#include "core/base/hash.h"
#include "core/flow/flow_extension.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace flowgauge {
namespace {

IpfixType element_type(ColumnType type) noexcept {
    switch (type) {
    case ColumnType::kUnsigned:
        return IpfixType::kUnsigned64;
    case ColumnType::kInteger:
    case ColumnType::kList:
        return IpfixType::kSigned64;
    case ColumnType::kReal:
        return IpfixType::kFloat64;
    case ColumnType::kText:
    case ColumnType::kTexts:
    case ColumnType::kAddress:
    case ColumnType::kMac:
        break;
    }
    return IpfixType::kString;
}

std::uint64_t hash_of(const Column& column) noexcept {
    constexpr std::uint64_t kSeed = 0x75647073656c656d;
    std::uint64_t hash = hash_words(kSeed, static_cast<std::uint64_t>(column.type), 0);
    for (const char byte : column.name) {
        hash = hash_words(hash, static_cast<unsigned char>(byte), column.name.size());
    }
    return hash;
}

std::string name_of(const Column& column) {
    std::string name(column.name);
    std::ranges::replace(name, '.', '_');  // the only one: names have none
    return name;
}

}  // namespace

std::vector<IpfixExtensionElement> ipfix_extension_elements(
    std::span<const Column> columns, std::uint32_t enterprise_number
) {
    std::vector<IpfixExtensionElement> elements;
    std::set<std::uint64_t> taken;
    for (const Column& column : columns) {
        std::uint64_t place = hash_of(column) % kExtensionElementCount;
        while (!taken.insert(place).second) {
            place = (place + 1) % kExtensionElementCount;
        }
        const IpfixType type = element_type(column.type);
        elements.push_back(
            {.column = &column,
             .name = name_of(column),
             .field =
                 {.id = static_cast<std::uint16_t>(kExtensionElementFirst + place),
                  .enterprise = enterprise_number,
                  .length = length_of(type)},
             .type = type,
             .is_list = column.type == ColumnType::kList || column.type == ColumnType::kTexts,
             .meaning = std::string(column.meaning.empty() ? column.name : column.meaning)}
        );
    }
    return elements;
}

std::vector<IpfixExtensionElement> ipfix_extension_elements(
    const IpfixOptions& options, const MeterOptions& meter
) {
    if (meter.extension == nullptr || options.profile == IpfixProfile::kBasic ||
        options.vocabulary == IpfixVocabulary::kIana) {
        return {};
    }
    std::vector<IpfixExtensionElement> elements =
        ipfix_extension_elements(meter.extension->columns(), options.enterprise_number);
    std::erase_if(elements, [&](const IpfixExtensionElement& element) {
        return std::ranges::find(options.hidden_columns, element.column->name) !=
               options.hidden_columns.end();
    });
    return elements;
}

}  // namespace flowgauge
