// RecordOrder: puts the records of one shard into the order of rows, by moment and then by key.
#pragma once

#include "core/flow/flow.h"

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

namespace flowgauge {

// Whether `a` is written before `b`. Records of equal moment and key come from one shard and keep
// the order in which they ended.
[[nodiscard]] inline bool written_before(const FlowRecord& a, const FlowRecord& b) noexcept {
    if (a.moment != b.moment) {
        return a.moment < b.moment;
    }
    if (const auto order = a.flow->key <=> b.flow->key; order != 0) {
        return order < 0;
    }
    return a.sequence < b.sequence;
}

// Collects the records of one moment until a later one begins. Moments come in rising order.
// Thread: the shard's worker.
class RecordOrder {
public:
    // While packets come, at most this many records wait for the end of their moment; past it they
    // leave sorted among themselves. Reached only when the clock stands still over that many.
    static constexpr std::size_t kWaitingMax = 65536;

    // Whether `moment` begins after what is waiting, which must leave first.
    [[nodiscard]] bool is_later(Tick moment) const noexcept {
        return !waiting_.empty() && waiting_.front().moment < moment;
    }
    [[nodiscard]] bool is_full() const noexcept { return waiting_.size() >= kWaitingMax; }

    void add(FlowRecord record) {
        record.sequence = next_sequence_++;
        waiting_.push_back(record);
    }

    // Hands everything that waits to `emit`, in order; marked when more of the same moment may
    // follow.
    template <typename Emit>
    void leave(Emit&& emit, bool early = false) {
        sort();
        for (FlowRecord& record : waiting_) {
            record.unordered = early;
            emit(record);
        }
        waiting_.clear();
    }

private:
    void sort();

    std::vector<FlowRecord> waiting_;
    std::uint32_t next_sequence_ = 0;
};

}  // namespace flowgauge
