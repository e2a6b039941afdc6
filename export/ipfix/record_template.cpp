#include "export/ipfix/record_template.h"

#include "core/base/hash.h"
#include "export/ipfix/wire.h"

namespace flowgauge {
namespace {

class TemplateBuilder {
public:
    TemplateBuilder(
        const IpfixOptions& options, const MeterOptions& meter, std::uint8_t ip_version
    ) noexcept
        : options_(options),
          meter_(meter),
          unit_(meter.flow.time_unit),
          ip_version_(ip_version) {}

    [[nodiscard]] IpfixTemplate build(bool reverse, IpfixTemplateIds& ids) {
        each([&](const IpfixElement& element) { add_if(is_address(element), element); });
        each([&](const IpfixElement& element) {
            if (reverse && is_iana(element) && element.reversible) {
                add_reverse(element);
            }
        });
        each([&](const IpfixElement& element) {
            add_if(is_number(element) && !is_address(element) && is_iana(element), element);
        });
        each([&](const IpfixElement& element) {
            if (is_number(element) && !is_iana(element)) {
                add(element);
                if (reverse && element.reversible) {
                    add_reverse(element);
                }
            }
        });
        const auto extension = ipfix_extension_elements(options_, meter_);
        for (const IpfixExtensionElement& element : extension) {
            add_number(element);
        }
        each([&](const IpfixElement& element) { add_text(element, true); });
        each([&](const IpfixElement& element) { add_text(element, false); });
        for (const IpfixExtensionElement& element : extension) {
            add_text(element);
        }
        each([&](const IpfixElement& element) { add_sequence(element); });
        for (const IpfixExtensionElement& element : extension) {
            add_list(element);
        }
        finish(ids);
        return std::move(made_);
    }

private:
    template <typename Visit>
    void each(Visit visit) const {
        for (const IpfixElement& element : all_ipfix_elements()) {
            const bool other_version =
                (element.type == IpfixType::kIpv4Address && ip_version_ != 4) ||
                (element.type == IpfixType::kIpv6Address && ip_version_ != 6);
            if (!other_version && is_present(element, options_, meter_)) {
                visit(element);
            }
        }
    }

    [[nodiscard]] static bool is_number(const IpfixElement& element) noexcept {
        return element.slot != IpfixSlot::kNone;
    }
    [[nodiscard]] static bool is_address(const IpfixElement& element) noexcept {
        return element.type == IpfixType::kIpv4Address || element.type == IpfixType::kIpv6Address;
    }
    [[nodiscard]] bool is_iana(const IpfixElement& element) const noexcept {
        return field_of(element, options_, unit_).enterprise == 0;
    }

    void add_if(bool wanted, const IpfixElement& element) {
        if (wanted) {
            add(element);
        }
    }

    void add(const IpfixElement& element) {
        put(field_of(element, options_, unit_), element.slot, mirrored(element.slot));
        made_.names.push_back(name_of(element, unit_));
    }

    // Records of one direction have no reverse elements, so nothing is ever mirrored here.
    void add_reverse(const IpfixElement& element) {
        const IpfixSlot slot = reverse_slot_of(element);
        put(reverse_field_of(element, options_, unit_), slot, slot);
        made_.names.push_back(reverse_name_of(element, unit_));
    }

    void put(const IpfixField& field, IpfixSlot slot, IpfixSlot other) {
        made_.fields.push_back(field);
        made_.fixed_bytes += field.length;
        constexpr std::uint16_t kWordBytes = 8;
        if (field.length <= kWordBytes) {
            const auto bytes = static_cast<std::uint8_t>(field.length);
            made_.words.push_back({slot, bytes});
            made_.mirrored_words.push_back({other, bytes});
            return;
        }
        // An IPv6 address: the lower half is two places behind the upper one.
        for (const unsigned half : {0U, 2U}) {
            const auto part = [&](IpfixSlot of) {
                return static_cast<IpfixSlot>(static_cast<unsigned>(of) + half);
            };
            made_.words.push_back({part(slot), kWordBytes});
            made_.mirrored_words.push_back({part(other), kWordBytes});
        }
    }

