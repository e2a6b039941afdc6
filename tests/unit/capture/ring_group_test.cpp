// The rings of one interface, and what happens to the interface meanwhile.
#include "capture/ring_group.h"

#include "capture/cpu_placement.h"
#include "core/packet/steering.h"
#include "tests/support/live_ring.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using test::Bytes;
using test::expect_packets;
using test::icmp_frame;
using test::ip_packet;
using test::kPatience;
using test::kSmallRing;
using test::LiveRing;
using test::radiotap;
using test::read_frames;
using test::read_until;
using test::Seen;
using test::udp_datagram;
using test::udp_frame;
using test::wireless_frame;

TEST_F(LiveRing, IsPromiscuousOnlyWhenAsked) {
    const auto details = [] {
        return test::run_ip(std::string("-d link show ") + test::kReceivingEnd);
    };
    for (const bool promiscuous : {true, false}) {
        CaptureOptions asked = options();
        asked.promiscuous_mode = promiscuous;
        asked.workers = 2;
        const RingGroup group = started(asked);
        Result<std::string> text = details();
        ASSERT_TRUE(text);
        const std::string expected = promiscuous ? "promiscuity 1 " : "promiscuity 0 ";
        EXPECT_NE(text.value().find(expected), std::string::npos) << text.value();
    }
    Result<std::string> text = details();
    ASSERT_TRUE(text);
    EXPECT_NE(text.value().find("promiscuity 0 "), std::string::npos) << text.value();
}

// Frames that arrive on any ring until there are `expected`, or for kPatience.
std::size_t count_arrivals(RingGroup& group, std::size_t expected) {
    std::size_t received = 0;
    const auto take = [&](const Frame& frame) {
        ++received;
        EXPECT_EQ(frame.bytes.size(), frame.wire_bytes);
    };
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (received < expected && std::chrono::steady_clock::now() < deadline) {
        for (RingSource& ring : group.rings()) {
            read_until(ring, take, [] { return true; });
            ring.wait(milliseconds(5));
        }
    }
    return received;
}

