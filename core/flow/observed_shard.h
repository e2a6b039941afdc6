// ObservedShard: the FlowShard for one combination of observers, composed at compile time.
#pragma once

#include "core/flow/clock_shifts.h"
#include "core/flow/flow_key.h"
#include "core/flow/flow_observer.h"
#include "core/flow/flow_pool.h"
#include "core/flow/flow_shard.h"
#include "core/flow/flow_table.h"
#include "core/flow/record_order.h"
#include "core/flow/record_outlet.h"
#include "core/flow/tcp_closing.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

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
          pool_(
              slots_max(options),
              observers_.cold_bytes() + TcpClosing::state_bytes(options.flow.end_on_tcp) +
                  options.record_bytes
          ),
          table_(pool_, options.max_flows),
          closing_(options.flow, pool_, observers_.cold_bytes()) {}

    ObservedShard(const ObservedShard&) = delete;
    ObservedShard& operator=(const ObservedShard&) = delete;

    // Flows that still live are let go unwritten; finish() comes first wherever records matter.
    ~ObservedShard() override {
        while (table_.oldest() != kNoFlow) {
            const std::uint32_t slot = table_.oldest();
            take_out(slot);
            observers_.discard(pool_.cold(slot));
        }
        order_.leave([this](const FlowRecord& record) { observers_.discard(record.cold); });
    }

    using FlowShard::add;

    void add(std::span<const Packet* const> packets) override {
        while (!packets.empty()) {
            const std::size_t count = std::min(packets.size(), kFetchedMax);
            if (table_.size() > kFetchFromFlows && count > 1) {
                add_fetched(packets.first(count));
            } else {
                for (const Packet* packet : packets.first(count)) {
                    add_one(*packet, place_of(*packet));
                }
            }
            packets = packets.subspan(count);
        }
    }

    void advance(Tick now) override {
        expire(now);
        if (order_.is_later(now)) {
            emit_waiting();
        }
        outlet_.reached(now);
    }

    // The flows are sorted by their slots, which takes a few bytes for each; as records they would
    // need as much memory again as many of them have.
    void finish(Tick now, EndReason reason) override {
        expire(now);
        if (order_.is_later(now)) {
            emit_waiting();
        }
        std::vector<FlowRank> ending;
        ending.reserve(table_.size());
        for (std::uint32_t slot = table_.oldest(); slot != kNoFlow;
             slot = table_.newer_than(slot)) {
            observers_.expire(pool_.cold(slot), pool_.flow(slot));
            ending.push_back({rank_of(pool_.flow(slot).key), slot});
        }
        std::sort(ending.begin(), ending.end(), [this](const FlowRank& a, const FlowRank& b) {
            return a.rank != b.rank ? a.rank < b.rank
                                    : pool_.flow(a.slot).key < pool_.flow(b.slot).key;
        });
        table_.clear();
        auto next = ending.begin();
        const auto let_go = [&](const FlowRecord* until) {
            while (next != ending.end() &&
                   (until == nullptr || pool_.flow(next->slot).key < until->flow->key)) {
                if (ending.end() - next > kEndingAhead) {
                    table_.fetch_flow(next[kEndingAhead].slot);
                }
                emit_last((next++)->slot, now, reason);
            }
        };
        order_.leave([&](const FlowRecord& record) {
            let_go(&record);
            emit(record);
        });
        let_go(nullptr);
        outlet_.reached(kTickMax);
    }

    void emit_waiting() override { leave(false); }

    void release(const FlowRecord& record) override {
        observers_.discard(record.cold);
        pool_.give_back(record.slot);
    }

    void set_timeouts(
        std::chrono::milliseconds idle_timeout, std::chrono::milliseconds active_timeout
    ) override {
        idle_ = ticks(idle_timeout, options_.flow.time_unit);
        active_ = ticks(active_timeout, options_.flow.time_unit);
    }

    void set_clock_shift(Tick since, Tick shift) override { shifts_.add(since, shift); }

    [[nodiscard]] std::size_t visit(std::size_t cursor, std::size_t count, FlowVisitor& visitor)
        override {
        std::size_t seen = 0;
        std::size_t bucket = cursor;
        for (; bucket < table_.buckets() && seen < count; ++bucket) {
            table_.look_into(bucket, [&](std::uint32_t slot) {
                const Flow& flow = pool_.flow(slot);
                visitor.visit(flow, pool_.cold(slot), shifts_.at(flow.first()));
                ++seen;
            });
            ++seen;  // looking into an empty one takes time as well
        }
        return bucket < table_.buckets() ? bucket : 0;
    }

    [[nodiscard]] std::uint64_t active_flows() const noexcept override { return table_.size(); }
    [[nodiscard]] const ShardCounters& counters() const noexcept override { return counters_; }

