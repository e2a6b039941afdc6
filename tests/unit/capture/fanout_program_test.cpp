// The program is run by the kernel, on real fanout groups: what matters is what it sees there.
#include "capture/fanout_program.h"

#include "capture/ring_group.h"
#include "core/packet/steering.h"
#include "tests/support/network_namespace.h"
#include "tests/support/packet_builder.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

using test::Bytes;

constexpr std::uint16_t kIpv4 = 0x0800;
constexpr std::uint16_t kIpv6 = 0x86DD;
constexpr std::uint16_t kVlan = 0x8100;
constexpr std::uint16_t kQinQ = 0x88A8;
constexpr std::uint16_t kMoreFragments = 0x2000;

// A frame to send. Its last four bytes number it, so that it is known again where it arrives.
struct Sent {
    std::string what;
    Bytes frame;
    std::optional<std::pair<IpAddress, IpAddress>> received_by;     // owner's pair, or worker 0
    std::optional<std::pair<IpAddress, IpAddress>> transmitted_by;  // the same on the sending end
};

IpAddress address(const std::string& text) {
    std::array<std::uint8_t, 16> bytes{};
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
        return ipv4_address(bytes.data());
    }
    EXPECT_EQ(::inet_pton(AF_INET6, text.c_str(), bytes.data()), 1) << text;
    return ipv6_address(bytes.data());
}

Bytes number(std::size_t serial) {
    Bytes bytes;
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<std::uint8_t>(serial >> shift));
    }
    return bytes;
}

std::uint32_t number_of(const Frame& frame) {
    return load_be32(frame.bytes.data() + frame.bytes.size() - 4);
}

// The frames of a test, each numbered by its place.
class Traffic {
public:
    void add_ip(const std::string& what, const test::IpPacket& header) {
        const auto pair = std::pair(address(header.source), address(header.destination));
        const std::uint16_t type = header.source.find(':') == std::string::npos ? kIpv4 : kIpv6;
        sent_.push_back({what, test::ethernet_frame(type, packet(header)), pair, pair});
    }

    // The kernel takes one tag out on receive, and the program sees what is behind it. On transmit
    // a tag in the bytes stays, and hides the addresses.
    void add_tagged(const std::string& what, const test::IpPacket& header, std::uint16_t tci) {
        add_ip(what, header);
        sent_.back().frame = test::with_tag(sent_.back().frame, kVlan, tci);
        sent_.back().transmitted_by.reset();
    }

    void add_double_tagged(
        const std::string& what, const test::IpPacket& header, std::uint16_t tci
    ) {
        add_tagged(what, header, tci);
        sent_.back().frame = test::with_tag(sent_.back().frame, kQinQ, 100);
        sent_.back().received_by.reset();
    }

    void add_unsteered(const std::string& what, std::uint16_t ether_type, Bytes payload) {
        const Bytes serial = number(sent_.size());
        payload.insert(payload.end(), serial.begin(), serial.end());
        sent_.push_back(
            {what, test::ethernet_frame(ether_type, payload), std::nullopt, std::nullopt}
        );
    }

    [[nodiscard]] const std::vector<Sent>& all() const { return sent_; }

private:
    [[nodiscard]] Bytes packet(const test::IpPacket& header) const {
        const Bytes serial = number(sent_.size());
        const bool is_first = (header.fragment_field & 0x1FFF) == 0;
        return test::ip_packet(header, is_first ? test::udp_datagram(1000, 53, serial) : serial);
    }

    std::vector<Sent> sent_;
};

void add_flows(Traffic& traffic) {
    for (int host = 1; host <= 24; ++host) {
        const std::string v4 = "10.0.0." + std::to_string(host);
        const std::string v6 = "2001:db8::" + std::to_string(host);
        traffic.add_ip("IPv4 out", {.source = v4, .destination = "192.0.2.77"});
        traffic.add_ip("IPv4 back", {.source = "192.0.2.77", .destination = v4});
        traffic.add_ip("IPv6 out", {.source = v6, .destination = "2001:db8:ffff:1:2:3:4:5"});
        traffic.add_ip("IPv6 back", {.source = "2001:db8:ffff:1:2:3:4:5", .destination = v6});
        traffic.add_ip("protocol 50", {.source = v4, .destination = "192.0.2.77", .protocol = 50});
    }
}

void add_fragments(Traffic& traffic) {
    for (int host = 1; host <= 12; ++host) {
        const std::string source = "10.9.0." + std::to_string(host);
        for (const std::uint16_t field :
             {kMoreFragments, std::uint16_t{0x2001}, std::uint16_t{2}}) {
            traffic.add_ip(
                "fragment",
                {.source = source, .destination = "198.51.100.9", .fragment_field = field}
            );
        }
    }
}

// Priorities 2 and 3 make the tag begin with 4 and 6, like an IP header.
void add_tags(Traffic& traffic) {
    for (int host = 1; host <= 12; ++host) {
        const test::IpPacket v4 = {
            .source = "10.7.0." + std::to_string(host), .destination = "203.0.113.5"};
        const test::IpPacket v6 = {
            .source = "2001:db8:7::" + std::to_string(host), .destination = "2001:db8::5"};
        for (const unsigned int priority : {0U, 2U, 3U}) {
            const auto tci = static_cast<std::uint16_t>(priority << 13 | 10);
            traffic.add_tagged("802.1Q IPv4", v4, tci);
            traffic.add_tagged("802.1Q IPv6", v6, tci);
            traffic.add_double_tagged("QinQ IPv4", v4, tci);
            traffic.add_double_tagged("QinQ IPv6", v6, tci);
        }
    }
}

