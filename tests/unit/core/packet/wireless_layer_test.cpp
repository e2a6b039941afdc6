#include "core/packet/wireless_layer.h"

#include "tests/unit/core/packet/decoding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

struct Row {
    const char* why;
    Bytes bytes;
    std::string seen;
};

void expect_rows(LinkType link_type, const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        EXPECT_EQ(summary(decode_bytes(row.bytes, link_type)), row.seen) << row.why;
    }
}

MacAddress address_ending_in(std::uint8_t last) {
    return {2, 0, 0, 0, 1, last};
}

TEST(Wireless, OpensDataFrames) {
    const WirelessFrame tagged{.ether_type = kEtherVlan};
    expect_rows(
        LinkType::kWireless,
        {
            {"to the access point", wireless_frame({}, kFourUdp), kFourSeen},
            {"from it", wireless_frame({.ways = 2}, kFourUdp), kFourSeen},
            {"between stations", wireless_frame({.ways = 0}, kFourUdp), kFourSeen},
            {"between access points",
             wireless_frame({.four_addresses = true}, kFourUdp),
             kFourSeen},
            {"QoS", wireless_frame({.qos = true}, kFourUdp), kFourSeen},
            {"QoS, four addresses",
             wireless_frame({.qos = true, .four_addresses = true}, kFourUdp),
             kFourSeen},
            {"QoS and HT control",
             wireless_frame({.qos = true, .flags = 0x80}, kFourUdp),
             kFourSeen},
            {"order without QoS", wireless_frame({.flags = 0x80}, kFourUdp), kFourSeen},
            {"retry, power, more data", wireless_frame({.flags = 0x38}, kFourUdp), kFourSeen},
            {"IPv6", wireless_frame({.ether_type = kEtherIpv6}, kSixUdp), kSixSeen},
            {"tag",
             wireless_frame(tagged, joined({Bytes{0, 9}, be16(kEtherIpv6), kSixUdp})),
             kSixSeen},
            {"ARP", wireless_frame({.ether_type = kEtherArp}, Bytes(28)), "arp"},
            {"another protocol", wireless_frame({.ether_type = 0x888e}, Bytes(28)), "not_ip"},
        }
    );
}

TEST(Wireless, RejectsEverythingElseWithItsReason) {
    Bytes no_snap = wireless_frame({}, kFourUdp);
    no_snap[24] = 0x42;
    expect_rows(
        LinkType::kWireless,
        {
            {"beacon", wireless_frame({.type = 0x80}, kFourUdp), "wireless_control"},
            {"acknowledgement", {0xd4, 0, 0, 0, 2, 0, 0, 0, 0, 1}, "wireless_control"},
            {"extension", wireless_frame({.type = 0x0c}, kFourUdp), "wireless_control"},
            {"null", wireless_frame({.type = 0x48}, kFourUdp), "wireless_control"},
            {"QoS null", wireless_frame({.qos = true, .type = 0x48}, kFourUdp), "wireless_control"},
            {"encrypted", wireless_frame({.flags = 0x40}, kFourUdp), "wireless_encrypted"},
            {"several packets",
             wireless_frame({.qos = true, .qos_control = 0x80}, kFourUdp),
             "wireless_aggregate"},
            {"later fragment", wireless_frame({.fragment = 1}, kFourUdp), "wireless_fragment"},
            {"version 1", wireless_frame({.type = 0x09}, kFourUdp), "not_ip"},
            {"no SNAP", no_snap, "llc"},
            {"one byte", {0x08}, "truncated_link"},
        }
    );
}

TEST(Wireless, TakesSourceAndDestinationWhereTheDirectionPutsThem) {
    struct Ways {
        WirelessFrame frame;
        std::uint8_t source = 0;
        std::uint8_t destination = 0;
    };
    const Ways rows[] = {
        {{.ways = 0}, 0xA, 0xC},
        {{.ways = 1}, 0xA, 0xB},
        {{.ways = 2}, 0xB, 0xC},
        {{.four_addresses = true}, 0xD, 0xB},
    };
    for (const Ways& row : rows) {
        const Bytes bytes = wireless_frame(row.frame, kFourUdp);
        const Packet packet = decode_bytes(bytes, LinkType::kWireless).packet;
        EXPECT_EQ(packet.source_mac, address_ending_in(row.source)) << int{row.frame.ways};
        EXPECT_EQ(packet.destination_mac, address_ending_in(row.destination));
    }
}