TEST_F(LiveRing, LoopbackShowsEachPacketOnce) {
    ASSERT_TRUE(test::run_ip("link set lo up"));
    Result<test::FrameSender> sender = test::FrameSender::open("lo");
    ASSERT_TRUE(sender);
    const RingGeometry large_blocks = {.block_bytes = 256 * 1024, .block_count = 16, .note = {}};
    CaptureOptions loopback = options();
    loopback.interface = "lo";
    for (const std::uint32_t workers : {1U, 2U}) {
        SCOPED_TRACE(workers);
        loopback.workers = workers;
        RingGroup group = started(loopback, large_blocks);
        EXPECT_EQ(group.link_type(), LinkType::kEthernet);
        EXPECT_EQ(group.snapshot_length(), kSnapshotLengthLoopback);
        for (std::size_t i = 0; i < 100; ++i) {
            ASSERT_TRUE(sender.value().send(udp_frame(20'000)));
        }
        EXPECT_EQ(count_arrivals(group, 100), 100U);
        std::uint64_t packets = 0;
        for (RingSource& ring : group.rings()) {
            packets += ring.read_statistics().packets;
        }
        EXPECT_EQ(packets, 100U);
    }
}

TEST_F(LiveRing, SurvivesDownAndUp) {
    CaptureOptions two = options();
    two.workers = 2;
    RingGroup group = started(two);
    ASSERT_TRUE(test::run_ip("link set c0 down"));
    for (RingSource& ring : group.rings()) {
        EXPECT_FALSE(ring.wait(milliseconds(50)));
        EXPECT_EQ(ring.read_statistics().network_down_events, 1U);
        EXPECT_FALSE(ring.wait(milliseconds(0)));
        EXPECT_EQ(ring.read_statistics().network_down_events, 1U);
        EXPECT_FALSE(ring.interface_gone());
    }
    ASSERT_TRUE(test::run_ip("link set c0 up"));
    ASSERT_TRUE(test::run_ip("link set g0 down"));
    ASSERT_TRUE(test::run_ip("link set g0 up"));
    send(udp_frame(9), 10);
    const std::uint32_t ring = owner({.low = 0xC0000201}, {.low = 0xC0000202}, 2);
    EXPECT_EQ(read_frames(group.rings()[ring], 10).size(), 10U);
}

TEST_F(LiveRing, NoticesThatTheInterfaceIsGone) {
    RingGroup group = started(options());
    RingSource& ring = group.rings()[0];
    send(udp_frame(9), 10);
    expect_packets(ring, 10);
    ASSERT_TRUE(test::run_ip("link del g0"));
    const auto is_gone = [&] {
        return ring.interface_gone();
    };
    std::size_t received = 0;
    EXPECT_TRUE(read_until(
        ring, [&](const Frame&) { ++received; }, is_gone
    ));
    EXPECT_TRUE(read_until(
        ring, [&](const Frame&) { ++received; }, [&] { return received >= 10; }
    ));
    ring.wait(milliseconds(0));
    EXPECT_EQ(ring.read_statistics().network_down_events, 1U);
    EXPECT_EQ(received, 10U);
    ASSERT_TRUE(test::add_veth_pair());
    EXPECT_TRUE(ring.interface_gone());
}

TEST_F(LiveRing, OpensOnAnInterfaceThatIsDown) {
    ASSERT_TRUE(test::run_ip("link set c0 down"));
    CaptureOptions two = options();
    two.workers = 2;
    RingGroup group = started(two);
    EXPECT_FALSE(group.interface().is_up);
    EXPECT_FALSE(group.rings()[0].wait(milliseconds(0)));
    EXPECT_EQ(group.rings()[0].read_statistics().network_down_events, 0U);

    two.bpf_filter = "udp";  // compiled on lo, or refused when that is down too
    Result<RingGroup> refused = RingGroup::open(two, kSmallRing);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kSystem);
    ASSERT_TRUE(test::run_ip("link set lo up"));
    RingGroup filtered = started(two);

    ASSERT_TRUE(test::run_ip("link set c0 up"));
    ASSERT_TRUE(test::run_ip("link set g0 down"));
    ASSERT_TRUE(test::run_ip("link set g0 up"));
    send(icmp_frame());
    send(udp_frame(9), 10);
    const std::uint32_t ring = owner({.low = 0xC0000201}, {.low = 0xC0000202}, 2);
    EXPECT_EQ(read_frames(group.rings()[ring], 11).size(), 11U);
    EXPECT_EQ(read_frames(filtered.rings()[ring], 10).size(), 10U);
}

TEST_F(LiveRing, ReadsBareIpFromATunnel) {
    const FileDescriptor tunnel(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
    if (!tunnel) {
        GTEST_SKIP() << "/dev/net/tun cannot be opened";
    }
    ifreq request{};
    std::string("t0").copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    ASSERT_EQ(::ioctl(tunnel.get(), TUNSETIFF, &request), 0);
    ASSERT_TRUE(test::run_ip("link set t0 up"));
    CaptureOptions on_tunnel = options();
    on_tunnel.interface = "t0";
    on_tunnel.bpf_filter = "udp port 53";
    RingGroup group = started(on_tunnel);
    EXPECT_EQ(group.link_type(), LinkType::kRaw);
    const Bytes whole = udp_frame(64);
    const Bytes packet(whole.begin() + 14, whole.end());
    const auto written = ::write(tunnel.get(), packet.data(), packet.size());
    ASSERT_EQ(written, static_cast<ssize_t>(packet.size()));
    const std::vector<Seen> seen = read_frames(group.rings()[0], 1);
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].bytes, packet);
    EXPECT_EQ(seen[0].frame.link_type, LinkType::kRaw);
}

// A tap device that says it is what an access point's interface is in monitor mode.
TEST_F(LiveRing, ReadsRadiotapFromMonitorMode) {
    const FileDescriptor tap(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
    if (!tap) {
        GTEST_SKIP() << "/dev/net/tun cannot be opened";
    }
    ifreq request{};
    std::string("m0").copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    ASSERT_EQ(::ioctl(tap.get(), TUNSETIFF, &request), 0);
    ASSERT_EQ(::ioctl(tap.get(), TUNSETLINK, ARPHRD_IEEE80211_RADIOTAP), 0);
    ASSERT_TRUE(test::run_ip("link set m0 up"));
    CaptureOptions monitor = options();
    monitor.interface = "m0";
    monitor.bpf_filter = "udp port 53";
    RingGroup group = started(monitor);
    EXPECT_EQ(group.link_type(), LinkType::kRadiotap);
    const Bytes ip = ip_packet({}, udp_datagram(1000, 53, Bytes(64)));
    const Bytes other = ip_packet({}, udp_datagram(1000, 54, Bytes(64)));
    const Bytes frame = radiotap({.time_stamp = true}, wireless_frame({.qos = true}, ip));
    for (const Bytes& bytes : {radiotap({}, wireless_frame({}, other)), frame}) {
        const auto written = ::write(tap.get(), bytes.data(), bytes.size());
        ASSERT_EQ(written, static_cast<ssize_t>(bytes.size()));
    }
    const std::vector<Seen> seen = read_frames(group.rings()[0], 1);
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].bytes, frame);
    EXPECT_EQ(seen[0].frame.link_type, LinkType::kRadiotap);
}

