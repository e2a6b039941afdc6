// ExtensionPart: one thing that adds columns to flows: all computed features, a plugin, a model.
#pragma once

#include "core/base/result.h"
#include "core/extension/cell.h"
#include "core/flow/flow_observer.h"
#include "core/record/column.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {

// A column that a part gives. Its name in records is "udps." and `name`.
struct ExtensionColumn {
    std::string name;                     // letters, digits and _, not beginning with a digit
    ColumnType type = ColumnType::kReal;  // kUnsigned, kInteger, kReal, kText, kList or kTexts
    std::string unit;
    std::string meaning;
};

// A flow as a part sees it: a packet of it, or its end. Lasts as long as the call.
struct ExtendedFlow {
    const RecordView& record;  // of a flow that lives `record.packet` is the packet under way
    std::span<Cell> cells;     // one for each of the part's columns, in their order
    std::byte* state;          // the part's state_bytes() of this flow
    CellMemory& memory;        // for the cells

    // Requires: the flow lives.
    [[nodiscard]] const FlowEvent& packet() const noexcept { return *record.packet; }
};

// When a part wants to be called.
struct PartMoments {
    bool init = false;
    bool update = false;
    bool complete = false;
    bool discard = false;
};

// The part of one worker. Thread: the shard's worker. On the packet path: init() and update()
// neither throw nor allocate but for texts and lists of cells.
class PartWorker {
public:
    virtual ~PartWorker() = default;
    PartWorker() = default;
    PartWorker(const PartWorker&) = delete;
    PartWorker& operator=(const PartWorker&) = delete;

    // Requires: called once, before the first flow. The context outlives this.
    virtual void begin(const RecordContext& /*context*/) {}

    // The first packet of a flow. The cells are absent, the state is zeros. Returns whether the
    // flow ends with this packet.
    [[nodiscard]] virtual bool init(const ExtendedFlow& /*flow*/) { return false; }

    // Each later packet; as init().
    [[nodiscard]] virtual bool update(const ExtendedFlow& /*flow*/) { return false; }

    // The flow has ended: the record with all of its columns is known, but for those of parts that
    // come later. Last call that may set cells.
    virtual void complete(const ExtendedFlow& /*flow*/) {}

    // The state goes; `state` as in ExtendedFlow.
    virtual void discard(std::byte* /*state*/) {}
};

// Immutable, but for what a part says. Thread: any.
class ExtensionPart {
public:
    virtual ~ExtensionPart() = default;
    ExtensionPart() = default;
    ExtensionPart(const ExtensionPart&) = delete;
    ExtensionPart& operator=(const ExtensionPart&) = delete;

    // "feature packet_with_custom_size", "plugin dhcp", "model social": for messages.
    [[nodiscard]] virtual std::string name() const = 0;

    [[nodiscard]] virtual std::span<const ExtensionColumn> columns() const noexcept = 0;
    [[nodiscard]] virtual std::size_t state_bytes() const noexcept { return 0; }  // of each flow
    [[nodiscard]] virtual PartMoments moments() const noexcept = 0;

    // Requires: this outlives the worker's part. Errors: a plugin that does not start.
    [[nodiscard]] virtual Result<std::unique_ptr<PartWorker>> open(std::uint32_t worker) const = 0;
};

}  // namespace flowgauge
