#include "export/ipfix/options_data.h"

#include "export/ipfix/element.h"
#include "export/ipfix/message_writer.h"
#include "export/ipfix/wire.h"

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

// Enough for any interface or element; names are ours or the kernel's.
constexpr std::size_t kTextMax = 200;

// An Options Template Record behind its number (RFC 7011 section 3.4.2.2).
std::string options_fields(std::size_t scopes, std::initializer_list<IpfixField> fields) {
    std::string out;
    append_wire<2>(out, fields.size());
    append_wire<2>(out, scopes);
    for (const IpfixField& field : fields) {
        append_field(out, field);
    }
    return out;
}

std::string numbered(std::uint16_t id, std::string_view fields) {
    std::string out;
    append_wire<2>(out, id);
    out += fields;
    return out;
}

// Puts records into messages, beginning a new one when one is full.
class Messages {
public:
    Messages(std::uint32_t observation_domain, std::uint32_t message_size) noexcept
        : writer_(observation_domain, message_size) {}

    void put(std::uint16_t set, std::string_view record) {
        if (!writer_.has_room(bytes_, set, record.size())) {
            writer_.end_message(bytes_);
        }
        writer_.put(bytes_, set, record);
    }

    // In a set of its own.
    void put_alone(std::uint16_t set, std::string_view record) {
        writer_.end_set(bytes_);
        put(set, record);
        writer_.end_set(bytes_);
    }

    // nfcapd and nfacctd read no more than one of a set.
    void put_options_template(std::uint16_t id, std::string_view fields) {
        put_alone(kOptionsTemplateSet, numbered(id, fields));
    }

    [[nodiscard]] std::string finish() {
        writer_.end_message(bytes_);
        return std::move(bytes_);
    }

private:
    IpfixMessageWriter writer_;
    std::string bytes_;
};

// Names of fixed length, and each record in a set of its own: nfcapd 1.7.1 refuses others here, and
// forgets the scope when it looks for the second record of a set.
void put_applications(const ApplicationNames& names, IpfixTemplateIds& ids, Messages& out) {
    constexpr std::uint16_t kNameBytes = 24;
    constexpr std::uint16_t kDescriptionBytes = 55;
    constexpr std::uint32_t kNdpiEngine = 22;
    const std::string fields =
        options_fields(1, {{95, 0, 4}, {96, 0, kNameBytes}, {94, 0, kDescriptionBytes}});
    const std::uint16_t id = ids.choose(fields);
    out.put_options_template(id, fields);
    for (std::uint32_t number = 0; number < names.protocols().size(); ++number) {
        const std::string& name = names.protocols()[number];
        std::string record;
        append_wire<4>(record, kNdpiEngine << 24 | number);
        append_padded_text(record, name, kNameBytes);
        append_padded_text(
            record, "nDPI " + std::to_string(number) + " " + name, kDescriptionBytes
        );
        out.put_alone(id, record);
    }
}

// What a type record says of an element.
struct Described {
    IpfixField field;
    IpfixType type = IpfixType::kUnsigned64;
    IpfixSemantics semantics = IpfixSemantics::kDefault;
    IpfixUnits units = IpfixUnits::kNone;
    std::string name;
    std::string_view meaning;
};

// RFC 5610 section 3.1 lists what stands here; libfixbuf learns a name only where there is a
// description as well.
std::string type_record(const Described& element) {
    std::string record;
    append_wire<4>(record, element.field.enterprise);
    append_wire<2>(record, element.field.id);
    append_wire<1>(record, static_cast<std::uint64_t>(element.type));
    append_wire<1>(record, static_cast<std::uint64_t>(element.semantics));
    append_wire<2>(record, static_cast<std::uint64_t>(element.units));
    append_wire<8>(record, 0);  // no bounds of the range: both ends are 0
    append_wire<8>(record, 0);
    append_wire_text(record, element.name, kTextMax);
    append_wire_text(record, element.meaning, kTextMax);
    return record;
}

// Elements of ours that records have, with reverse ones.
std::vector<Described> described(
    const IpfixOptions& options,
    const MeterOptions& meter,
    std::span<const IpfixExtensionElement> extension
) {
    const TimeUnit unit = meter.flow.time_unit;
    std::vector<Described> all;
    for (const IpfixElement& element : all_ipfix_elements()) {
        const IpfixField field = field_of(element, options, unit);
        if (!is_present(element, options, meter) || field.enterprise != options.enterprise_number) {
            continue;
        }
        Described one{
            .field = field,
            .type = type_of(element, unit),
            .semantics = element.semantics,
            .units = units_of(element, unit),
            .name = name_of(element, unit),
            .meaning = element.meaning};
        all.push_back(one);
        if (element.reversible && options.biflow == IpfixBiflow::kRfc5103) {
            one.field = reverse_field_of(element, options, unit);
            one.name = reverse_name_of(element, unit);
            all.push_back(std::move(one));
        }
    }
    for (const IpfixExtensionElement& element : extension) {
        all.push_back(
            {.field = element.field,
             .type = element.type,
             .name = element.name,
             .meaning = element.meaning}
        );
    }
    return all;
}