TEST(Radiotap, IsAsLongAsItSays) {
    const Bytes frame = wireless_frame({.qos = true}, kFourUdp);
    expect_rows(
        LinkType::kRadiotap,
        {
            {"no fields", radiotap({}, frame), kFourSeen},
            {"flags", radiotap({.flags = std::uint8_t{0}}, frame), kFourSeen},
            {"fields behind",
             radiotap({.flags = std::uint8_t{0}, .more_bytes = 17}, frame),
             kFourSeen},
            {"more than 255 bytes", radiotap({.more_bytes = 300}, frame), kFourSeen},
            {"words of presence", radiotap({.further_words = 3}, frame), kFourSeen},
            {"frame without IP",
             radiotap({}, wireless_frame({.type = 0x80}, {})),
             "wireless_control"},
            {"version 1", joined({Bytes{1, 0, 8, 0, 0, 0, 0, 0}, frame}), "link_type"},
            {"shorter than itself", joined({Bytes{0, 0, 7, 0, 0, 0, 0, 0}, frame}), "link_type"},
            {"longer than the frame",
             joined({Bytes{0, 0, 0, 9, 0, 0, 0, 0}, frame}),
             "truncated_link"},
            {"cut", {0, 0, 8, 0, 0, 0, 0}, "truncated_link"},
        }
    );
}

// Wherever the field stands: at once, behind the time stamp, behind further words of presence.
TEST(Radiotap, ObeysItsFlags) {
    const Bytes padded = [] {
        Bytes frame = wireless_frame({.qos = true}, kFourUdp);
        frame.insert(frame.begin() + 26, 2, std::uint8_t{0});
        return frame;
    }();
    const Bytes frame = wireless_frame({.qos = true}, kFourUdp);
    for (const bool time_stamp : {false, true}) {
        for (const std::size_t words : {0U, 1U, 2U}) {
            const auto with_flags = [&](std::uint8_t flags, const Bytes& bytes) {
                return radiotap(
                    {.flags = flags, .time_stamp = time_stamp, .further_words = words}, bytes
                );
            };
            expect_rows(
                LinkType::kRadiotap,
                {
                    {"damaged", with_flags(0x40, frame), "wireless_damaged"},
                    {"damaged, checksum", with_flags(0x50, frame), "wireless_damaged"},
                    {"padded header", with_flags(0x20, padded), kFourSeen},
                    {"padded header that is not", with_flags(0x00, padded), "llc"},
                }
            );
        }
    }
    // A field that the header has no room for is not there: the first byte behind it, of a frame
    // that also polls (0xa8), would say "padded".
    const Bytes lying = {0, 0, 8, 0, 2, 0, 0, 0};
    const Bytes polling = wireless_frame({.qos = true, .type = 0x28}, kFourUdp);
    expect_rows(LinkType::kRadiotap, {{"no room", joined({lying, polling}), kFourSeen}});
}

// Only an offloaded packet shows it, since its length is that of the frame.
TEST(Radiotap, TakesTheChecksumOffTheFrame) {
    const Bytes offloaded = ip_packet({.protocol = 6, .length = 0}, tcp_segment({}, pattern(100)));
    const Bytes frame = joined({wireless_frame({}, offloaded), Bytes(4, 0xcc)});
    const Bytes with_checksum = radiotap({.flags = std::uint8_t{0x10}}, frame);
    const Packet packet = decode_bytes(with_checksum, LinkType::kRadiotap).packet;
    EXPECT_EQ(packet.ip_bytes, 140U);
    EXPECT_EQ(packet.frame_bytes, with_checksum.size());
    HeapFrame whole(with_checksum, LinkType::kRadiotap);
    EXPECT_EQ(decode(whole).packet.ip.size(), 140U);
    const Bytes without = radiotap({.flags = std::uint8_t{0}}, frame);
    EXPECT_EQ(decode_bytes(without, LinkType::kRadiotap).packet.ip_bytes, 144U);
}

}  // namespace
}  // namespace flowgauge::test
