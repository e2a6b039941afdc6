// Meter: the flow shard of one worker, with the observers that the options ask for.
#pragma once

#include "core/base/result.h"
#include "core/dpi/dissection_observer.h"
#include "core/dpi/ndpi_module.h"
#include "core/flow/flow_extension.h"
#include "core/flow/flow_shard.h"
#include "core/flow/record_outlet.h"
#include "core/meter/meter_options.h"

#include <memory>
#include <optional>

namespace flowgauge {

// Thread: built anywhere, then used by one worker. Ownership: owns shard and nDPI module.
class Meter {
public:
    // `max_flows` is this worker's share; `extension` its part of `options.extension`, null without
    // one. Requires: `outlet` and `extension` outlive the meter.
    // Errors: nDPI cannot start, or one of its files cannot be read.
    [[nodiscard]] static Result<std::unique_ptr<Meter>> open(
        const MeterOptions& options,
        std::uint64_t max_flows,
        FlowIdentity identity,
        RecordOutlet& outlet,
        FlowExtension* extension = nullptr
    );

    [[nodiscard]] FlowShard& shard() noexcept { return *shard_; }
    [[nodiscard]] const FlowShard& shard() const noexcept { return *shard_; }
    [[nodiscard]] const DissectionCounters& dissection() const noexcept { return desk_.counters; }
    [[nodiscard]] DissectionDesk& dissection_desk() noexcept { return desk_; }

    // Names for the applications in the records; null without dissection.
    [[nodiscard]] std::shared_ptr<const ApplicationNames> application_names() const;

private:
    Meter() = default;

    std::optional<NdpiModule> ndpi_;
    DissectionDesk desk_;
    std::unique_ptr<FlowShard> shard_;
};

}  // namespace flowgauge
