// Reassembler: holds IP fragments until their datagram is whole, within a fixed amount of memory.
//
// Rules (docs/ARCHITECTURE.md, "Fragments"): a datagram of n fragments becomes one packet and n-1
// frames of reason reassembled_fragment. Exact copies are refused alone; pieces that contradict
// each other cost the whole datagram (RFC 5722), its later pieces included. Incomplete datagrams
// leave after 30 s (IPv4) or 60 s (IPv6, RFC 8200 section 4.5) of packet time, or when memory is
// full, oldest first. Every held frame ends in exactly one count.
#pragma once

#include "core/base/time.h"
#include "core/packet/decoder.h"
#include "core/packet/fragment_store.h"
#include "core/packet/layer.h"
#include "core/packet/packet.h"
#include "core/packet/rejection.h"
#include "core/packet/rejection_tally.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace flowgauge {

// Ownership: copies what it keeps. Thread: one. Cost: memory is taken once, with the first
// fragment; a fragment costs a hash look-up and a walk over the datagram's pieces (none when it
// comes in order).
class Reassembler {
public:
    enum class Step : std::uint8_t {
        kHeld,      // waiting for more
        kComplete,  // `packet` and datagram() describe the whole datagram
        kRejected,  // this frame was refused; reason() says why
    };

    explicit Reassembler(std::size_t memory_bytes) noexcept : memory_bytes_(memory_bytes) {}

    // Takes the fragment that `packet` (addresses, link fields, `ip` bytes, time) and `header`
    // describe. On kComplete `packet` has the link fields of the first fragment, the time and
    // position of this one and the frame bytes of all. Held frames that give way go into `tally`.
    [[nodiscard]] Step add(Packet& packet, const IpHeader& header, RejectionTally& tally);

    // Why the last add() refused. Requires: it returned kRejected.
    [[nodiscard]] Rejection reason() const noexcept { return reason_; }

    // The datagram that the last add() completed; its bytes are valid until add() completes
    // another.
    [[nodiscard]] Layer datagram() const noexcept { return datagram_; }

    // Lets datagrams go that are too old at `now`.
    void expire(CaptureTime now, RejectionTally& tally);

    // Lets all datagrams go: those too old at `end` as timed out, the rest as cut off.
    void finish(CaptureTime end, RejectionTally& tally);

    // Frames held at the moment: read, and in no count yet.
    [[nodiscard]] std::uint64_t held_frames() const noexcept { return held_frames_; }

private:
    // The payload of the fragment at hand: by its header, and as far as captured.
    struct Incoming {
        const IpHeader& header;
        std::uint32_t length;
        std::span<const std::uint8_t> ip_header;  // first fragments only
        std::span<const std::uint8_t> payload;
    };
    enum class Fit : std::uint8_t { kNew, kDuplicate, kContradiction };
    struct Place {
        Fit fit = Fit::kNew;
        std::uint32_t before =
            kNoIndex;  // the piece that it goes behind, or kNoIndex for the front
    };

    void open_store();
    [[nodiscard]] Step refuse(Rejection reason) noexcept;
    [[nodiscard]] std::uint32_t find_or_create(
        const Packet& packet, const IpHeader& header, RejectionTally& tally
    );
    [[nodiscard]] Place place_of(FragmentedDatagram& datagram, const Incoming& incoming) noexcept;
    [[nodiscard]] Step insert(
        std::uint32_t index, const Packet& packet, const Incoming& incoming, RejectionTally& tally
    );
    void link(FragmentedDatagram& datagram, std::uint32_t made, std::uint32_t before) noexcept;
    [[nodiscard]] bool give_way(std::uint32_t index, RejectionTally& tally);
    void reject_pieces(
        FragmentedDatagram& datagram, Rejection reason, std::uint32_t but, RejectionTally& tally
    );
    void poison(FragmentedDatagram& datagram, RejectionTally& tally);
    void drop(std::uint32_t index, Rejection reason, RejectionTally& tally);
    void complete(std::uint32_t index, Packet& packet, RejectionTally& tally);
    [[nodiscard]] std::size_t build(FragmentedDatagram& datagram) noexcept;

    std::size_t memory_bytes_;
    std::unique_ptr<FragmentStore> store_;
    std::unique_ptr<std::uint8_t[]> scratch_;  // the last completed datagram
    Layer datagram_;
    Rejection reason_ = Rejection::kNone;
    std::uint64_t held_frames_ = 0;
};

}  // namespace flowgauge
