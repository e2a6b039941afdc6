// FlowExtension: what operators add to flows beside the built-in observers: computed features,
// plugins and models. The flow table knows only that there is something; all of it lies in
// extension/.
#pragma once

#include "core/base/result.h"
#include "core/flow/flow.h"
#include "core/flow/flow_observer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace flowgauge {

struct Column;
struct RecordContext;

// Texts and lists that extensions of one worker hold. Thread: one writer.
struct ExtensionCounters {
    std::uint64_t value_bytes = 0;      // held now
    std::uint64_t values_left_out = 0;  // for want of room
    std::uint64_t values_cut = 0;       // longer than a value may be
};

// The part of one worker. Its state of a flow lies behind those of the observers in the cold bytes
// of the flow's slot; `cold` is where these begin. Thread: the shard's worker.
class FlowExtension {
public:
    virtual ~FlowExtension() = default;
    FlowExtension() = default;
    FlowExtension(const FlowExtension&) = delete;
    FlowExtension& operator=(const FlowExtension&) = delete;

    // Requires: called once, before the first flow; what it refers to outlives this.
    virtual void begin(const RecordContext& context) = 0;

    // The first packet; constructs the state. Returns whether the flow ends with this packet, for
    // EndReason::kPlugin.
    [[nodiscard]] virtual bool init(std::byte* cold, const FlowEvent& event) = 0;

    // Each later packet; as init().
    [[nodiscard]] virtual bool update(std::byte* cold, const FlowEvent& event) = 0;

    // The flow has ended, and all else of the record is known. Called once for each record on its
    // way to the sinks.
    virtual void complete(const FlowRecord& record) = 0;

    // The record was written, or never will be; destroys the state.
    virtual void discard(std::byte* cold) = 0;

    [[nodiscard]] virtual ExtensionCounters counters() const noexcept = 0;
};

// What all workers of a run add. Immutable but for what says otherwise. Thread: any.
class RecordExtension {
public:
    virtual ~RecordExtension() = default;
    RecordExtension() = default;
    RecordExtension(const RecordExtension&) = delete;
    RecordExtension& operator=(const RecordExtension&) = delete;

    // Cold bytes of a flow, a multiple of kStateAlignment.
    [[nodiscard]] virtual std::size_t state_bytes() const noexcept = 0;

    // Their columns, in the order of output; they live as long as this.
    [[nodiscard]] virtual std::span<const Column> columns() const noexcept = 0;

    // Requires: this outlives the worker's part. Errors: a plugin that does not start.
    [[nodiscard]] virtual Result<std::unique_ptr<FlowExtension>> open(std::uint32_t worker
    ) const = 0;
};

// The FlowExtension of a shard as one of its observers, the last.
class ExtensionObserver {
public:
    // `before`: the cold bytes of the observers before it. Requires: `extension` outlives this.
    ExtensionObserver(FlowExtension& extension, std::size_t before, std::size_t bytes) noexcept
        : extension_(&extension),
          before_(before),
          bytes_(bytes) {}

    [[nodiscard]] std::size_t state_bytes() const noexcept { return bytes_; }
    [[nodiscard]] bool init(std::byte* state, const FlowEvent& event) {
        return extension_->init(state - before_, event);
    }
    [[nodiscard]] bool update(std::byte* state, const FlowEvent& event) {
        return extension_->update(state - before_, event);
    }
    static void expire(std::byte* /*state*/, const Flow& /*flow*/) noexcept {}
    void discard(std::byte* state) { extension_->discard(state - before_); }

private:
    FlowExtension* extension_;
    std::size_t before_;
    std::size_t bytes_;
};

}  // namespace flowgauge
