// Compares a decoded IPFIX record with the columns of the record that it was made of.
#pragma once

#include "core/meter/meter_options.h"
#include "core/record/column.h"
#include "export/ipfix/ipfix_options.h"
#include "tests/support/ipfix_decoder.h"

#include <string>
#include <string_view>

namespace flowgauge::test {

[[nodiscard]] bool is_utf8(std::string_view text);

// What is to be expected of a record.
struct IpfixExpectation {
    const IpfixOptions& options;
    const MeterOptions& meter;
    bool mirrored = false;   // it is the other direction's, of a split biflow
    bool shortened = false;  // texts and lists may be cut
};

// Whether a text on the wire is the one that is wanted, as far as there is room.
[[nodiscard]] bool text_agrees(
    const std::string& got, const std::string& wanted, const IpfixExpectation& how
);

// Returns the first field that says something else than its column, or what IPFIX asks for where
// there is none; "" if there is no such field.
[[nodiscard]] std::string difference(
    const RecordView& view, const DecodedRecord& decoded, const IpfixExpectation& expectation
);

}  // namespace flowgauge::test