void put_types(
    const IpfixOptions& options, const MeterOptions& meter, IpfixTemplateIds& ids, Messages& out
) {
    const auto extension = ipfix_extension_elements(options, meter);
    const std::vector<Described> all = described(options, meter, extension);
    if (all.empty()) {
        return;
    }
    const std::string fields = options_fields(
        2,
        {{346, 0, 4},
         {303, 0, 2},
         {339, 0, 1},
         {344, 0, 1},
         {345, 0, 2},
         {342, 0, 8},
         {343, 0, 8},
         {341, 0, kVariableLength},
         {340, 0, kVariableLength}}
    );
    const std::uint16_t id = ids.choose(fields);
    out.put_options_template(id, fields);
    for (const Described& element : all) {
        out.put(id, type_record(element));
    }
}

// A message of any size holds the templates and data of statistics, and several interfaces.
constexpr std::uint32_t kShortMessageSize = 512;

constexpr std::uint16_t kInterfaceNameBytes = 16;  // IFNAMSIZ
constexpr std::uint16_t kInterfaceDescriptionBytes = 64;

}  // namespace

std::string make_options_data(
    const IpfixOptions& options,
    const MeterOptions& meter,
    const ApplicationNames* names,
    std::span<const IpfixTemplate> templates,
    IpfixTemplateIds ids
) {
    Messages out(options.observation_domain, options.message_size);
    if (names != nullptr && meter.dissection.enabled) {
        put_applications(*names, ids, out);
    }
    put_types(options, meter, ids, out);
    // Last: libfixbuf types the fields of a template by what it knows when it meets it.
    for (const IpfixTemplate& each : templates) {
        out.put(kTemplateSet, each.record);
    }
    return out.finish();
}

// Names by interface; and descriptions in the form in which nfdump 1.7.1 understands them, as the
// names that it shows: with another scope, and without a second text.
std::string make_interfaces_templates(std::uint32_t observation_domain) {
    Messages out(observation_domain, kShortMessageSize);
    out.put_options_template(
        kInterfaceNamesTemplate, options_fields(1, {{10, 0, 4}, {82, 0, kInterfaceNameBytes}})
    );
    out.put_options_template(
        kInterfaceDescriptionsTemplate,
        options_fields(1, {{149, 0, 4}, {10, 0, 4}, {83, 0, kInterfaceDescriptionBytes}})
    );
    return out.finish();
}

std::string make_interfaces_data(
    std::uint32_t observation_domain, std::span<const IpfixInterface> interfaces
) {
    Messages out(observation_domain, kShortMessageSize);
    for (const IpfixInterface& interface : interfaces) {
        std::string record;
        append_wire<4>(record, interface.index);
        append_padded_text(record, interface.name, kInterfaceNameBytes);
        out.put(kInterfaceNamesTemplate, record);
        record.clear();
        append_wire<4>(record, observation_domain);
        append_wire<4>(record, interface.index);
        const bool described = !interface.description.empty();
        append_padded_text(
            record, described ? interface.description : interface.name, kInterfaceDescriptionBytes
        );
        out.put(kInterfaceDescriptionsTemplate, record);
    }
    return out.finish();
}

std::string make_statistics_templates(std::uint32_t observation_domain) {
    Messages out(observation_domain, kShortMessageSize);
    out.put_options_template(
        kExporterStatisticsTemplate,
        options_fields(1, {{144, 0, 4}, {41, 0, 8}, {42, 0, 8}, {40, 0, 8}})
    );
    out.put_options_template(
        kMeterStatisticsTemplate,
        options_fields(2, {{149, 0, 4}, {143, 0, 4}, {163, 0, 8}, {164, 0, 8}, {166, 0, 8}})
    );
    return out.finish();
}

std::string make_statistics_data(
    std::uint32_t observation_domain, const ExporterStatistics& statistics
) {
    constexpr std::uint64_t kProcess = 1;  // there is one exporting and one metering process
    std::string exporter;
    append_wire<4>(exporter, kProcess);
    append_wire<8>(exporter, statistics.exported_messages);
    append_wire<8>(exporter, statistics.exported_records);
    append_wire<8>(exporter, statistics.exported_octets);
    std::string meter;
    append_wire<4>(meter, observation_domain);
    append_wire<4>(meter, kProcess);
    append_wire<8>(meter, statistics.observed_flows);
    append_wire<8>(meter, statistics.ignored_packets);
    append_wire<8>(meter, statistics.not_sent_flows);
    Messages out(observation_domain, kShortMessageSize);
    out.put(kExporterStatisticsTemplate, exporter);
    out.put(kMeterStatisticsTemplate, meter);
    return out.finish();
}

}  // namespace flowgauge
