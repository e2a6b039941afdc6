#include "python/src/batch_encoder.h"

#include <utility>

namespace flowgauge {

BatchEncoder::BatchEncoder(
    std::shared_ptr<const BatchSchema> schema,
    std::shared_ptr<BatchQueue> queue,
    bool at_once,
    const Column* object,
    ObjectTaker take
)
    : schema_(std::move(schema)),
      queue_(std::move(queue)),
      at_once_(at_once),
      object_(object),
      take_(take) {}

bool BatchEncoder::encode(const RecordView& record, Block& out) {
    void* object = object_ == nullptr ? nullptr : take_(record, *object_);
    if (object_ != nullptr && object == nullptr) {
        return false;
    }
    if (batch_ == nullptr) {
        batch_ = std::make_unique<Batch>(schema_);
    }
    batch_->add(record);
    if (object != nullptr) {
        batch_->objects.push_back(object);
    }
    if (batch_->is_full()) {
        give_out(out);
    }
    return true;
}

void BatchEncoder::end_unit(Block& out) {
    if (at_once_) {
        give_out(out);
    }
}

void BatchEncoder::finish(Block& out) {
    give_out(out);
}

// The block says only how many records there were.
void BatchEncoder::give_out(Block& out) {
    if (batch_ == nullptr) {
        return;
    }
    out.bytes.push_back('\n');
    out.end_unit(static_cast<std::uint32_t>(batch_->rows()));
    queue_->put(std::move(batch_));
}

void HandedOver::look() {
    if (queue_->is_abandoned()) {
        fail(Error{ErrorKind::kOutput, "nobody takes the flows any more"});
    }
}

}  // namespace flowgauge
