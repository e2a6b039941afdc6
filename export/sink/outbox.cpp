#include "export/sink/outbox.h"

#include "export/sink/block_store.h"

#include <utility>

namespace flowgauge {
namespace {

// Blocks whose memory is kept for the next ones.
constexpr std::size_t kEmptyMax = 8;

// At the end, for the disk alone.
constexpr std::chrono::seconds kFlushPatience{10};

bool joins(const Block& first, const Block& second) noexcept {
    return first.spool_frame == 0 && first.preamble == second.preamble &&
           first.bytes.size() + second.bytes.size() <= kBlockBytes;
}

void append(Block& first, const Block& second) {
    const auto base = static_cast<std::uint32_t>(first.bytes.size());
    first.bytes += second.bytes;
    for (const BlockUnit& unit : second.units) {
        first.units.push_back({base + unit.end, unit.records});
    }
    first.records += second.records;
}

}  // namespace

Outbox::Outbox(
    const OutboxOptions& options,
    std::unique_ptr<Transport> transport,
    std::unique_ptr<BlockStore> store
)
    : options_(options),
      transport_(std::move(transport)),
      store_(std::move(store)) {}

Outbox::~Outbox() = default;

Block Outbox::take_empty() {
    if (empty_.empty()) {
        return {};
    }
    Block block = std::move(empty_.back());
    empty_.pop_back();
    return block;
}

bool Outbox::has_room() const noexcept {
    return options_.when_full == WhenFull::kDropOldest || waiting_bytes_ < options_.memory;
}

RecordLoss Outbox::loss() const noexcept {
    if (store_ != nullptr && !waiting_.empty() && store_->is_full(waiting_.front().bytes.size())) {
        return RecordLoss::kSpoolFull;
    }
    return transport_->loss();
}

void Outbox::put(Block block) {
    if (options_.when_full == WhenFull::kDropOldest) {
        drop_oldest(block.bytes.size());
    }
    waiting_bytes_ += block.bytes.size();
    in_memory_ += block.records;
    // Blocks of few records would take the memory of many.
    if (!waiting_.empty() && joins(waiting_.back(), block)) {
        append(waiting_.back(), block);
        recycle(std::move(block));
    } else {
        waiting_.push_back(std::move(block));
    }
}

bool Outbox::turn(SteadyTime now) {
    const std::uint64_t decided = acknowledged_ + dropped_.total();
    feed_transport();
    turn_transport(now);
    if (store_ != nullptr) {
        store_->turn(now);
        take_refused();
    }
    feed_transport();
    if (store_ != nullptr) {
        spill();
    }
    if (closing_ && !closed_ && waiting_.empty() && (store_ == nullptr || !store_->has_next())) {
        closed_ = true;
        is_due_ = true;
        transport_->close();
    }
    return acknowledged_ + dropped_.total() != decided;
}

void Outbox::turn_transport(SteadyTime now) {
    is_due_ = false;
    transport_->turn(now, done_);
    settle_done();
}

void Outbox::settle_done() {
    for (Delivery& delivery : done_) {
        settle(delivery);
    }
    done_.clear();
}

// What a transport is done with is decided for the store, too, delivered or not.
void Outbox::settle(Delivery& delivery) {
    acknowledged_ += delivery.acknowledged;
    dropped_ += delivery.dropped;
    if (delivery.block.spool_frame != 0) {
        store_->acknowledge(delivery.block.spool_frame);
    } else {
        in_memory_ -= delivery.block.records;
    }
    recycle(std::move(delivery.block));
}

void Outbox::feed_transport() {
    while (transport_->has_room() && send_next()) {}
}

// What is in the store is older than what waits in memory.
bool Outbox::send_next() {
    Block block;
    if (store_ != nullptr && store_->has_next()) {
        std::optional<Block> stored = store_->next();
        if (!stored) {
            return false;
        }
        block = std::move(*stored);
    } else if (!waiting_.empty()) {
        block = pop_front();
    } else {
        return false;
    }
    block.sequence = next_sequence_++;
    is_due_ = true;
    transport_->send(std::move(block));
    return true;
}

// Memory is for bursts: from its half on the oldest blocks go to the disk, so that the other half
// takes what comes while the disk works.
void Outbox::spill() {
    while (waiting_bytes_ > options_.memory / 2 && store_->has_room(waiting_.front().bytes.size())
    ) {
        Block block = pop_front();
        in_memory_ -= block.records;
        store_->append(std::move(block));
    }
}

// Older than anything that waits: they go to the front, the last one first.
void Outbox::take_refused() {
    std::vector<Block> refused;
    while (std::optional<Block> block = store_->refused()) {
        refused.push_back(std::move(*block));
    }
    for (; !refused.empty(); refused.pop_back()) {
        Block& block = refused.back();
        block.spool_frame = 0;
        in_memory_ += block.records;
        waiting_bytes_ += block.bytes.size();
        waiting_.push_front(std::move(block));
    }
}

void Outbox::drop_oldest(std::uint64_t bytes) {
    while (!waiting_.empty() && waiting_bytes_ + bytes > options_.memory) {
        Block block = pop_front();
        in_memory_ -= block.records;
        drop(std::move(block), transport_->loss());
    }
}

void Outbox::drop(Block block, RecordLoss loss) {
    dropped_[loss] += block.records;
    recycle(std::move(block));
}

void Outbox::recycle(Block block) {
    if (empty_.size() < kEmptyMax && block.bytes.capacity() >= kBlockBytes / 2) {
        block.clear();
        empty_.push_back(std::move(block));
    }
}

Block Outbox::pop_front() {
    Block block = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= block.bytes.size();
    return block;
}

void Outbox::prepare_wait(TransportWait& wait) const {
    if (is_due_) {
        wait.at_latest(SteadyTime::min());
    }
    transport_->prepare_wait(wait);
    if (store_ != nullptr) {
        store_->prepare_wait(wait);
    }
}

bool Outbox::is_empty() const noexcept {
    return closed_ && transport_->is_idle();
}

void Outbox::finish() {
    if (store_ != nullptr) {
        static_cast<void>(store_->flush(kFlushPatience));
    }
}

// Blocks out of the store stay there. Those of memory follow them, the oldest first.
void Outbox::give_up(RecordLoss loss) {
    // What has been decided in the meantime need not be sent again.
    turn_transport(std::chrono::steady_clock::now());
    transport_->deliver_parts(done_);
    settle_done();
    std::vector<Block> left;
    transport_->take_back(left);
    while (!waiting_.empty()) {
        left.push_back(pop_front());
    }
    for (Block& block : left) {
        if (block.spool_frame != 0) {
            continue;
        }
        in_memory_ -= block.records;
        if (store_ != nullptr && !store_->has_room(block.bytes.size()) &&
            !store_->is_full(block.bytes.size())) {
            static_cast<void>(store_->flush(kFlushPatience));
        }
        if (store_ != nullptr && store_->has_room(block.bytes.size())) {
            store_->append(std::move(block));
        } else {
            drop(std::move(block), store_ == nullptr ? loss : RecordLoss::kSpoolFull);
        }
    }
    if (store_ != nullptr) {
        static_cast<void>(store_->flush(kFlushPatience));
        while (std::optional<Block> refused = store_->refused()) {
            drop(std::move(*refused), RecordLoss::kSpoolFull);
        }
    }
}

OutboxNumbers Outbox::numbers() const noexcept {
    OutboxNumbers numbers{
        .acknowledged = acknowledged_, .dropped = dropped_, .waiting = in_memory_, .stored = 0};
    if (store_ != nullptr) {
        const StoreNumbers& store = store_->numbers();
        numbers.stored = store.records - store.records_unwritten;
        numbers.waiting += store.records_unwritten;
        numbers.dropped[RecordLoss::kSpoolDamaged] += store.records_damaged;
    }
    return numbers;
}

}  // namespace flowgauge
