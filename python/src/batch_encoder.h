// BatchEncoder: the encoder of a sink whose records go to Python by columns, and the transport that
// has nothing left to carry.
#pragma once

#include "export/sink/encoder.h"

#include <cstdint>
#include <memory>

#include "python/src/batch_queue.h"
#include "python/src/prompt_transport.h"

namespace flowgauge {

// Takes the object of a record over for its batch; null: the record is not to be seen, because a
// plugin has failed. Thread: the sink's.
using ObjectTaker = void* (*)(const RecordView& record, const Column& column);

// Waits in encode() when the queue is full: of files whoever makes records waits for Python, and
// live they wait in the queue of the sink and are counted there. Thread: the sink's.
class BatchEncoder final : public RecordEncoder {
public:
    // `at_once`: records go on when none follows, instead of when a batch is full. `object` is the
    // column by which `take` finds the object of a record; null without such.
    BatchEncoder(
        std::shared_ptr<const BatchSchema> schema,
        std::shared_ptr<BatchQueue> queue,
        bool at_once,
        const Column* object,
        ObjectTaker take
    );

    [[nodiscard]] bool encode(const RecordView& record, Block& out) override;
    void end_unit(Block& out) override;
    void finish(Block& out) override;

private:
    void give_out(Block& out);

    std::shared_ptr<const BatchSchema> schema_;
    std::shared_ptr<BatchQueue> queue_;
    bool at_once_;
    const Column* object_;
    ObjectTaker take_;
    std::unique_ptr<Batch> batch_;
};

// What reaches it was handed over already.
class HandedOver final : public PromptTransport {
public:
    explicit HandedOver(std::shared_ptr<BatchQueue> queue) : queue_(std::move(queue)) {}

private:
    [[nodiscard]] bool deliver(const Block& /*block*/) override { return true; }
    void look() override;

    std::shared_ptr<BatchQueue> queue_;
};

}  // namespace flowgauge
