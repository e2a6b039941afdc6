// Dictionaries: our information elements in the words of collectors, made from the table of
// elements. Those for the default enterprise number lie under packaging/ipfix.
#pragma once

#include "core/record/column.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace flowgauge {

enum class IpfixDictionary : std::uint8_t {
    kCertXml,   // libfixbuf: ipfixDump -e, YAF's tools, super_mediator
    kIespec,    // python-ipfix: ipfix2csv -s
    kLogstash,  // Logstash's netflow codec (ipfix_definitions) and Filebeat (custom_definitions)
    kTelegraf,  // inputs.netflow: private_enterprise_number_files
    kPmacct,    // nfacctd: aggregate_primitives
    kGoflow2,   // goflow2: -mapping
};

struct IpfixDictionaryKind {
    IpfixDictionary kind;
    std::string_view word;  // of the command line
    std::string_view file;  // under packaging/ipfix
};
constexpr std::array<IpfixDictionaryKind, 6> kIpfixDictionaries{{
    {IpfixDictionary::kCertXml, "libfixbuf", "flowgauge.xml"},
    {IpfixDictionary::kIespec, "python-ipfix", "flowgauge.iespec"},
    {IpfixDictionary::kLogstash, "logstash", "logstash.yaml"},
    {IpfixDictionary::kTelegraf, "telegraf", "telegraf.csv"},
    {IpfixDictionary::kPmacct, "pmacct", "pmacct-primitives.lst"},
    {IpfixDictionary::kGoflow2, "goflow2", "goflow2-mapping.yaml"},
}};

// Every element of ours in every time unit, reverse elements among them; then those of `extension`.
[[nodiscard]] std::string ipfix_dictionary(
    IpfixDictionary kind, std::uint32_t enterprise_number, std::span<const Column> extension = {}
);

}  // namespace flowgauge
