// ExtensionStage: the last station of a record before the sinks, where features, plugins and models
// see the whole of it.
#pragma once

#include "core/flow/flow_extension.h"
#include "core/flow/record_outlet.h"

namespace flowgauge {

// Thread: the shard's worker. Ownership: refers to both.
class ExtensionStage final : public RecordOutlet {
public:
    ExtensionStage(FlowExtension& extension, RecordOutlet& next) noexcept
        : extension_(extension),
          next_(next) {}

    [[nodiscard]] bool emit(const FlowRecord& record) override {
        extension_.complete(record);
        return next_.emit(record);
    }
    void reached(Tick moment) override { next_.reached(moment); }

private:
    FlowExtension& extension_;
    RecordOutlet& next_;
};

}  // namespace flowgauge