private:
    // Packets whose flows are fetched at one time; enough to hide the way to memory, few enough to
    // stay in the first-level cache with what they touch.
    static constexpr std::size_t kFetchedMax = 32;

    // How far ahead flows are fetched that end with all others: by key they lie anywhere.
    static constexpr std::ptrdiff_t kEndingAhead = 16;

    // A table up to this size lies in the second-level cache: fetching would only cost.
    static constexpr std::size_t kFetchFromFlows = 2048;

    // Where a packet belongs.
    struct Place {
        OrientedKey oriented;
        std::uint32_t hash = 0;
        std::uint32_t guess = kNoFlow;  // the slot to fetch
    };

    static std::uint64_t slots_max(const ShardOptions& options) noexcept {
        return options.max_flows + RecordOrder::kWaitingMax + 1 + options.records_under_way_max;
    }

    [[nodiscard]] Place place_of(const Packet& packet) const noexcept {
        const OrientedKey oriented = key_of(packet);
        return {
            .oriented = oriented,
            .hash = static_cast<std::uint32_t>(hash_of(oriented.key, seed_)),
            .guess = kNoFlow};
    }

    // Each loop waits for nothing but what the one before has asked for.
    void add_fetched(std::span<const Packet* const> packets) {
        for (std::size_t i = 0; i < packets.size(); ++i) {
            places_[i] = place_of(*packets[i]);
            table_.fetch_bucket(places_[i].hash);
        }
        for (std::size_t i = 0; i < packets.size(); ++i) {
            places_[i].guess = table_.guess(places_[i].hash);
            if (places_[i].guess != kNoFlow) {
                table_.fetch_flow(places_[i].guess);
                fetch_cold(places_[i].guess);
            }
        }
        for (std::size_t i = 0; i < packets.size(); ++i) {
            if (places_[i].guess != kNoFlow) {
                table_.fetch_neighbours(places_[i].guess);
            }
        }
        for (std::size_t i = 0; i < packets.size(); ++i) {
            add_one(*packets[i], places_[i]);
        }
    }

    // The first lines only: where statistics and the beginning of other states lie.
    void fetch_cold(std::uint32_t slot) noexcept {
        constexpr std::size_t kLineBytes = 64;
        constexpr std::size_t kFetchedBytes = 320;
        const std::byte* cold = pool_.cold(slot);
        for (std::size_t at = 0; at < std::min(observers_.cold_bytes(), kFetchedBytes);
             at += kLineBytes) {
            __builtin_prefetch(cold + at, 1);
        }
    }

    void add_one(const Packet& packet, const Place& place) {
        expire(packet.tick);
        ++counters_.packets_in_flows;
        const OrientedKey& oriented = place.oriented;
        std::uint32_t slot = table_.find(oriented.key, place.hash);
        if (slot == kNoFlow) {
            slot = open(packet, oriented, place.hash);
        } else if (closing_.begins_anew(pool_.flow(slot), packet)) {
            end(slot, EndReason::kTcpEnd, packet.tick);
            slot = open(packet, oriented, place.hash);
        } else if (packet.tick - pool_.flow(slot).first() >= active_) {
            slot = cut(slot, packet, place);
        } else {
            update(slot, packet, oriented.from_upper);
        }
        closing_.see(slot, packet, oriented.from_upper);
        if constexpr (Chain::kMayEnd) {
            if (ends_) [[unlikely]] {
                ends_ = false;
                end(slot, EndReason::kPlugin, packet.tick);
            }
        }
    }

    // Returns the flow that goes on. Its table has room, so nothing is evicted for it, and the slot
    // of the flow that was cut is not released meanwhile.
    std::uint32_t cut(std::uint32_t slot, const Packet& packet, const Place& place) {
        end(slot, EndReason::kActive, packet.tick);
        const std::uint32_t next = open(packet, place.oriented, place.hash);
        closing_.carry_on(slot, next);
        return next;
    }

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

    [[nodiscard]] static std::uint8_t tcp_signals(const Packet& packet) noexcept {
        return packet.tcp_flags & (kTcpFin | kTcpSyn | kTcpRst);
    }

    // Files: the same for any number of workers. Live: 20 random bits for the process, 10 for the
    // worker, 34 for its count, so unique within a process and almost surely over restarts.
    [[nodiscard]] std::uint64_t next_uid(const Packet& packet, const FlowKey& key) noexcept {
        constexpr std::uint64_t kFileSeed = 0x666c6f7767617567;
        const FlowIdentity& identity = options_.identity;
        if (identity.live) {
            // Of many runs two may have the same 20 bits; they do not count from the same number.
            const std::uint64_t number = (identity.random >> 20) + counters_.flows_created;
            return (identity.random << 44) | (std::uint64_t{identity.worker & 0x3ff} << 34) |
                   (number & 0x3ffffffff);
        }
        const std::uint64_t place =
            hash_words(kFileSeed, packet.position, static_cast<std::uint64_t>(packet.tick));
        return hash_of(key, place);
    }

    std::uint32_t open(const Packet& packet, const OrientedKey& oriented, std::uint32_t hash) {
        if (table_.size() >= options_.max_flows) {
            end(table_.oldest(), EndReason::kEvicted, packet.tick);
        }
        const std::uint32_t slot = pool_.take();
        Flow& flow = pool_.flow(slot);
        const std::uint32_t bytes = size_of(packet);
        flow.key = oriented.key;
        flow.from_upper = oriented.from_upper;
        flow.tcp_closing = 0;
        flow.tcp_seen = tcp_signals(packet);
        if (TcpClosing::opens(packet)) {
            flow.tcp_seen |= kTcpBegins;
        }
        flow.source_mac = packet.source_mac;
        flow.destination_mac = packet.destination_mac;
        flow.first_seen = {packet.tick, 0};
        flow.last_seen = {packet.tick, 0};
        flow.packets = {1, 0};
        flow.bytes = {bytes, 0};
        flow.flow_uid = next_uid(packet, oriented.key);
        ++counters_.flows_created;
        table_.insert(slot, hash);
        ends_ = observers_.init(pool_.cold(slot), {.packet = packet, .flow = flow, .bytes = bytes});
        return slot;
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
        flow.tcp_seen |= tcp_signals(packet);
        table_.touch(slot);
        ends_ = observers_.update(
            pool_.cold(slot),
            {.packet = packet,
             .flow = flow,
             .direction = static_cast<Direction>(row),
             .bytes = bytes,
             .gap = gap,
             .direction_gap = direction_gap}
        );
    }

    // Lets go of all that is due by `now`, in the order of moments: what was silent long enough
    // before a connection's flow is due leaves before it, and may be that flow itself.
    void expire(Tick now) {
        while (closing_.is_due(now)) {
            const std::uint32_t slot = closing_.first();
            const Tick moment = closing_.moment();
            expire_idle(moment - 1);
            if (closing_.first() == slot) {
                end(slot, EndReason::kTcpEnd, moment);
            }
        }
        expire_idle(now);
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
        order_.leave([this](const FlowRecord& record) { emit(record); }, early);
    }

    void end(std::uint32_t slot, EndReason reason, Tick moment) {
        if (order_.is_full()) {
            leave(true);
        }
        record_end(slot, reason, moment);
    }

    void emit(const FlowRecord& record) {
        if (!outlet_.emit(record)) {
            release(record);
        }
    }

    void take_out(std::uint32_t slot) {
        const auto hash = static_cast<std::uint32_t>(hash_of(pool_.flow(slot).key, seed_));
        table_.remove(slot, hash);
    }

    // A flow that was expired with all others.
    void emit_last(std::uint32_t slot, Tick now, EndReason reason) {
        closing_.forget(slot);
        ++counters_.flows_expired[static_cast<std::size_t>(reason)];
        emit(
            {.flow = &pool_.flow(slot),
             .cold = pool_.cold(slot),
             .moment = now,
             .clock_shift = shifts_.at(pool_.flow(slot).first()),
             .slot = slot,
             .end_reason = reason}
        );
    }

    void record_end(std::uint32_t slot, EndReason reason, Tick moment) {
        if (order_.is_later(moment)) {
            emit_waiting();
        }
        take_out(slot);
        if (reason != EndReason::kActive) {  // cut() hands it over
            closing_.forget(slot);
        }
        observers_.expire(pool_.cold(slot), pool_.flow(slot));
        ++counters_.flows_expired[static_cast<std::size_t>(reason)];
        order_.add(
            {.flow = &pool_.flow(slot),
             .cold = pool_.cold(slot),
             .moment = moment,
             .clock_shift = shifts_.at(pool_.flow(slot).first()),
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
    TcpClosing closing_;
    RecordOrder order_;
    ClockShifts shifts_;
    ShardCounters counters_;
    bool ends_ = false;                      // the packet's flow, as an observer wants it
    std::array<Place, kFetchedMax> places_;  // of the packets under way; kept to save clearing it
};

}  // namespace flowgauge