    void add_text(const IpfixElement& element, bool iana) {
        if (element.text != IpfixText::kNone && is_iana(element) == iana) {
            made_.fields.push_back(field_of(element, options_, unit_));
            made_.names.push_back(name_of(element, unit_));
            made_.texts.push_back(element.text);
            made_.mirrored_texts.push_back(mirrored(element.text));
        }
    }

    void add_sequence(const IpfixElement& element) {
        if (element.list != IpfixList::kNone) {
            made_.fields.push_back({.id = kBasicListId, .enterprise = 0, .length = kVariableLength}
            );
            made_.names.push_back(name_of(element, unit_));
            made_.sequences.push_back({element.list, field_of(element, options_, unit_)});
        }
    }

    void add_number(const IpfixExtensionElement& element) {
        if (!element.is_list && element.type != IpfixType::kString) {
            made_.fields.push_back(element.field);
            made_.names.push_back(element.name);
            made_.fixed_bytes += element.field.length;
            made_.extension_numbers.push_back(element);
        }
    }

    void add_text(const IpfixExtensionElement& element) {
        if (!element.is_list && element.type == IpfixType::kString) {
            made_.fields.push_back(element.field);
            made_.names.push_back(element.name);
            made_.extension_texts.push_back(element);
        }
    }

    void add_list(const IpfixExtensionElement& element) {
        if (element.is_list) {
            made_.fields.push_back({.id = kBasicListId, .enterprise = 0, .length = kVariableLength}
            );
            made_.names.push_back(element.name);
            made_.extension_lists.push_back(element);
        }
    }

    void finish(IpfixTemplateIds& ids) {
        std::string fields;
        append_wire<2>(fields, made_.fields.size());
        for (const IpfixField& field : made_.fields) {
            append_field(fields, field);
        }
        // What a list is made of is no part of the template, and yet says how to read it.
        std::string all = fields;
        for (const IpfixSequence& sequence : made_.sequences) {
            append_field(all, sequence.element);
        }
        for (const IpfixExtensionElement& list : made_.extension_lists) {
            append_field(all, list.field);
        }
        made_.id = ids.choose(all);
        append_wire<2>(made_.record, made_.id);
        made_.record += fields;
    }

    const IpfixOptions& options_;
    const MeterOptions& meter_;
    TimeUnit unit_;
    std::uint8_t ip_version_;
    IpfixTemplate made_;
};

}  // namespace

std::uint16_t IpfixTemplateIds::choose(std::string_view fields) {
    constexpr std::uint32_t kFirst = 260;
    constexpr std::uint32_t kCount = 65536 - kFirst;
    constexpr std::uint64_t kSeed = 0x69706669782d6964;
    std::uint64_t hash = kSeed;
    for (const char byte : fields) {
        hash = hash_words(hash, static_cast<unsigned char>(byte), fields.size());
    }
    auto number = static_cast<std::uint32_t>(hash % kCount);
    while (!taken_.insert(static_cast<std::uint16_t>(kFirst + number)).second) {
        number = (number + 1) % kCount;
    }
    return static_cast<std::uint16_t>(kFirst + number);
}

void append_field(std::string& out, const IpfixField& field) {
    constexpr std::uint16_t kEnterpriseBit = 0x8000;
    append_wire<2>(out, field.enterprise == 0 ? field.id : field.id | kEnterpriseBit);
    append_wire<2>(out, field.length);
    if (field.enterprise != 0) {
        append_wire<4>(out, field.enterprise);
    }
}

IpfixTemplate make_template(
    const IpfixOptions& options,
    const MeterOptions& meter,
    std::uint8_t ip_version,
    bool reverse,
    IpfixTemplateIds& ids
) {
    return TemplateBuilder(options, meter, ip_version).build(reverse, ids);
}

}  // namespace flowgauge
