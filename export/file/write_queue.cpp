#include "export/file/write_queue.h"

#include <utility>

namespace flowgauge {
namespace {

std::uint64_t bytes_between(const Block& block, std::size_t first, std::size_t behind) noexcept {
    if (first == behind) {
        return 0;
    }
    return block.units[behind - 1].end - (first == 0 ? 0 : block.units[first - 1].end);
}

}  // namespace

void WriteQueue::count_written(std::size_t units) {
    Entry& entry = blocks_[current_];
    unsafe_bytes_ += bytes_between(entry.block, entry.written, entry.written + units);
    entry.written += units;
    current_ += entry.written == entry.block.units.size() ? 1U : 0U;
}

void WriteQueue::refuse() {
    Entry& entry = blocks_[current_];
    entry.refused = true;
    entry.written = entry.block.units.size();
    entry.safe = entry.written;
    ++current_;
}

void WriteQueue::make_safe() noexcept {
    for (Entry& entry : blocks_) {
        entry.safe = entry.written;
    }
    unsafe_bytes_ = 0;
}

void WriteQueue::rewind() noexcept {
    for (Entry& entry : blocks_) {
        entry.written = entry.safe;
    }
    unsafe_bytes_ = 0;
    current_ = 0;
    while (current_ != blocks_.size() &&
           blocks_[current_].written == blocks_[current_].block.units.size()) {
        ++current_;
    }
}

void WriteQueue::take_done(std::vector<Delivery>& done) {
    while (current_ != 0 && blocks_.front().safe == blocks_.front().block.units.size()) {
        Block block = std::move(blocks_.front().block);
        Delivery delivery{.block = std::move(block), .acknowledged = 0, .dropped = {}};
        (blocks_.front().refused ? delivery.dropped[RecordLoss::kRefused] : delivery.acknowledged) =
            delivery.block.records;
        done.push_back(std::move(delivery));
        blocks_.pop_front();
        --current_;
    }
}

void WriteQueue::take_back(std::vector<Block>& blocks, bool busy) {
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
        Block& block = blocks_[i].block;
        blocks.push_back(busy && i == current_ ? block.copy() : std::move(block));
    }
    if (!busy) {
        blocks_.clear();
        current_ = 0;
        unsafe_bytes_ = 0;
    }
}

}  // namespace flowgauge
