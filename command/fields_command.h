// `flowgauge fields`: the tables of columns, metrics and information elements, for people and for
// other programs.
#pragma once

#include "core/meter/meter_options.h"
#include "export/ipfix/dictionary.h"
#include "export/ipfix/ipfix_options.h"
#include "service/exit_status.h"

#include <cstdint>
#include <string>

namespace flowgauge {

enum class FieldsForm : std::uint8_t {
    kText,      // columns
    kMarkdown,  // columns: docs/FIELDS.md
    kMetrics,   // docs/METRICS.md
    kPacket,    // what computed features look at of each packet
    kProtobuf,  // columns: packaging/kafka/flowgauge.proto
    kIpfix,     // our information elements, for a collector: packaging/ipfix
};

struct FieldsOptions {
    FieldsForm form = FieldsForm::kText;
    IpfixDictionary dictionary = IpfixDictionary::kCertXml;  // of kIpfix
    std::uint32_t enterprise_number = kExampleEnterprise;    // whose elements ours are
};

// Columns and elements of the extension in `meter` come last.
[[nodiscard]] std::string fields_text(const FieldsOptions& options, const MeterOptions& meter);
[[nodiscard]] ExitStatus list_fields(const FieldsOptions& options, const MeterOptions& meter);

}  // namespace flowgauge
