// Compares decoded elements of an extension with its columns.
#pragma once

#include "tests/support/ipfix_values.h"

#include <optional>
#include <string>

namespace flowgauge::test {

// What is wrong with it, "" if nothing; nothing at all for an element that is of no extension.
[[nodiscard]] std::optional<std::string> extension_difference(
    const RecordView& view, const DecodedField& field, const IpfixExpectation& expected
);
[[nodiscard]] std::optional<std::string> extension_difference(
    const RecordView& view, const DecodedList& list, const IpfixExpectation& expected
);

}  // namespace flowgauge::test