void add_others(Traffic& traffic) {
    const Bytes ip = test::ip_packet({.source = "10.0.0.1", .destination = "10.0.0.2"}, Bytes(8));
    Bytes mpls = {0, 0x01, 0x01, 0x40};
    mpls.insert(mpls.end(), ip.begin(), ip.end());
    traffic.add_unsteered("ARP", 0x0806, Bytes(28, 7));
    traffic.add_unsteered("MPLS", 0x8847, mpls);
    traffic.add_unsteered("PPPoE", 0x8864, Bytes(40, 9));
    traffic.add_unsteered("IPv4 cut in its addresses", kIpv4, {ip.begin(), ip.begin() + 12});
    traffic.add_unsteered("IPv6 cut in its addresses", kIpv6, Bytes(30, 0x60));
    traffic.add_unsteered("802.3", 60, Bytes(60, 0x45));
}

RingGroup open_group(const std::string& interface, std::uint32_t workers) {
    const RingGeometry small = {.block_bytes = 64 * 1024, .block_count = 8, .note = {}};
    Result<RingGroup> group = RingGroup::open(
        {.interface = interface,
         .bpf_filter = {},
         .ring_retire = std::chrono::milliseconds(10),
         .workers = workers},
        small
    );
    EXPECT_TRUE(group) << (group ? "" : group.error().message);
    const auto started = group.value().start();
    EXPECT_TRUE(started);
    return std::move(group).value();
}

// Serial number of each frame that arrives -> index of the ring. Ends with all of them or in 10 s.
std::map<std::uint32_t, std::size_t> arrivals(RingGroup& group, std::size_t expected) {
    std::map<std::uint32_t, std::size_t> ring_of;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (ring_of.size() < expected && std::chrono::steady_clock::now() < deadline) {
        for (std::size_t i = 0; i < group.rings().size(); ++i) {
            RingSource& ring = group.rings()[i];
            ring.wait(std::chrono::milliseconds(5));
            while (const Frame* frame = ring.peek()) {
                EXPECT_TRUE(ring_of.emplace(number_of(*frame), i).second) << "arrived twice";
                ring.pop();
            }
        }
    }
    return ring_of;
}

void expect_owners(
    const std::map<std::uint32_t, std::size_t>& ring_of,
    const std::vector<Sent>& sent,
    std::optional<std::pair<IpAddress, IpAddress>> Sent::*pair,
    std::uint32_t workers
) {
    ASSERT_EQ(ring_of.size(), sent.size());
    for (std::uint32_t i = 0; i < sent.size(); ++i) {
        const auto& addresses = sent[i].*pair;
        const std::uint32_t expected =
            addresses ? owner(addresses->first, addresses->second, workers) : kUnsteeredWorker;
        const auto found = ring_of.find(i);
        ASSERT_NE(found, ring_of.end()) << sent[i].what;
        EXPECT_EQ(found->second, expected) << sent[i].what << ", frame " << i;
    }
}

class FanoutProgram : public ::testing::TestWithParam<std::uint32_t> {
protected:
    void SetUp() override {
        Result<test::NetworkNamespace> network = test::NetworkNamespace::enter();
        if (!network) {
            GTEST_SKIP() << network.error().message;
        }
        network_.emplace(std::move(network).value());
        const auto added = test::add_veth_pair();
        ASSERT_TRUE(added);
    }

    std::optional<test::NetworkNamespace> network_;
};

TEST_P(FanoutProgram, SendsEachPacketToItsOwner) {
    Traffic traffic;
    add_flows(traffic);
    add_fragments(traffic);
    add_tags(traffic);
    add_others(traffic);

    RingGroup receiving = open_group(test::kReceivingEnd, GetParam());
    RingGroup transmitting = open_group(test::kSendingEnd, GetParam());
    Result<test::FrameSender> sender = test::FrameSender::open(test::kSendingEnd);
    ASSERT_TRUE(sender);
    for (const Sent& packet : traffic.all()) {
        ASSERT_TRUE(sender.value().send(packet.frame)) << packet.what;
    }

    const std::size_t count = traffic.all().size();
    {
        SCOPED_TRACE("received");
        const auto ring_of = arrivals(receiving, count);
        expect_owners(ring_of, traffic.all(), &Sent::received_by, GetParam());
    }
    {
        SCOPED_TRACE("transmitted");
        const auto ring_of = arrivals(transmitting, count);
        expect_owners(ring_of, traffic.all(), &Sent::transmitted_by, GetParam());
    }
}

INSTANTIATE_TEST_SUITE_P(Workers, FanoutProgram, ::testing::Values(1U, 2U, 3U, 4U));

// The program fits what the kernel takes (BPF_MAXINSNS), and its jumps fit a byte.
TEST(FanoutProgramText, IsShort) {
    EXPECT_LT(fanout_program().size(), 128U);
}

}  // namespace
}  // namespace flowgauge
