#include "export/network/replay_ring.h"

#include <algorithm>
#include <utility>

namespace flowgauge {
namespace {

// Blocks of 64 KiB in a gibibyte, the largest window that TCP has. With smaller blocks the oldest
// are put together, which makes the bound larger and not wrong.
constexpr std::size_t kHistoryMax = 16384;

}  // namespace

ReplayRing::ReplayRing(std::uint64_t replay_size, std::uint64_t unsent_max)
    : replay_size_(replay_size),
      unsent_max_(unsent_max) {}

void ReplayRing::add(PendingBlock pending) {
    unsent_bytes_ += pending.block.bytes.size();
    Entry entry;
    entry.units_ever = std::min(pending.units_sent, pending.block.units.size());
    entry.block = std::move(pending.block);
    entries_.push_back(std::move(entry));
    skip_staged();
    skip_sent(history_.empty() ? 0 : history_.back().end_position);
}

void ReplayRing::stage_next() {
    ++staged_unit_;
    skip_staged();
}

void ReplayRing::skip_staged() noexcept {
    while (staged_ < entries_.size() && staged_unit_ == entries_[staged_].block.units.size()) {
        ++staged_;
        staged_unit_ = 0;
    }
}

std::uint64_t ReplayRing::mark_sent(std::size_t units, std::uint64_t position) {
    std::uint64_t repeated = 0;
    for (; units > 0; --units) {
        Entry& entry = entries_[sent_];
        if (entry.units_sent < entry.units_ever) {
            repeated += entry.block.units[entry.units_sent].records;
        }
        ++entry.units_sent;
        entry.units_ever = std::max(entry.units_ever, entry.units_sent);
        skip_sent(position);
    }
    return repeated;
}

void ReplayRing::skip_sent(std::uint64_t position) noexcept {
    while (sent_ < entries_.size() &&
           entries_[sent_].units_sent == entries_[sent_].block.units.size()) {
        entries_[sent_].end_position = position;
        const std::uint64_t bytes = entries_[sent_].block.bytes.size();
        unsent_bytes_ -= bytes;
        sent_bytes_ += bytes;
        ++sent_;
    }
}

void ReplayRing::evict(std::uint64_t horizon, std::vector<Delivery>& done) {
    while (sent_ > 0 && sent_bytes_ - entries_.front().block.bytes.size() >= replay_size_) {
        history_.push_back(
            {.end_position = entries_.front().end_position,
             .records = entries_.front().block.records}
        );
        let_go(done);
    }
    while (!history_.empty() && history_.front().end_position <= horizon) {
        history_.pop_front();
    }
    while (history_.size() > kHistoryMax) {
        const std::uint64_t records = history_.front().records;
        history_.pop_front();
        history_.front().records += records;
    }
}

void ReplayRing::confirm_sent(std::vector<Delivery>& done) {
    while (sent_ > 0) {
        let_go(done);
    }
    history_.clear();
}

// The front leaves. Requires: it was sent.
void ReplayRing::let_go(std::vector<Delivery>& done) {
    sent_bytes_ -= entries_.front().block.bytes.size();
    const std::uint64_t records = entries_.front().block.records;
    done.push_back(
        {.block = std::move(entries_.front().block), .acknowledged = records, .dropped = {}}
    );
    entries_.pop_front();
    --sent_;
    --staged_;
}

std::uint64_t ReplayRing::lose_session(std::uint64_t position) {
    std::uint64_t records = 0;
    for (const Evicted& evicted : history_) {
        records += evicted.end_position > position ? evicted.records : 0;
    }
    history_.clear();
    for (Entry& entry : entries_) {
        entry.units_sent = 0;
    }
    staged_ = 0;
    staged_unit_ = 0;
    sent_ = 0;
    unsent_bytes_ += sent_bytes_;
    sent_bytes_ = 0;
    skip_staged();
    skip_sent(0);
    return records;
}

void ReplayRing::take(std::vector<PendingBlock>& blocks) {
    for (Entry& entry : entries_) {
        blocks.push_back({.block = std::move(entry.block), .units_sent = entry.units_ever});
    }
    entries_.clear();
    history_.clear();
    staged_ = staged_unit_ = sent_ = 0;
    sent_bytes_ = unsent_bytes_ = 0;
}

}  // namespace flowgauge
