// IpfixExtensionElement: the information element of ours for a column of an extension (features,
// plugins and models).
#pragma once

#include "core/record/column.h"
#include "export/ipfix/element.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {

// "udps.NAME" is called udps_NAME, so that either name tells the other. Its number is chosen by a
// hash of name and type, of 8192 to 16383, the next free one where two meet in the order of the
// columns: the same from run to run while the columns are the same, another one when the type of a
// column changes, and no number of IANA's, of the table, or of a reverse element.
//
// IPFIX has no word for what is absent: it is 2^64 - 1, -2^63 or NaN as a number, else empty.
struct IpfixExtensionElement {
    const Column* column = nullptr;  // lives as long as the extension
    std::string name;
    IpfixField field;                         // of a list, that of which the list is made
    IpfixType type = IpfixType::kUnsigned64;  // as above
    bool is_list = false;
    std::string meaning;
};

constexpr std::uint16_t kExtensionElementFirst = 0x2000;
constexpr std::uint16_t kExtensionElementCount = 0x2000;

// Of all columns. Requires: no more than there are numbers; they outlive the elements.
[[nodiscard]] std::vector<IpfixExtensionElement> ipfix_extension_elements(
    std::span<const Column> columns, std::uint32_t enterprise_number
);

// Those that records with these options have: from the profile `extended` on, but for hidden ones,
// and none in the vocabulary `iana`.
[[nodiscard]] std::vector<IpfixExtensionElement> ipfix_extension_elements(
    const IpfixOptions& options, const MeterOptions& meter
);

}  // namespace flowgauge
