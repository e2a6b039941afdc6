// MadeRecord: a record of packets and an application that a test chose, as a Meter with these
// options would have left it, without shard and nDPI.
#pragma once

#include "core/attribution/attribution.h"
#include "core/dpi/application.h"
#include "core/flow/flow_extension.h"
#include "core/meter/meter_options.h"
#include "core/record/column.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace flowgauge::test {

// With an extension it has seen all packets and the end of the flow, when application and
// attribution were not yet known. Ownership: owns flow and cold bytes. Stays where it is.
class MadeRecord {
public:
    // Packets of one flow in the order of time, at least one.
    MadeRecord(const MeterOptions& options, std::span<const Packet> packets);
    ~MadeRecord();
    MadeRecord(const MadeRecord&) = delete;
    MadeRecord& operator=(const MadeRecord&) = delete;

    // Requires: dissection is enabled.
    [[nodiscard]] Application& application() noexcept { return *application_; }
    // Requires: options.attribution.
    [[nodiscard]] Attribution& attribution() noexcept { return *attribution_; }
    [[nodiscard]] Flow& flow() noexcept { return flow_; }
    [[nodiscard]] FlowRecord& record() noexcept { return record_; }

    [[nodiscard]] RecordView view(const RecordContext& context, std::uint64_t id = 0) const {
        return {.record = record_, .context = context, .id = id};
    }

private:
    void open_extension(const MeterOptions& options);
    void add(const MeterOptions& options, const Packet& packet);

    Flow flow_;
    FlowRecord record_;
    RecordLayout layout_;
    std::vector<std::uint64_t> cold_;  // aligned as slots are
    Application* application_ = nullptr;
    Attribution* attribution_ = nullptr;
    RecordContext context_;
    std::unique_ptr<FlowExtension> extension_;
};

// Who was at an end of a flow, with something in every field.
[[nodiscard]] std::shared_ptr<const SocketOwner> sample_owner(const std::string& name, int pid);

// What such records are read with.
[[nodiscard]] RecordContext context_of(
    const MeterOptions& options, std::shared_ptr<const ApplicationNames> names
);

}  // namespace flowgauge::test
