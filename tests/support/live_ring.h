// LiveRing: the fixture of tests that read rings of a veth pair, and ways to read them that end.
//
// No sleep decides anything: every wait is for a state, with kPatience as its bound.
#pragma once

#include "capture/ring_group.h"
#include "tests/support/network_namespace.h"
#include "tests/support/packet_builder.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge::test {

// EtherTypes.
constexpr std::uint16_t kIpv4 = 0x0800;
constexpr std::uint16_t kVlan = 0x8100;
constexpr std::chrono::seconds kPatience{10};

// 2 MiB: enough for what the tests send before they read, and nothing to the machine.
inline const RingGeometry kSmallRing = {.block_bytes = 64 * 1024, .block_count = 32, .note = {}};

// What a test keeps of a frame, since its bytes go back to the kernel.
struct Seen {
    Bytes bytes;
    Frame frame;  // its `bytes` dangle
};

inline Bytes udp_frame(std::size_t payload_bytes, std::uint8_t fill = 0xAB) {
    return ethernet_frame(
        kIpv4,
        ip_packet(
            {.source = "192.0.2.1", .destination = "192.0.2.2"},
            udp_datagram(1000, 53, Bytes(payload_bytes, fill))
        )
    );
}

inline Bytes icmp_frame() {
    return ethernet_frame(
        kIpv4,
        ip_packet({.source = "192.0.2.1", .destination = "192.0.2.2", .protocol = 1}, Bytes(40))
    );
}

// Reads `ring` until `done` holds, or for kPatience. Returns whether it held.
template <typename Take, typename Done>
bool read_until(RingSource& ring, Take take, Done done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (true) {
        while (const Frame* frame = ring.peek()) {
            take(*frame);
            ring.pop();
        }
        if (done()) {
            return true;
        }
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        ring.wait(std::chrono::milliseconds(5));
    }
}

inline std::vector<Seen> read_frames(RingSource& ring, std::size_t expected) {
    std::vector<Seen> seen;
    const auto keep = [&](const Frame& frame) {
        seen.push_back({Bytes(frame.bytes.begin(), frame.bytes.end()), frame});
    };
    const bool complete = read_until(ring, keep, [&] { return seen.size() >= expected; });
    EXPECT_TRUE(complete) << seen.size() << " of " << expected;
    return seen;
}

// Waits until the kernel has put (or dropped) that many packets into the ring.
inline void expect_packets(RingSource& ring, std::uint64_t expected) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (ring.read_statistics().packets < expected && std::chrono::steady_clock::now() < deadline
    ) {
        ring.wait(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(ring.read_statistics().packets, expected);
}

class LiveRing : public ::testing::Test {
protected:
    void SetUp() override {
        Result<NetworkNamespace> network = NetworkNamespace::enter();
        if (!network) {
            GTEST_SKIP() << network.error().message;
        }
        network_.emplace(std::move(network).value());
        const auto added = add_veth_pair();
        ASSERT_TRUE(added);
        Result<FrameSender> sender = FrameSender::open(kSendingEnd);
        ASSERT_TRUE(sender);
        sender_.emplace(std::move(sender).value());
    }

    static CaptureOptions options() {
        CaptureOptions options;
        options.interface = kReceivingEnd;
        options.ring_retire = std::chrono::milliseconds(10);
        return options;
    }

    static RingGroup started(
        const CaptureOptions& options, const RingGeometry& geometry = kSmallRing
    ) {
        Result<RingGroup> group = RingGroup::open(options, geometry);
        EXPECT_TRUE(group) << (group ? "" : group.error().message);
        EXPECT_TRUE(group.value().start());
        return std::move(group).value();
    }

    void send(const Bytes& frame, std::size_t times = 1) const {
        for (std::size_t i = 0; i < times; ++i) {
            ASSERT_TRUE(sender_->send(frame));
        }
    }

    std::optional<NetworkNamespace> network_;
    std::optional<FrameSender> sender_;
};

}  // namespace flowgauge::test
