// What an exporter says beside its records: templates, and options data that help to read them.
#pragma once

#include "core/dpi/application.h"
#include "core/meter/meter_options.h"
#include "export/ipfix/ipfix_options.h"
#include "export/ipfix/record_template.h"

#include <span>
#include <string>

namespace flowgauge {

// Whole messages, made by an IpfixMessageWriter: the templates; applications (RFC 6759 section
// 6.6), with `names`; types of our elements (RFC 5610 section 3).
[[nodiscard]] std::string make_options_data(
    const IpfixOptions& options,
    const MeterOptions& meter,
    const ApplicationNames* names,
    std::span<const IpfixTemplate> templates,
    IpfixTemplateIds ids
);

// Of interfaces: the Options Templates, and the data.
[[nodiscard]] std::string make_interfaces_templates(std::uint32_t observation_domain);
[[nodiscard]] std::string make_interfaces_data(
    std::uint32_t observation_domain, std::span<const IpfixInterface> interfaces
);

// What sensor and sink did, as IPFIX counts it: since they were started.
struct ExporterStatistics {
    std::uint64_t exported_messages = 0;  // before the message that says so, as in those below
    std::uint64_t exported_records = 0;
    std::uint64_t exported_octets = 0;
    std::uint64_t observed_flows = 0;
    std::uint64_t ignored_packets = 0;  // in no flow: rejected, or dropped by the kernel
    std::uint64_t not_sent_flows = 0;
};

// Of statistics: the Options Templates (RFC 7011 section 4.1 to 4.3), and the data. Octets of
// ignored packets, and what was in flows that were not sent, nobody counts: there are no such
// elements.
[[nodiscard]] std::string make_statistics_templates(std::uint32_t observation_domain);
[[nodiscard]] std::string make_statistics_data(
    std::uint32_t observation_domain, const ExporterStatistics& statistics
);

}  // namespace flowgauge
