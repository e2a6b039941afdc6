// Intake: frames in, packets out, everything else counted.
//
// The steps are apart because a packet or fragment may belong to another worker at each of them:
//
//     auto step = intake.decode(frame);
//     while (step == IntakeStep::kFragment) { step = intake.reassemble(); }   // unless handed over
//     if (step == IntakeStep::kPacket) { ... intake.packet() ... }
#pragma once

#include "core/packet/decode_options.h"
#include "core/packet/decoder.h"
#include "core/packet/frame.h"
#include "core/packet/packet.h"
#include "core/packet/reassembler.h"
#include "core/packet/rejection.h"
#include "core/packet/rejection_tally.h"

#include <cstdint>

namespace flowgauge {

enum class IntakeStep : std::uint8_t {
    kPacket,    // packet() goes to the shard of owner(source, destination)
    kFragment,  // packet() and fragment() go to reassemble() of owner(source, destination)
    kNothing,   // held or rejected, and counted
};

// Thread: one. Ownership: packet() points into the frame, or into the intake's own memory after a
// reassembly; both are valid until the next call.
class Intake {
public:
    // `listener`, if there is one, hears of each frame that is held or rejected.
    explicit Intake(const DecodeOptions& options, RejectionListener* listener = nullptr) noexcept
        : decoder_(options),
          reassembler_(options.reassembly_memory),
          tally_(listener) {}

    [[nodiscard]] IntakeStep decode(const Frame& frame);

    // Adds the fragment that decode(), reassemble() or take() left.
    [[nodiscard]] IntakeStep reassemble();

    // Takes over what another worker decoded.
    void take(const Packet& packet, const Fragment& fragment) noexcept {
        packet_ = packet;
        fragment_ = fragment;
    }

    [[nodiscard]] Packet& packet() noexcept { return packet_; }
    [[nodiscard]] const Fragment& fragment() const noexcept { return fragment_; }

    // Fragments too old at `now` leave; needed only while no fragment comes.
    void expire(CaptureTime now) { reassembler_.expire(now, tally_); }

    // The input has ended at `end`: what is still held is counted.
    void finish(CaptureTime end) { reassembler_.finish(end, tally_); }

    // Counts a frame that a filter refused before it was decoded.
    void refuse(const Frame& frame) {
        ++frames_;
        bytes_ += frame.wire_bytes;
        tally_.add(frame.position, Rejection::kFilter);
    }

    // A later part of the walk rejects packet().
    void reject(Rejection reason) { tally_.add(packet_.position, reason); }

    [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }  // on the wire
    [[nodiscard]] std::uint64_t held_frames() const noexcept { return reassembler_.held_frames(); }
    [[nodiscard]] const RejectionCounts& rejections() const noexcept { return tally_.counts(); }

private:
    [[nodiscard]] IntakeStep follow(DecodeResult result);

    Decoder decoder_;
    Reassembler reassembler_;
    Packet packet_;
    Fragment fragment_;
    RejectionTally tally_;
    std::uint64_t frames_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace flowgauge
