// ObservedShard: the FlowShard for one combination of observers, composed at compile time.
#pragma once

#include "core/flow/flow_key.h"
#include "core/flow/flow_observer.h"
#include "core/flow/flow_pool.h"
#include "core/flow/flow_shard.h"
#include "core/flow/flow_table.h"
#include "core/flow/record_order.h"
#include "core/flow/record_outlet.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace flowgauge {

template <typename Chain>
class ObservedShard final : public FlowShard {
public:
    // Requires: `outlet` outlives the shard.
    ObservedShard(const ShardOptions& options, Chain observers, RecordOutlet& outlet)
        : options_(options),
          idle_(ticks(options.flow.idle_timeout, options.flow.time_unit)),
          active_(ticks(options.flow.active_timeout, options.flow.time_unit)),
          seed_(random_seed()),
          observers_(std::move(observers)),
          outlet_(outlet),
          pool_(observers_.cold_bytes()),
          table_(pool_) {}

    ObservedShard(const ObservedShard&) = delete;
    ObservedShard& operator=(const ObservedShard&) = delete;

    // Flows that still live are let go unwritten; finish() comes first wherever records matter.
    ~ObservedShard() override {
        while (table_.oldest() != kNoFlow) {
            const std::uint32_t slot = table_.oldest();
            table_.remove(slot);
            observers_.discard(pool_.cold(slot));
        }
        order_.leave([this](const FlowRecord& record) { observers_.discard(record.cold); });
    }

    void add(const Packet& packet) override {
        expire_idle(packet.tick);
        ++counters_.packets_in_flows;
        const OrientedKey oriented = key_of(packet);
        const auto hash = static_cast<std::uint32_t>(hash_of(oriented.key, seed_));
        std::uint32_t slot = table_.find(oriented.key, hash);
        if (slot != kNoFlow && packet.tick - pool_.flow(slot).first() >= active_) {
            end(slot, EndReason::kActive, packet.tick);
            slot = kNoFlow;
        }
        if (slot == kNoFlow) {
            open(packet, oriented, hash);
        } else {
            update(slot, packet, oriented.from_upper);
        }
    }

    void advance(Tick now) override {
        expire_idle(now);
        if (order_.is_later(now)) {
            emit_waiting();
        }
        outlet_.reached(now);
    }

    void finish(Tick now, EndReason reason) override {
        expire_idle(now);
        while (table_.oldest() != kNoFlow) {
            record_end(table_.oldest(), reason, now);
        }
        emit_waiting();
        outlet_.reached(kTickMax);
    }

    void emit_waiting() override { leave(false); }

    void release(const FlowRecord& record) override {
        observers_.discard(record.cold);
        pool_.give_back(record.slot);
    }

    [[nodiscard]] std::uint64_t active_flows() const noexcept override { return table_.size(); }
    [[nodiscard]] const ShardCounters& counters() const noexcept override { return counters_; }

private:
    [[nodiscard]] std::uint32_t size_of(const Packet& packet) const noexcept {
        switch (options_.flow.accounting_mode) {
        case AccountingMode::kLink:
            return packet.frame_bytes;
        case AccountingMode::kIp:
            return packet.ip_bytes;
        case AccountingMode::kTransport:
            return packet.transport_bytes;
        case AccountingMode::kPayload:
            return packet.payload_bytes;
        }
        return packet.frame_bytes;
    }

    // Files: the same for any number of workers. Live: 20 random bits for the process, 10 for the
    // worker, 34 for its count, so unique within a process and almost surely over restarts.
    [[nodiscard]] std::uint64_t next_uid(const Packet& packet, const FlowKey& key) noexcept {
        constexpr std::uint64_t kFileSeed = 0x666c6f7767617567;
        const FlowIdentity& identity = options_.identity;
        if (identity.live) {
            return (identity.random << 44) | (std::uint64_t{identity.worker & 0x3ff} << 34) |
                   (counters_.flows_created & 0x3ffffffff);
        }
        const std::uint64_t place =
            hash_words(kFileSeed, packet.position, static_cast<std::uint64_t>(packet.tick));
        return hash_of(key, place);
    }

    void open(const Packet& packet, const OrientedKey& oriented, std::uint32_t hash) {
        if (table_.size() >= options_.max_flows) {
            end(table_.oldest(), EndReason::kEvicted, packet.tick);
        }
        const std::uint32_t slot = pool_.take();
        Flow& flow = pool_.flow(slot);
        const std::uint32_t bytes = size_of(packet);
        flow.key = oriented.key;
        flow.hash = hash;
        flow.from_upper = oriented.from_upper;
        flow.source_mac = packet.source_mac;
        flow.destination_mac = packet.destination_mac;
        flow.first_seen = {packet.tick, 0};
        flow.last_seen = {packet.tick, 0};
        flow.packets = {1, 0};
        flow.bytes = {bytes, 0};
        flow.flow_uid = next_uid(packet, oriented.key);
        ++counters_.flows_created;
        table_.insert(slot);
        observers_.init(pool_.cold(slot), {.packet = packet, .flow = flow, .bytes = bytes});
    }

    void update(std::uint32_t slot, const Packet& packet, bool from_upper) {
        Flow& flow = pool_.flow(slot);
        const std::size_t row = from_upper == flow.from_upper ? 0 : 1;
        const std::uint32_t bytes = size_of(packet);
        const Tick gap = packet.tick - flow.last();
        const bool first = flow.packets[row] == 0;
        const Tick direction_gap = first ? 0 : packet.tick - flow.last_seen[row];
        if (first) {
            flow.first_seen[row] = packet.tick;
        }
        flow.last_seen[row] = packet.tick;
        ++flow.packets[row];
        flow.bytes[row] += bytes;
        table_.touch(slot);
        observers_.update(
            pool_.cold(slot),
            {.packet = packet,
             .flow = flow,
             .direction = static_cast<Direction>(row),
             .bytes = bytes,
             .gap = gap,
             .direction_gap = direction_gap}
        );
    }

    // The table is in the order of last packets, so this stops at the first flow that lives.
    void expire_idle(Tick now) {
        while (table_.oldest() != kNoFlow) {
            const std::uint32_t slot = table_.oldest();
            const Tick last = pool_.flow(slot).last();
            if (now - last < idle_) {
                return;
            }
            end(slot, EndReason::kIdle, last + idle_);
        }
    }

    void leave(bool early) {
        order_.leave(
            [this](const FlowRecord& record) {
                if (!outlet_.emit(record)) {
                    release(record);
                }
            },
            early
        );
    }

    void end(std::uint32_t slot, EndReason reason, Tick moment) {
        if (order_.is_full()) {
            leave(true);
        }
        record_end(slot, reason, moment);
    }

    void record_end(std::uint32_t slot, EndReason reason, Tick moment) {
        if (order_.is_later(moment)) {
            emit_waiting();
        }
        table_.remove(slot);
        observers_.expire(pool_.cold(slot), pool_.flow(slot));
        ++counters_.flows_expired[static_cast<std::size_t>(reason)];
        order_.add(
            {.flow = &pool_.flow(slot),
             .cold = pool_.cold(slot),
             .moment = moment,
             .slot = slot,
             .end_reason = reason}
        );
    }

    ShardOptions options_;
    Tick idle_;
    Tick active_;
    std::uint64_t seed_;
    Chain observers_;
    RecordOutlet& outlet_;
    FlowPool pool_;
    FlowTable table_;
    RecordOrder order_;
    ShardCounters counters_;
};

}  // namespace flowgauge
