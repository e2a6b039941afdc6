// TransportDriver: turns a transport as a sink does, and keeps account of what comes back.
#pragma once

#include "export/sink/transport.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge::test {

class TransportDriver {
public:
    explicit TransportDriver(Transport& transport) : transport_(transport) {}

    // Called between turns: the other side.
    std::function<void()> between = [] {
    };

    // Blocks to send as soon as there is room.
    void send(Block block) {
        records_in_ += block.records;
        waiting_.push_back(std::move(block));
    }

    void step() {
        while (!waiting_.empty() && transport_.has_room()) {
            transport_.send(std::move(waiting_.front()));
            waiting_.erase(waiting_.begin());
        }
        turn();
        between();
        TransportWait wait;
        transport_.prepare_wait(wait);
        // The other side works in `between`, so nothing is worth a long sleep.
        (void)::poll(wait.descriptors.data(), wait.descriptors.size(), is_due(wait) ? 0 : 1);
    }

    void turn() {
        std::vector<Delivery> done;
        transport_.turn(std::chrono::steady_clock::now(), done);
        for (const Delivery& delivery : done) {
            if (delivery.acknowledged + delivery.dropped.total() != delivery.block.records) {
                ++unbalanced;
            }
            acknowledged += delivery.acknowledged;
            dropped += delivery.dropped;
            acknowledged_blocks.insert(delivery.block.sequence);
        }
    }

    // Steps until `done`. Returns false when that takes absurdly long.
    [[nodiscard]] bool until(const std::function<bool()>& done) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!done()) {
            if (std::chrono::steady_clock::now() > end) {
                return false;
            }
            step();
        }
        return true;
    }
    [[nodiscard]] bool until_idle() {
        if (!until([this] { return waiting_.empty(); })) {
            return false;
        }
        transport_.close();
        return until([this] { return transport_.is_idle(); });
    }

    // Whether a sink with nothing to do would sleep now.
    [[nodiscard]] bool would_sleep() const {
        TransportWait wait;
        transport_.prepare_wait(wait);
        return !is_due(wait) && ::poll(wait.descriptors.data(), wait.descriptors.size(), 0) == 0;
    }

    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    [[nodiscard]] std::uint64_t records_in() const { return records_in_; }

    std::uint64_t acknowledged = 0;
    RecordLosses dropped;
    std::set<std::uint64_t> acknowledged_blocks;  // their sequence numbers
    unsigned unbalanced = 0;                      // deliveries that broke their law

private:
    static bool is_due(const TransportWait& wait) {
        return wait.deadline && *wait.deadline <= std::chrono::steady_clock::now();
    }

    Transport& transport_;
    std::vector<Block> waiting_;
    std::uint64_t records_in_ = 0;
};

}  // namespace flowgauge::test
