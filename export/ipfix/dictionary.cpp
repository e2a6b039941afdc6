#include "export/ipfix/dictionary.h"

#include "core/base/format.h"
#include "export/ipfix/element.h"
#include "export/ipfix/extension_element.h"
#include "export/ipfix/ipfix_options.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

// An element of ours for one time unit, or its reverse.
struct Entry {
    std::string name;
    std::uint16_t id = 0;
    IpfixType type = IpfixType::kUnsigned64;
    std::uint16_t length = 0;
    IpfixSemantics semantics = IpfixSemantics::kDefault;
    IpfixUnits units = IpfixUnits::kNone;
    bool reversible = false;
    bool is_reverse = false;
    bool in_list = false;  // records have it in a basicList alone
    std::string meaning;
};

std::vector<Entry> entries(std::uint32_t enterprise_number, std::span<const Column> extension) {
    IpfixOptions options;
    options.enterprise_number = enterprise_number;
    std::vector<Entry> all;
    for (const IpfixElement& element : all_ipfix_elements()) {
        if (!element.own) {
            continue;
        }
        for (const TimeUnit unit :
             {TimeUnit::kMilliseconds, TimeUnit::kMicroseconds, TimeUnit::kNanoseconds}) {
            if (unit != TimeUnit::kMilliseconds && element.id_step == 0) {
                continue;
            }
            const IpfixField field = field_of(element, options, unit);
            Entry entry{
                .name = name_of(element, unit),
                .id = field.id,
                .type = type_of(element, unit),
                .length = field.length,
                .semantics = element.semantics,
                .units = units_of(element, unit),
                .reversible = element.reversible,
                .in_list = element.list != IpfixList::kNone,
                .meaning = std::string(element.meaning)};
            all.push_back(entry);
            if (element.reversible) {
                entry.name = reverse_name_of(element, unit);
                entry.id = reverse_field_of(element, options, unit).id;
                entry.is_reverse = true;
                all.push_back(std::move(entry));
            }
        }
    }
    for (IpfixExtensionElement& element : ipfix_extension_elements(extension, enterprise_number)) {
        all.push_back(
            {.name = std::move(element.name),
             .id = element.field.id,
             .type = element.type,
             .length = element.field.length,
             .in_list = element.is_list,
             .meaning = std::move(element.meaning)}
        );
    }
    std::ranges::sort(all, {}, &Entry::id);
    return all;
}

bool is_text(const Entry& entry) {
    return entry.type == IpfixType::kString;
}

// Collectors' notations of numbers that know neither reals nor what is negative.
bool is_unsigned_or_text(const Entry& entry) {
    return entry.type != IpfixType::kFloat64 && entry.type != IpfixType::kSigned64;
}

// Whoever made a column wrote its meaning.
std::string xml_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    }
    return out;
}

// libfixbuf makes the reverse elements itself.
std::string cert_xml(const std::vector<Entry>& all, std::uint32_t enterprise) {
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                      "<!-- flowgauge's information elements, for ipfixDump -e -->\n"
                      "<registry xmlns=\"http://www.iana.org/assignments\" "
                      "xmlns:cert=\"http://www.cert.org/ipfix\" id=\"ipfix\">\n"
                      "<registry id=\"ipfix-information-elements\">\n";
    for (const Entry& entry : all) {
        if (entry.is_reverse) {
            continue;
        }
        out += format(
            "<record><name>{}</name><dataType>{}</dataType><group/>"
            "<dataTypeSemantics>{}</dataTypeSemantics>"
            "<cert:enterpriseId>{}</cert:enterpriseId>{}<elementId>{}</elementId>{}"
            "<description><paragraph>{}</paragraph></description></record>\n",
            entry.name,
            to_string(entry.type),
            to_string(entry.semantics),
            enterprise,
            entry.reversible ? "<cert:reversible>true</cert:reversible>" : "",
            entry.id,
            entry.units == IpfixUnits::kNone ? std::string()
                                             : format("<units>{}</units>", to_string(entry.units)),
            xml_text(entry.meaning)
        );
    }
    return out + "</registry></registry>\n";
}

std::string iespec(const std::vector<Entry>& all, std::uint32_t enterprise) {
    std::string out;
    for (const Entry& entry : all) {
        out += format(
            "{}({}/{})<{}>[{}]\n",
            entry.name,
            enterprise,
            entry.id,
            to_string(entry.type),
            entry.length
        );
    }
    return out;
}

std::string_view logstash_type(IpfixType type) {
    switch (type) {
    case IpfixType::kUnsigned8:
        return "uint8";
    case IpfixType::kUnsigned16:
        return "uint16";
    case IpfixType::kUnsigned32:
        return "uint32";
    case IpfixType::kSigned64:
        return "int64";
    case IpfixType::kFloat64:
        return "double";
    case IpfixType::kString:
        return "string";
    default:
        return "uint64";
    }
}

std::string logstash(const std::vector<Entry>& all, std::uint32_t enterprise) {
    std::string out = format("---\n{}:\n", enterprise);
    for (const Entry& entry : all) {
        if (!entry.in_list) {
            out += format(
                "  {}:\n  - :{}\n  - :{}\n", entry.id, logstash_type(entry.type), entry.name
            );
        }
    }
    return out;
}

