// TcpClosing: sees when the connection of a TCP flow has ended, and which flow leaves next for it.
#pragma once

#include "core/base/time.h"
#include "core/flow/flow_observer.h"
#include "core/flow/flow_options.h"
#include "core/flow/flow_pool.h"
#include "core/packet/packet.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace flowgauge {

// A connection has ended with an RST, or when both ends have sent a FIN and each FIN was
// acknowledged by the other end (RFC 9293 sections 3.5.2 and 3.6). Its flow lingers, and leaves
// then; segments that come meanwhile are still counted in it and do not prolong it. Neither the
// place of an RST nor that of a FIN in the window is checked. Where only one direction was
// captured, no FIN is seen acknowledged, and the timeouts alone end the flow.
//
// Thread: the shard's worker. Memory: with end_on_tcp, state_bytes() at the end of the cold bytes
// of each flow, which also chain the flows that linger: as many as there are flows. The chain is in
// the order in which flows are due, because all linger equally long.
class TcpClosing {
public:
    static constexpr std::chrono::seconds kLinger{5};

    // `at` is where in the cold bytes of a flow the state lies. Requires: `pool` outlives this.
    TcpClosing(const FlowOptions& options, FlowPool& pool, std::size_t at) noexcept
        : pool_(pool),
          at_(at),
          linger_(ticks(kLinger, options.time_unit)),
          on_(options.end_on_tcp != EndOnTcp::kNone) {}

    [[nodiscard]] static constexpr std::size_t state_bytes(EndOnTcp end_on_tcp) noexcept {
        return end_on_tcp == EndOnTcp::kNone ? 0 : aligned_state_bytes(sizeof(State));
    }

    // Whether the packet begins a connection. A SYN with ACK does not: it answers a SYN, and a late
    // copy of it may follow an RST.
    [[nodiscard]] static bool opens(const Packet& packet) noexcept {
        return (packet.tcp_flags & (kTcpSyn | kTcpAck | kTcpRst)) == kTcpSyn;
    }

    // Whether the packet begins another connection of the same key.
    [[nodiscard]] bool begins_anew(const Flow& flow, const Packet& packet) const noexcept {
        return on_ && (flow.tcp_closing & kClosed) != 0 && opens(packet);
    }

    // The packet has been counted in the flow.
    void see(std::uint32_t slot, const Packet& packet, bool from_upper) noexcept {
        constexpr std::uint8_t kSignals = kTcpFin | kTcpSyn | kTcpRst;
        if (on_ && ((packet.tcp_flags & kSignals) | pool_.flow(slot).tcp_closing) != 0) {
            follow(slot, packet, from_upper);
        }
    }

    // The flow `to` goes on where active_timeout has cut `from`: what was seen of the connection
    // goes over to it, and so does the place in the chain. Requires: no slot was released since.
    void carry_on(std::uint32_t from, std::uint32_t to) noexcept;

    // The flow leaves, whatever for.
    void forget(std::uint32_t slot) noexcept {
        if ((pool_.flow(slot).tcp_closing & kClosed) != 0) {
            unlink(slot);
        }
    }

    // The flow that is due first, or kNoFlow, and when that is. Requires, of the moment: is_due().
    [[nodiscard]] std::uint32_t first() const noexcept { return first_; }
    [[nodiscard]] Tick moment() const noexcept { return first_since_ + linger_; }
    [[nodiscard]] bool is_due(Tick now) const noexcept {
        return first_ != kNoFlow && now - first_since_ >= linger_;
    }

private:
    // Arrays of two, and the lowest bits of Flow::tcp_closing, go by the ends of the key, lower and
    // upper: source and destination may change places when a flow is cut.
    struct State {
        Tick since = 0;                          // when the connection had ended
        std::array<std::uint32_t, 2> fin_end{};  // sequence number behind the FIN
        std::uint32_t earlier = kNoFlow;         // in the chain
        std::uint32_t later = kNoFlow;
    };

    // Bits of Flow::tcp_closing. The first two are shifted by one for the upper end.
    static constexpr std::uint8_t kFin = 0x01;
    static constexpr std::uint8_t kAcknowledged = 0x04;
    static constexpr std::uint8_t kBothAcknowledged = 0x0f;
    static constexpr std::uint8_t kClosed = 0x10;

    [[nodiscard]] State& state(std::uint32_t slot) const noexcept;
    void follow(std::uint32_t slot, const Packet& packet, bool from_upper) noexcept;
    void note_fin(std::uint32_t slot, const Packet& packet, unsigned end) noexcept;
    void close(std::uint32_t slot, Tick now) noexcept;
    void unlink(std::uint32_t slot) noexcept;
    void set_first(std::uint32_t slot) noexcept;

    FlowPool& pool_;
    std::size_t at_;
    Tick linger_;
    Tick first_since_ = 0;
    std::uint32_t first_ = kNoFlow;
    std::uint32_t last_ = kNoFlow;
    bool on_;
};

}  // namespace flowgauge
