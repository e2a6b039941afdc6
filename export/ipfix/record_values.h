// IpfixValues: what the elements of one record say, as numbers and texts ready to be written.
#pragma once

#include "core/record/column.h"
#include "export/ipfix/element.h"
#include "export/ipfix/ipfix_options.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// Numbers as they go on the wire but for byte order and length: reals by their bits, times as
// wire_time() has them. Texts live as long as the record and the reader's next record.
struct IpfixValues {
    std::array<std::uint64_t, kIpfixSlotCount> words{};
    std::array<std::string_view, kIpfixTextCount> texts{};

    [[nodiscard]] std::uint64_t& operator[](IpfixSlot slot) noexcept {
        return words[static_cast<std::size_t>(slot)];
    }
    [[nodiscard]] std::string_view& operator[](IpfixText text) noexcept {
        return texts[static_cast<std::size_t>(text)];
    }
};

// flowEndReason of RFC 5102: 1 idle, 2 active, 3 end of flow detected, 4 forced end, 5 lack of
// resources.
[[nodiscard]] std::uint8_t flow_end_reason(EndReason reason) noexcept;

// Thread: the sink's. Cost: allocates nothing once its texts have grown.
class IpfixRecordReader {
public:
    // `names` may be null when nothing is dissected.
    IpfixRecordReader(IpfixOptions options, MeterOptions meter, const ApplicationNames* names);

    // Requires: the record was made with the same meter options, layer_octets among them.
    void read(const RecordView& view, IpfixValues& values);

private:
    // What a protocol's server name is, by nDPI's number.
    enum class NameKind : std::uint8_t { kOther, kHttp, kTls };

    void read_flow(const RecordView& view, IpfixValues& values) const;
    void read_ends(const Flow& flow, IpfixValues& values) const;
    void read_application(const RecordView& view, IpfixValues& values);
    static void read_owners(const Attribution& attribution, IpfixValues& values);
    [[nodiscard]] NameKind kind_of(const Application& application) const noexcept;

    IpfixOptions options_;
    MeterOptions meter_;
    std::vector<NameKind> kinds_;
    std::string application_name_;  // memory for the texts that are put together
    std::string risks_;
};

}  // namespace flowgauge
