// Flow: the hot part of a flow, touched by each of its packets. What observers add lies apart, in
// the cold bytes of the same slot (core/flow/flow_pool.h), and exists only if configured.
#pragma once

#include "core/base/time.h"
#include "core/flow/end_reason.h"
#include "core/flow/flow_key.h"
#include "core/packet/packet.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace flowgauge {

// Direction of a packet in its flow: source and destination are those of the flow's first packet.
enum class Direction : std::uint8_t { kSrc2Dst = 0, kDst2Src = 1 };

constexpr std::uint32_t kNoFlow = 0xffffffff;

// Bit of Flow::tcp_seen: the first packet asks for a connection.
constexpr std::uint8_t kTcpBegins = 0x80;

// Arrays of two are indexed by Direction. Times are ticks; those of a direction without packets
// mean nothing. Two cache lines, both touched by each packet.
struct alignas(64) Flow {
    FlowKey key;
    std::array<Tick, 2> first_seen{};
    std::array<Tick, 2> last_seen{};
    std::array<std::uint64_t, 2> packets{};
    std::array<std::uint64_t, 2> bytes{};
    std::uint64_t flow_uid = 0;
    MacAddress source_mac{};
    MacAddress destination_mac{};
    bool from_upper = false;       // the first packet's source is key.upper
    std::uint8_t tcp_closing = 0;  // what was seen of its end (core/flow/tcp_closing.h)
    std::uint8_t readers = 0;      // sinks that have not read the record yet; the worker's to know
    std::uint8_t tcp_seen = 0;     // SYN, FIN and RST of all its packets, and kTcpBegins

    [[nodiscard]] Tick first() const noexcept { return first_seen[0]; }
    [[nodiscard]] Tick last() const noexcept {
        return packets[1] == 0 ? last_seen[0] : std::max(last_seen[0], last_seen[1]);
    }
    [[nodiscard]] std::uint64_t all_packets() const noexcept { return packets[0] + packets[1]; }
    [[nodiscard]] std::uint64_t all_bytes() const noexcept { return bytes[0] + bytes[1]; }

    [[nodiscard]] const IpAddress& source() const noexcept {
        return from_upper ? key.upper : key.lower;
    }
    [[nodiscard]] const IpAddress& destination() const noexcept {
        return from_upper ? key.lower : key.upper;
    }
    [[nodiscard]] std::uint16_t source_port() const noexcept {
        return from_upper ? key.upper_port() : key.lower_port();
    }
    [[nodiscard]] std::uint16_t destination_port() const noexcept {
        return from_upper ? key.lower_port() : key.upper_port();
    }
};

static_assert(sizeof(Flow) == 128);

// A flow that has ended, on its way to the sinks. The slot stays its own until it is released to
// the shard that it came from.
struct FlowRecord {
    Flow* flow = nullptr;
    std::byte* cold = nullptr;
    Tick moment = 0;       // when it ended: rows are written in this order, then by key
    Tick clock_shift = 0;  // to be added to the flow's times (core/flow/clock_shifts.h)
    std::uint32_t slot = kNoFlow;
    std::uint32_t sequence = 0;  // order of ending within one shard, for equal keys
    EndReason end_reason = EndReason::kIdle;
    bool unordered = false;  // left before its moment was over (RecordOrder::kWaitingMax)
};

// A slot and the beginning of its key's place in the order of rows.
struct FlowRank {
    std::uint32_t rank = 0;
    std::uint32_t slot = kNoFlow;
};

}  // namespace flowgauge
