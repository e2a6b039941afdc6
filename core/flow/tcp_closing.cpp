#include "core/flow/tcp_closing.h"

#include <new>

namespace flowgauge {
namespace {

// Whether `acknowledgment` covers everything before `end`, modulo 2^32 (RFC 9293 section 3.4).
bool covers(std::uint32_t acknowledgment, std::uint32_t end) noexcept {
    return static_cast<std::int32_t>(acknowledgment - end) >= 0;
}

}  // namespace

TcpClosing::State& TcpClosing::state(std::uint32_t slot) const noexcept {
    return *std::launder(reinterpret_cast<State*>(pool_.cold(slot) + at_));
}

void TcpClosing::follow(std::uint32_t slot, const Packet& packet, bool from_upper) noexcept {
    std::uint8_t& seen = pool_.flow(slot).tcp_closing;
    if ((seen & kClosed) != 0) {
        return;
    }
    // FINs of a connection whose end was not captured say nothing of the one that begins.
    if (opens(packet)) {
        seen = 0;
    }
    if (seen == 0) {
        ::new (static_cast<void*>(pool_.cold(slot) + at_)) State;  // NOLINT(tree): placement
    }
    if ((packet.tcp_flags & kTcpRst) != 0) {
        close(slot, packet.tick);
        return;
    }
    const unsigned own = from_upper ? 1 : 0;
    const unsigned other = 1 - own;
    if ((packet.tcp_flags & kTcpFin) != 0) {
        note_fin(slot, packet, own);
    }
    if ((packet.tcp_flags & kTcpAck) != 0 && (seen & kFin << other) != 0 &&
        covers(packet.tcp_acknowledgment, state(slot).fin_end[other])) {
        seen |= static_cast<std::uint8_t>(kAcknowledged << other);
    }
    if (seen == kBothAcknowledged) {
        close(slot, packet.tick);
    }
}

// A FIN that is sent again ends at the same place. One that ends elsewhere is of a later connection
// whose SYN was not captured, and must be acknowledged anew.
void TcpClosing::note_fin(std::uint32_t slot, const Packet& packet, unsigned end) noexcept {
    std::uint8_t& seen = pool_.flow(slot).tcp_closing;
    const std::uint32_t syn = (packet.tcp_flags & kTcpSyn) != 0 ? 1 : 0;
    const std::uint32_t behind = packet.tcp_sequence + packet.payload_bytes + syn + 1;
    std::uint32_t& known = state(slot).fin_end[end];
    if (known != behind) {
        seen &= static_cast<std::uint8_t>(~(kAcknowledged << end));
    }
    known = behind;
    seen |= static_cast<std::uint8_t>(kFin << end);
}

void TcpClosing::close(std::uint32_t slot, Tick now) noexcept {
    State& own = state(slot);
    own.since = now;
    own.earlier = last_;
    own.later = kNoFlow;
    if (last_ == kNoFlow) {
        set_first(slot);
    } else {
        state(last_).later = slot;
    }
    last_ = slot;
    pool_.flow(slot).tcp_closing |= kClosed;
}

void TcpClosing::carry_on(std::uint32_t from, std::uint32_t to) noexcept {
    const std::uint8_t seen = pool_.flow(from).tcp_closing;
    pool_.flow(to).tcp_closing = seen;
    if (seen == 0) {
        return;
    }
    const State& own =
        *::new (static_cast<void*>(pool_.cold(to) + at_)) State(state(from));  // NOLINT(tree)
    if ((seen & kClosed) == 0) {
        return;
    }
    if (own.earlier == kNoFlow) {
        set_first(to);
    } else {
        state(own.earlier).later = to;
    }
    (own.later == kNoFlow ? last_ : state(own.later).earlier) = to;
}

void TcpClosing::unlink(std::uint32_t slot) noexcept {
    const State& own = state(slot);
    if (own.earlier == kNoFlow) {
        set_first(own.later);
    } else {
        state(own.earlier).later = own.later;
    }
    (own.later == kNoFlow ? last_ : state(own.later).earlier) = own.earlier;
}

// Keeps its time at hand, which each packet asks for.
void TcpClosing::set_first(std::uint32_t slot) noexcept {
    first_ = slot;
    if (slot != kNoFlow) {
        first_since_ = state(slot).since;
    }
}

}  // namespace flowgauge
