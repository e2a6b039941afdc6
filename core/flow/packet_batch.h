// PacketBatch: gathers packets for a shard, because many at one time cost less than one by one.
#pragma once

#include "core/flow/flow_shard.h"
#include "core/packet/packet.h"

#include <array>
#include <cstddef>
#include <span>

namespace flowgauge {

// Thread: the shard's worker. Ownership: copies each Packet, not its bytes: whoever owns those
// calls flush() before they go.
class PacketBatch {
public:
    // Requires: `shard` outlives the batch.
    explicit PacketBatch(FlowShard& shard) noexcept : shard_(&shard) {
        for (std::size_t i = 0; i < kPacketsMax; ++i) {
            pointers_[i] = &packets_[i];
        }
    }
    PacketBatch(const PacketBatch&) = delete;
    PacketBatch& operator=(const PacketBatch&) = delete;
    ~PacketBatch() = default;

    // Requires: packet.tick never falls.
    void add(const Packet& packet) {
        packets_[count_++] = packet;
        if (count_ == kPacketsMax) {
            flush();
        }
    }

    [[nodiscard]] bool is_empty() const noexcept { return count_ == 0; }

    // Hands over what was gathered. Comes before anything else that is asked of the shard.
    void flush() {
        const std::size_t count = count_;
        count_ = 0;
        shard_->add(std::span(pointers_).first(count));
    }

private:
    static constexpr std::size_t kPacketsMax = 32;

    FlowShard* shard_;
    std::size_t count_ = 0;
    std::array<Packet, kPacketsMax> packets_;
    std::array<const Packet*, kPacketsMax> pointers_{};
};

}  // namespace flowgauge