TEST_F(LiveRing, TellsWhichOffloadsFalsifySizes) {
    const RingGeometry reduced = {.block_bytes = 64 * 1024, .block_count = 2, .note = "reduced"};
    const RingGroup with_offloads = started(options(), reduced);
    ASSERT_EQ(with_offloads.notes().size(), 2U);
    EXPECT_EQ(with_offloads.notes()[0], "c0: reduced");
    EXPECT_NE(with_offloads.notes()[1].find("ethtool -K c0 "), std::string::npos);
    EXPECT_NE(with_offloads.notes()[1].find("tso off"), std::string::npos);
    EXPECT_NE(with_offloads.notes()[1].find("tx-udp-segmentation off"), std::string::npos);
}

// The kernel's receive half runs on the CPU that sends, so the ring is known.
TEST_F(LiveRing, SpreadsByCpuWhenAsked) {
    CaptureOptions two = options();
    two.workers = 2;
    two.fanout = FanoutMode::kCpu;
    RingGroup group = started(two);
    const std::vector<std::uint32_t> allowed = allowed_cpus();
    for (const std::uint32_t cpu : allowed) {
        SCOPED_TRACE(cpu);
        std::jthread([&] {
            ASSERT_TRUE(apply_placement({.cpu = cpu, .memory_node = std::nullopt}));
            send(udp_frame(9), 10);
        }).join();
        EXPECT_EQ(read_frames(group.rings()[cpu % 2], 10).size(), 10U);
        EXPECT_EQ(group.rings()[(cpu + 1) % 2].peek(), nullptr);
    }
}

TEST_F(LiveRing, PollsBusilyWhenAsked) {
    const auto time_of = [](RingSource& ring) {
        int microseconds = -1;
        socklen_t size = sizeof(microseconds);
        const int status =
            ::getsockopt(ring.descriptor(), SOL_SOCKET, SO_BUSY_POLL, &microseconds, &size);
        return status == 0 ? microseconds : -1;
    };
    CaptureOptions two = options();
    two.workers = 2;
    two.busy_poll = std::chrono::microseconds(50);
    RingGroup busy = started(two);
    EXPECT_EQ(time_of(busy.rings()[0]), 50);
    EXPECT_EQ(time_of(busy.rings()[1]), 50);
    send(udp_frame(9), 10);
    EXPECT_EQ(count_arrivals(busy, 10), 10U);
}

// The kernel takes a ring's pages by the policy of the thread, which gets its own back.
TEST_F(LiveRing, PrefersTheMemoryOfANode) {
    const auto policy = [] {
        int mode = -1;
        ::syscall(SYS_get_mempolicy, &mode, nullptr, 0, nullptr, 0);
        return mode;
    };
    const int before = policy();
    if (before < 0) {
        GTEST_SKIP() << "the kernel has no NUMA";
    }
    CaptureOptions placed = options();
    const auto mentions_node = [](const RingGroup& group) {
        return std::ranges::any_of(group.notes(), [](const std::string& note) {
            return note.find("NUMA node") != std::string::npos;
        });
    };
    placed.memory_node = 0;
    EXPECT_FALSE(mentions_node(started(placed)));
    EXPECT_EQ(policy(), before);
    placed.memory_node = 1000;  // a note, and the capture goes on
    RingGroup elsewhere = started(placed);
    EXPECT_TRUE(mentions_node(elsewhere));
    send(udp_frame(9), 10);
    EXPECT_EQ(count_arrivals(elsewhere, 10), 10U);
}

TEST_F(LiveRing, RefusesWhatCannotBe) {
    struct Row {
        const char* expected;
        void (*change)(CaptureOptions&);
    };
    const Row rows[] = {
        {"no interface nope; known: lo, ",
         [](CaptureOptions& o) {
             o.interface = "nope";
         }},
        {"filter \"bad (\": ",
         [](CaptureOptions& o) {
             o.bpf_filter = "bad (";
         }},
        {"workers",
         [](CaptureOptions& o) {
             o.workers = 0;
         }},
        {"workers",
         [](CaptureOptions& o) {
             o.workers = kRingWorkersMax + 1;
         }},
        {"busy_poll",
         [](CaptureOptions& o) {
             o.busy_poll = std::chrono::seconds(2);
         }},
        {"ring_retire",
         [](CaptureOptions& o) {
             o.ring_retire = milliseconds(0);
         }},
    };
    for (const Row& row : rows) {
        CaptureOptions changed = options();
        row.change(changed);
        Result<RingGroup> group = RingGroup::open(changed, kSmallRing);
        ASSERT_FALSE(group) << row.expected;
        EXPECT_EQ(group.error().kind, ErrorKind::kUsage);
        EXPECT_NE(group.error().message.find(row.expected), std::string::npos)
            << group.error().message;
    }
    // 0 blocks would be "ok" to the kernel.
    EXPECT_FALSE(
        RingGroup::open(options(), {.block_bytes = 64 * 1024, .block_count = 0, .note = {}})
    );
}

}  // namespace
}  // namespace flowgauge
