// IpfixTemplate: which fields a record has, in which order, and where their values come from.
//
// Order of the fields, which collectors of old versions need (docs/IPFIX.md): addresses; reverse
// elements of IANA's; the elements themselves; enterprise elements, each before its reverse;
// numbers of an extension; texts, those of an extension last; early sequences; lists of an
// extension. nfdump 1.7.1 takes a reverse element for its forward one, so the forward one has to
// come later.
#pragma once

#include "export/ipfix/element.h"
#include "export/ipfix/extension_element.h"
#include "export/ipfix/ipfix_options.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// A number of a record: the lowest `bytes` bytes of a slot.
struct IpfixWord {
    IpfixSlot slot = IpfixSlot::kNone;
    std::uint8_t bytes = 0;
};

// An early sequence of a record, and the element of which it is a list.
struct IpfixSequence {
    IpfixList list = IpfixList::kNone;
    IpfixField element;
};

struct IpfixTemplate {
    std::uint16_t id = 0;
    std::string record;  // the Template Record (RFC 7011 section 3.4.1)
    std::vector<IpfixField> fields;
    std::vector<std::string> names;  // of the fields, one each

    // In the order of the fields: numbers, then texts, then lists; of each those of an extension
    // last.
    std::vector<IpfixWord> words;
    std::vector<IpfixWord> mirrored_words;  // of the record of the other direction
    std::vector<IpfixText> texts;
    std::vector<IpfixText> mirrored_texts;  // as mirrored_words
    std::vector<IpfixSequence> sequences;
    std::vector<IpfixExtensionElement> extension_numbers;
    std::vector<IpfixExtensionElement> extension_texts;
    std::vector<IpfixExtensionElement> extension_lists;
    std::size_t fixed_bytes = 0;  // of the numbers
};

// Numbers of templates that one output has. A template's number is chosen by a hash of its fields,
// the next free one where two meet, so that equal fields have equal numbers and others have others,
// also over runs with different settings: records of an earlier run come out of the spool beside
// new ones, and a collector that kept their templates must not read one by the other. (That the
// templates of two settings meet in 16 bits happens to one change of settings in thousands.) 260 is
// the first; those below are of the session itself.
class IpfixTemplateIds {
public:
    // `fields` is the Template Record behind its number.
    [[nodiscard]] std::uint16_t choose(std::string_view fields);

private:
    std::set<std::uint16_t> taken_;
};

constexpr std::uint16_t kExporterStatisticsTemplate = 256;
constexpr std::uint16_t kMeterStatisticsTemplate = 257;
constexpr std::uint16_t kInterfaceNamesTemplate = 258;
constexpr std::uint16_t kInterfaceDescriptionsTemplate = 259;

// A field specifier (RFC 7011 section 3.2).
void append_field(std::string& out, const IpfixField& field);

// Whether the flow has packets of both directions makes two templates of a biflow: RFC 5103 has no
// reverse elements in a uniflow, and their zeros would be read as 1970.
[[nodiscard]] IpfixTemplate make_template(
    const IpfixOptions& options,
    const MeterOptions& meter,
    std::uint8_t ip_version,
    bool reverse,
    IpfixTemplateIds& ids
);

}  // namespace flowgauge
