// Fragments for the tests of reassembly: an Intake that is fed piece by piece, and its law.
#pragma once

#include "core/packet/intake.h"
#include "tests/support/frame_ledger.h"
#include "tests/unit/core/packet/decoding.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace flowgauge::test {

// Feeds raw IP frames and checks after each that frames = packets + rejections + held frames, and
// that the listener heard so of each frame.
class Feeder {
public:
    explicit Feeder(const DecodeOptions& options = {}) : intake_(options, &ledger_) {}

    // Returns the last step. A packet of it is in packet(), copied.
    IntakeStep feed(HeapFrame& frame) {
        frame->position = intake_.frames();
        IntakeStep step = intake_.decode(*frame);
        while (step == IntakeStep::kFragment) {
            step = intake_.reassemble();
        }
        if (step == IntakeStep::kPacket) {
            ++packets_;
            packet_ = intake_.packet();
            ledger_.packet(packet_.position);
            bytes_.assign(packet_.ip.begin(), packet_.ip.end());
            packet_.ip = bytes_;
        }
        expect_law();
        return step;
    }
    IntakeStep feed(BytesView bytes, CaptureTime time = {}) {
        HeapFrame frame(bytes, LinkType::kRaw, time);
        return feed(frame);
    }

    void finish(CaptureTime end = {}) {
        intake_.finish(end);
        EXPECT_EQ(intake_.held_frames(), 0U);
        expect_law();
    }

    // As a filter does.
    void refuse(BytesView bytes) {
        HeapFrame frame(bytes, LinkType::kRaw);
        frame->position = intake_.frames();
        intake_.refuse(*frame);
        expect_law();
    }

    void expect_law() const {
        ASSERT_EQ(
            intake_.frames(), packets_ + intake_.rejections().total() + intake_.held_frames()
        );
        ASSERT_TRUE(ledger_.agrees(intake_.frames(), intake_.held_frames(), intake_.rejections()));
    }

    [[nodiscard]] std::uint64_t count(Rejection reason) const {
        return intake_.rejections().of(reason);
    }
    [[nodiscard]] std::uint64_t packets() const { return packets_; }
    [[nodiscard]] const Packet& packet() const { return packet_; }
    [[nodiscard]] const Bytes& bytes() const { return bytes_; }
    [[nodiscard]] Intake& intake() { return intake_; }
    [[nodiscard]] const FrameLedger& ledger() const { return ledger_; }

private:
    FrameLedger ledger_;
    Intake intake_;
    std::uint64_t packets_ = 0;
    Packet packet_;
    Bytes bytes_;
};

// A UDP datagram of that many payload bytes, with both ports other than 0.
inline Bytes datagram_of(const IpPacket& ip, std::size_t payload_bytes) {
    return ip_packet(ip, udp_datagram(1000, 53, pattern(payload_bytes)));
}

inline std::string summary(const Feeder& feeder) {
    Decoded decoded;
    decoded.step = DecodeStep::kPacket;
    decoded.packet = feeder.packet();
    return summary(decoded);
}

}  // namespace flowgauge::test
