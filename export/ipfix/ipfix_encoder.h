// IpfixEncoder: records as IPFIX messages (RFC 7011) with biflows (RFC 5103), application numbers
// (RFC 6759) and early sequences as lists (RFC 6313).
#pragma once

#include "core/base/result.h"
#include "core/dpi/application.h"
#include "core/meter/meter_options.h"
#include "export/ipfix/ipfix_options.h"
#include "export/ipfix/message_writer.h"
#include "export/ipfix/record_template.h"
#include "export/ipfix/record_values.h"
#include "export/sink/encoder.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {

// A unit is one message. What a message says of its session, time and number, is missing: an
// IpfixSession puts it there. Records that would be too long for a message have their texts and
// lists shortened, so that nobody hides a flow behind long names; none is refused.
class IpfixEncoder final : public RecordEncoder {
public:
    // `names` are those of the records' application numbers, null when nothing is dissected.
    // Errors: kUsage for options that contradict each other, or a message size that not even a
    // record with empty texts fits; the message says which.
    [[nodiscard]] static Result<std::unique_ptr<IpfixEncoder>> open(
        IpfixOptions options,
        const MeterOptions& meter,
        std::shared_ptr<const ApplicationNames> names
    );

    // Messages with all templates, and with options data: applications, and types of our elements
    // (RFC 5610).
    [[nodiscard]] std::string preamble() override;
    [[nodiscard]] bool encode(const RecordView& record, Block& out) override;
    void end_unit(Block& out) override;

    [[nodiscard]] std::uint64_t records_shortened() const noexcept override {
        return records_shortened_;
    }

    // Of IPv4 and IPv6, with reverse elements and without, as far as there are such.
    [[nodiscard]] std::span<const IpfixTemplate> templates() const noexcept { return templates_; }

private:
    IpfixEncoder(
        IpfixOptions options, MeterOptions meter, std::shared_ptr<const ApplicationNames> names
    );

    [[nodiscard]] const IpfixTemplate& template_of(const Flow& flow) const noexcept;
    // Memory of one record. It lasts over records.
    struct Scratch {
        std::vector<std::uint8_t> memory;
        std::size_t used = 0;

        [[nodiscard]] std::span<const std::uint8_t> record() const noexcept {
            return std::span(memory).first(used);
        }
    };
    // As the flow's source sees it, or mirrored.
    [[nodiscard]] bool write(
        const IpfixTemplate& layout, bool is_mirrored, const RecordView& view, Scratch& scratch
    );
    void put(std::uint16_t set, const Scratch& scratch, Block& out);

    IpfixOptions options_;
    MeterOptions meter_;
    std::shared_ptr<const ApplicationNames> names_;
    std::vector<IpfixTemplate> templates_;  // v4, v6; then both of one direction alone
    IpfixTemplateIds ids_;
    IpfixRecordReader reader_;
    IpfixMessageWriter writer_;
    IpfixValues values_;
    Scratch forward_;
    Scratch backward_;  // of the other direction's record
    std::uint32_t records_in_message_ = 0;
    std::uint64_t records_shortened_ = 0;
};

}  // namespace flowgauge
