#include "export/ipfix/ipfix_encoder.h"

#include "export/ipfix/extension_values.h"
#include "export/ipfix/options_data.h"
#include "export/ipfix/sequence_list.h"
#include "export/ipfix/wire.h"

#include <algorithm>
#include <string>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::uint32_t kMessageSizeMin = 512;
constexpr std::uint32_t kMessageSizeMax = 65535;

std::size_t texts_of(const IpfixTemplate& layout) noexcept {
    return layout.texts.size() + layout.extension_texts.size();
}

std::size_t empty_lists_bytes(const IpfixTemplate& layout) noexcept {
    return empty_lists_bytes(layout.sequences) + empty_lists_bytes(layout.extension_lists);
}

// A record with empty texts and lists.
std::size_t least_bytes(const IpfixTemplate& layout) noexcept {
    return layout.fixed_bytes + texts_of(layout) + empty_lists_bytes(layout);
}

Result<void> check(const IpfixOptions& options, const MeterOptions& meter) {
    if (!meter.layer_octets) {
        return Error{ErrorKind::kUsage, "IPFIX needs layer_octets of the meter"};
    }
    if (options.message_size < kMessageSizeMin || options.message_size > kMessageSizeMax) {
        return Error{
            ErrorKind::kUsage,
            "message_size " + std::to_string(options.message_size) +
                " is not of 512 to 65535 bytes"};
    }
    if (options.enterprise_number == 0 || options.enterprise_number == kReverseEnterprise) {
        return Error{
            ErrorKind::kUsage,
            "enterprise_number " + std::to_string(options.enterprise_number) +
                " belongs to IANA and cannot hold elements of ours; 32473 is for examples"};
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<IpfixEncoder>> IpfixEncoder::open(
    IpfixOptions options, const MeterOptions& meter, std::shared_ptr<const ApplicationNames> names
) {
    if (Result<void> checked = check(options, meter); !checked) {
        return std::move(checked).error();
    }
    std::unique_ptr<IpfixEncoder> made(  // private constructor
        new IpfixEncoder(std::move(options), meter, std::move(names))
    );
    for (const IpfixTemplate& layout : made->templates_) {
        const std::size_t needed = std::max(least_bytes(layout), layout.record.size());
        if (needed > made->writer_.record_bytes_max()) {
            return Error{
                ErrorKind::kUsage,
                "message_size " + std::to_string(made->options_.message_size) +
                    " is too small for records of this profile: they need " +
                    std::to_string(needed + kIpfixHeaderBytes + kIpfixSetHeaderBytes) + " bytes"};
        }
    }
    return made;
}

IpfixEncoder::IpfixEncoder(
    IpfixOptions options, MeterOptions meter, std::shared_ptr<const ApplicationNames> names
)
    : options_(std::move(options)),
      meter_(std::move(meter)),
      names_(std::move(names)),
      reader_(options_, meter_, names_.get()),
      writer_(options_.observation_domain, options_.message_size) {
    if (options_.biflow == IpfixBiflow::kRfc5103) {
        templates_.push_back(make_template(options_, meter_, 4, true, ids_));
        templates_.push_back(make_template(options_, meter_, 6, true, ids_));
    }
    templates_.push_back(make_template(options_, meter_, 4, false, ids_));
    templates_.push_back(make_template(options_, meter_, 6, false, ids_));
    std::size_t bytes = 0;
    for (const IpfixTemplate& layout : templates_) {
        const std::size_t texts = texts_of(layout) * wire_text_bytes(options_.text_bytes_max);
        bytes = std::max(bytes, layout.fixed_bytes + texts);
    }
    constexpr std::size_t kSlack = 64;  // numbers are written 8 bytes at a time
    forward_.memory.resize(bytes + options_.message_size + kSlack);
    backward_.memory.resize(forward_.memory.size());
}

std::string IpfixEncoder::preamble() {
    return make_options_data(options_, meter_, names_.get(), templates_, ids_);
}

const IpfixTemplate& IpfixEncoder::template_of(const Flow& flow) const noexcept {
    const std::size_t version = flow.key.ip_version() == 6 ? 1 : 0;
    const bool one_way = flow.packets[1] == 0;
    const bool biflow = options_.biflow == IpfixBiflow::kRfc5103;
    return templates_[version + (biflow && one_way ? 2 : 0)];
}

bool IpfixEncoder::encode(const RecordView& record, Block& out) {
    const Flow& flow = record.flow();
    const IpfixTemplate& layout = template_of(flow);
    reader_.read(record, values_);
    if (!write(layout, false, record, forward_)) {
        return false;
    }
    const bool two = options_.biflow == IpfixBiflow::kSplit && flow.packets[1] != 0;
    if (two) {
        if (!write(layout, true, record, backward_)) {
            return false;
        }
        if (!writer_.has_room(out.bytes, layout.id, forward_.used + backward_.used)) {
            end_unit(out);
        }
    }
    put(layout.id, forward_, out);
    if (two) {
        put(layout.id, backward_, out);
    }
    ++records_in_message_;  // in the message that holds its last part
    return true;
}

// Lists get the room that texts leave; texts give way only where not even empty lists would fit.
bool IpfixEncoder::write(
    const IpfixTemplate& layout, bool is_mirrored, const RecordView& view, Scratch& scratch
) {
    std::uint8_t* const begin = scratch.memory.data();
    std::uint8_t* at = begin;
    for (const IpfixWord& word : is_mirrored ? layout.mirrored_words : layout.words) {
        const std::uint64_t value = values_.words[static_cast<std::size_t>(word.slot)];
        store_wire<8>(at, value << (64U - 8U * word.bytes));
        at += word.bytes;
    }
    at = write_extension_numbers(layout.extension_numbers, view, at);
    std::uint8_t* const texts = at;
    const std::size_t empty_lists = empty_lists_bytes(layout);
    std::size_t text_bytes_max = options_.text_bytes_max;
    while (true) {
        at = texts;
        for (const IpfixText text : is_mirrored ? layout.mirrored_texts : layout.texts) {
            at = write_wire_text(at, values_[text], text_bytes_max);
        }
        at = write_extension_texts(layout.extension_texts, view, at, text_bytes_max);
        const auto used = static_cast<std::size_t>(at - begin);
        if (used + empty_lists <= writer_.record_bytes_max()) {
            break;
        }
        if (text_bytes_max == 0) {
            return false;
        }
        text_bytes_max /= 2;
    }
    bool shortened = text_bytes_max != options_.text_bytes_max;
    const auto left = [&] {
        return writer_.record_bytes_max() - static_cast<std::size_t>(at - begin);
    };
    if (!layout.sequences.empty()) {
        const std::size_t kept = empty_lists_bytes(layout.extension_lists);
        const WrittenLists lists = write_lists(layout.sequences, view, at, left() - kept);
        at = lists.end;
        shortened = shortened || lists.shortened;
    }
    if (!layout.extension_lists.empty()) {
        const WrittenLists lists =
            write_extension_lists(layout.extension_lists, view, {at, left()}, text_bytes_max);
        at = lists.end;
        shortened = shortened || lists.shortened;
    }
    records_shortened_ += shortened ? 1 : 0;
    scratch.used = static_cast<std::size_t>(at - begin);
    return true;
}

void IpfixEncoder::put(std::uint16_t set, const Scratch& scratch, Block& out) {
    if (!writer_.has_room(out.bytes, set, scratch.used)) {
        end_unit(out);
    }
    writer_.put(out.bytes, set, scratch.record());
}

void IpfixEncoder::end_unit(Block& out) {
    if (writer_.is_open()) {
        writer_.end_message(out.bytes);
        out.end_unit(std::exchange(records_in_message_, 0));
    }
}

}  // namespace flowgauge
