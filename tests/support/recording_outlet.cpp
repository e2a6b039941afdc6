#include "tests/support/recording_outlet.h"

#include "core/flow/record_order.h"
#include "export/text/csv_encoder.h"

#include <utility>

namespace flowgauge::test {

FlowRecord RecordCopy::record() const {
    // A record may change its flow; nothing that reads one does.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): see above
    return {
        .flow = const_cast<Flow*>(&flow),
        .moment = moment,
        .sequence = sequence,
        .end_reason = end_reason,
        .unordered = unordered};
}

bool written_before(const RecordCopy& a, const RecordCopy& b) {
    return flowgauge::written_before(a.record(), b.record());
}

void RecordingOutlet::encode_with(std::vector<const Column*> columns, RecordContext context) {
    encoder_ =
        std::make_unique<CsvEncoder>(CsvDialect::kRfc4180, std::move(columns), context.time_unit);
    context_ = std::move(context);
}

bool RecordingOutlet::emit(const FlowRecord& record) {
    if (records_.size() >= accepted_max_) {
        ++refused_;
        return false;
    }
    RecordCopy copy{
        .flow = *record.flow,
        .moment = record.moment,
        .sequence = record.sequence,
        .end_reason = record.end_reason,
        .unordered = record.unordered,
        .row = {}};
    if (encoder_ != nullptr) {
        Block block;
        static_cast<void>(
            encoder_->encode({.record = record, .context = context_, .id = records_.size()}, block)
        );
        copy.row = std::move(block.bytes);
    }
    records_.push_back(std::move(copy));
    held_.push_back(record);
    return true;
}

void RecordingOutlet::reached(Tick moment) {
    reached_ = moment;
    release_all();
}

void RecordingOutlet::release_all() {
    if (shard_ != nullptr) {
        for (const FlowRecord& record : held_) {
            shard_->release(record);
        }
    }
    held_.clear();
}

}  // namespace flowgauge::test
