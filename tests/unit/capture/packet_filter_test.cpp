#include "capture/packet_filter.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::uint32_t kSnapshotBytes = 65'535;

// IPv4, UDP from 10.0.0.1 port 5000 to 10.0.0.2 port 53, no payload.
std::vector<std::uint8_t> udp_packet() {
    return {0x45, 0,    0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,  // the addresses
            0x13, 0x88, 0, 53, 0, 8, 0, 0};
}

std::vector<std::uint8_t> with_link_header(LinkType type) {
    std::vector<std::uint8_t> bytes;
    if (type == LinkType::kEthernet) {
        bytes = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00};
    } else if (type == LinkType::kLinuxCooked) {
        bytes = {0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x08, 0x00};
    } else if (type == LinkType::kNull) {
        bytes = {2, 0, 0, 0};
    } else if (type == LinkType::kLinuxCooked2) {
        bytes = {0x08, 0x00, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0};
    } else if (type == LinkType::kWireless || type == LinkType::kRadiotap) {
        bytes.resize(type == LinkType::kRadiotap ? 8 + 24 : 24);
        bytes[bytes.size() - 24] = 0x08;  // a data frame
        bytes[2] = type == LinkType::kRadiotap ? 8 : 0;
        bytes.insert(bytes.end(), {0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00});
    }
    const std::vector<std::uint8_t> packet = udp_packet();
    bytes.insert(bytes.end(), packet.begin(), packet.end());
    return bytes;
}

TEST(PacketFilter, DecidesAsTcpdumpDoes) {
    struct Row {
        const char* text;
        bool matches;
    };
    const Row rows[] = {
        {"", true},
        {"udp", true},
        {"tcp", false},
        {"udp port 53 and src host 10.0.0.1", true},
        {"udp port 54", false},
        {"net 10.0.0.0/8", true},
        {"not ip6", true},
        {"greater 1000", false},
    };
    for (const LinkType type :
         {LinkType::kEthernet,
          LinkType::kLinuxCooked,
          LinkType::kLinuxCooked2,
          LinkType::kWireless,
          LinkType::kRadiotap,
          LinkType::kNull,
          LinkType::kRaw,
          LinkType::kRawBsd,
          LinkType::kRawOpenBsd,
          LinkType::kIpv4}) {
        const std::vector<std::uint8_t> bytes = with_link_header(type);
        Frame frame;
        frame.bytes = bytes;
        frame.wire_bytes = static_cast<std::uint32_t>(bytes.size());
        frame.link_type = type;
        for (const Row& row : rows) {
            SCOPED_TRACE(to_string(type) + ": " + row.text);
            auto filter = PacketFilter::compile(row.text, type, kSnapshotBytes);
            ASSERT_TRUE(filter.has_value()) << filter.error().message;
            EXPECT_EQ(filter.value().matches(frame), row.matches);
        }
    }
}

TEST(PacketFilter, SeesTheWireLengthAndNoByteBeyondTheCapture) {
    const std::vector<std::uint8_t> bytes = with_link_header(LinkType::kEthernet);
    Frame frame;
    frame.bytes = std::span(bytes).first(20);
    frame.wire_bytes = 1'500;
    auto length = PacketFilter::compile("greater 1000", LinkType::kEthernet, kSnapshotBytes);
    auto port = PacketFilter::compile("udp port 53", LinkType::kEthernet, kSnapshotBytes);
    ASSERT_TRUE(length.has_value());
    ASSERT_TRUE(port.has_value());
    EXPECT_TRUE(length.value().matches(frame));
    EXPECT_FALSE(port.value().matches(frame));
}

TEST(PacketFilter, TakesAnySnapshotLength) {
    const std::vector<std::uint8_t> bytes = with_link_header(LinkType::kEthernet);
    Frame frame;
    frame.bytes = bytes;
    for (const std::uint32_t snapshot_bytes : {0U, 1U, 262'144U, 0xFFFFFFFFU}) {
        auto filter = PacketFilter::compile("udp", LinkType::kEthernet, snapshot_bytes);
        ASSERT_TRUE(filter.has_value()) << filter.error().message;
        EXPECT_TRUE(filter.value().matches(frame));
    }
}

TEST(PacketFilter, ReportsWhatLibpcapSays) {
    struct Row {
        const char* text;
        LinkType link_type;
        const char* message;
    };
    const Row rows[] = {
        {"udp port",
         LinkType::kEthernet,
         "filter \"udp port\": can't parse filter expression: syntax error"},
        {"host 300.1.1.1.1", LinkType::kEthernet, "filter \"host 300.1.1.1.1\": "},
        {"ip and ip6",
         LinkType::kEthernet,
         "filter \"ip and ip6\": expression rejects all packets"},
        {"udp",
         static_cast<LinkType>(147),
         "filter \"udp\": DLT 147 link-layer type filtering not implemented"},
    };
    for (const Row& row : rows) {
        auto filter = PacketFilter::compile(row.text, row.link_type, kSnapshotBytes);
        ASSERT_FALSE(filter.has_value()) << row.text;
        EXPECT_EQ(filter.error().kind, ErrorKind::kUsage);
        EXPECT_EQ(filter.error().message.find(row.message), 0U) << filter.error().message;
    }
}

}  // namespace
}  // namespace flowgauge