std::string_view telegraf_type(IpfixType type) {
    switch (type) {
    case IpfixType::kString:
        return "string";
    case IpfixType::kFloat64:
        return "hex";
    case IpfixType::kSigned64:
        return "int";
    default:
        return "uint";
    }
}

// telegraf knows no reals; their bits as hexadecimal digits are better than a wrong number.
std::string telegraf(const std::vector<Entry>& all, std::uint32_t enterprise) {
    std::string out = "# PEN.ID, name, data type\n";
    for (const Entry& entry : all) {
        if (!entry.in_list) {
            const std::string_view type = telegraf_type(entry.type);
            out += format("{}.{},{},{}\n", enterprise, entry.id, entry.name, type);
        }
    }
    return out;
}

// Times are numbers to nfacctd, and reals are not known to it. The reverse counters of IANA's are
// what else aggregates ask for.
std::string pmacct(const std::vector<Entry>& all, std::uint32_t enterprise) {
    std::string out;
    const auto add = [&](std::string_view name, const std::string& field, std::uint16_t length) {
        const bool variable = length == kVariableLength;
        out += format(
            "name={} field_type={} len={} semantics={}\n",
            name,
            field,
            variable ? "vlen" : std::to_string(length),
            variable ? "str" : "u_int"
        );
    };
    add("flowId", "148", 8);
    add("reverseOctetDeltaCount", format("{}:1", kReverseEnterprise), 8);
    add("reversePacketDeltaCount", format("{}:2", kReverseEnterprise), 8);
    for (const Entry& entry : all) {
        if (!entry.in_list && is_unsigned_or_text(entry)) {
            add(entry.name, format("{}:{}", enterprise, entry.id), entry.length);
        }
    }
    return out;
}

// Names as goflow2's own.
std::string snake_case(std::string_view name) {
    std::string out;
    for (const char c : name) {
        const bool upper = c >= 'A' && c <= 'Z';
        out += upper && !out.empty() ? "_" : "";
        out += upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

// Fields of the protobuf message begin at 2000, where goflow2 has none. Its JSON shows texts by
// their bytes in hexadecimal digits; its renderer for texts (2.2.6) escapes nothing, and a name
// with a quote in it would cost the record.
std::string goflow2(const std::vector<Entry>& all, std::uint32_t enterprise) {
    struct Known {
        std::string_view name;
        std::uint16_t id;
        bool text;
    };
    constexpr Known kIana[] = {
        {"application_name", 96, true},
        {"application_category_name", 372, true},
        {"http_request_host", 460, true},
        {"flow_id", 148, false},
        {"bi_flow_direction", 239, false},
        {"flow_end_reason", 136, false},
        {"layer2_octets", 352, false}};
    constexpr std::string_view kFields[] = {
        "type",
        "sequence_num",
        "time_flow_start_ns",
        "time_flow_end_ns",
        "bytes",
        "packets",
        "src_addr",
        "dst_addr",
        "etype",
        "proto",
        "src_port",
        "dst_port",
        "in_if",
        "src_mac",
        "dst_mac",
        "vlan_id",
        "tcp_flags"};
    std::string fields;
    std::string messages;
    std::string mappings;
    int index = 2000;
    const auto add = [&](const std::string& name, std::uint16_t id, bool text, bool own) {
        fields += format("    - {}\n", name);
        messages += format(
            "    - name: {}\n      index: {}\n      type: {}\n",
            name,
            index++,
            text ? "string" : "varint"
        );
        mappings += format("    - field: {}\n", id);
        mappings += own ? format("      penprovided: true\n      pen: {}\n", enterprise) : "";
        mappings += format("      destination: {}\n", name);
    };
    for (const Known& known : kIana) {
        add(std::string(known.name), known.id, known.text, false);
    }
    for (const Entry& entry : all) {
        if (!entry.in_list && !entry.is_reverse && is_unsigned_or_text(entry)) {
            add(snake_case(entry.name), entry.id, is_text(entry), true);
        }
    }
    std::string out =
        "# For `biflow: split`: goflow2 has no reverse elements.\nformatter:\n  fields:\n";
    for (const std::string_view field : kFields) {
        out += format("    - {}\n", field);
    }
    return out + fields + "  key:\n    - sampler_address\n  protobuf:\n" + messages +
           "ipfix:\n  mapping:\n" + mappings;
}

}  // namespace

std::string ipfix_dictionary(
    IpfixDictionary kind, std::uint32_t enterprise_number, std::span<const Column> extension
) {
    const std::vector<Entry> all = entries(enterprise_number, extension);
    switch (kind) {
    case IpfixDictionary::kCertXml:
        return cert_xml(all, enterprise_number);
    case IpfixDictionary::kIespec:
        return iespec(all, enterprise_number);
    case IpfixDictionary::kLogstash:
        return logstash(all, enterprise_number);
    case IpfixDictionary::kTelegraf:
        return telegraf(all, enterprise_number);
    case IpfixDictionary::kPmacct:
        return pmacct(all, enterprise_number);
    case IpfixDictionary::kGoflow2:
        return goflow2(all, enterprise_number);
    }
    return {};
}

}  // namespace flowgauge
