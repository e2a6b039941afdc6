#include "core/dpi/ndpi_module.h"

#include "tests/unit/core/dpi/dissection_packets.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace flowgauge {
namespace {

using test::Bytes;
using test::udp_wire;

constexpr const char* kA = "10.0.0.1:40000";
constexpr const char* kB = "10.0.0.2:443";

struct Case {
    const char* reason;
    Bytes ip;
    std::uint8_t ip_version;
    std::uint8_t protocol;
    bool admitted;
};

// A whole IPv4 packet of `transport`, with the header fields as they should be.
Bytes ipv4(std::uint8_t protocol, const Bytes& transport) {
    Packet packet = test::udp_packet(kA, kB);
    packet.protocol = protocol;
    return test::ipv4_bytes(packet, transport);
}

Bytes tcp_header(std::uint8_t data_offset, std::size_t bytes) {
    Bytes header(bytes, 0);
    if (bytes > 12) {
        header[12] = static_cast<std::uint8_t>(data_offset << 4);
    }
    return header;
}

Bytes changed(Bytes bytes, std::size_t at, std::uint8_t value) {
    bytes[at] = value;
    return bytes;
}

Bytes cut(Bytes bytes, std::size_t length) {
    bytes.resize(length);
    return bytes;
}

Bytes ipv6(std::uint8_t next_header, const Bytes& payload) {
    Bytes bytes{0x60, 0, 0, 0};
    test::put_be16(bytes, payload.size());
    bytes.insert(bytes.end(), {next_header, 64});
    bytes.resize(40, 1);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
}

Bytes with_hop_by_hop(std::uint8_t next_header, const Bytes& transport) {
    Bytes payload{next_header, 0, 1, 4, 0, 0, 0, 0};
    payload.insert(payload.end(), transport.begin(), transport.end());
    return payload;
}

std::vector<Case> ipv4_cases() {
    const Bytes udp = ipv4(17, Bytes(9));
    const Bytes tcp = ipv4(6, tcp_header(5, 20));
    return {
        {"UDP with payload", udp, 4, 17, true},
        {"crash a: UDP header cut to 4 bytes", ipv4(17, Bytes(4)), 4, 17, false},
        {"UDP header cut to 7 bytes", ipv4(17, Bytes(7)), 4, 17, false},
        {"crash b: UDP without payload", ipv4(17, Bytes(8)), 4, 17, false},
        {"TCP, bare header", tcp, 4, 6, true},
        {"crash c: TCP header cut to 19 bytes", ipv4(6, tcp_header(4, 19)), 4, 6, false},
        {"crash c: TCP data offset behind the segment", ipv4(6, tcp_header(6, 20)), 4, 6, false},
        {"TCP data offset below 5, which nDPI reads", ipv4(6, tcp_header(4, 20)), 4, 6, true},
        {"TCP with options", ipv4(6, tcp_header(15, 60)), 4, 6, true},
        {"crash d: UDP given to a TCP flow", udp, 4, 6, false},
        {"TCP given to a UDP flow", tcp, 4, 17, false},
        {"another version than the flow's", udp, 6, 17, false},
        {"version nibble 5", changed(udp, 0, 0x55), 4, 17, false},
        {"header length below 20", changed(udp, 0, 0x44), 4, 17, false},
        {"header length behind the packet", changed(udp, 0, 0x4f), 4, 17, false},
        {"total length beyond the capture", changed(udp, 3, 30), 4, 17, false},
        {"total length below the header", changed(udp, 3, 19), 4, 17, false},
        {"padding behind the packet", cut(udp, 46), 4, 17, true},
        {"later fragment", changed(udp, 7, 1), 4, 17, false},
        {"later fragment, far", changed(udp, 6, 0x10), 4, 17, false},
        {"first fragment", changed(udp, 6, 0x20), 4, 17, true},
        {"19 bytes", cut(udp, 19), 4, 17, false},
        {"nothing", {}, 4, 17, false},
        {"65535 bytes", cut(udp, 65535), 4, 17, true},
        {"more than an IP packet", cut(udp, 65536), 4, 17, false},
        {"ICMP", ipv4(1, Bytes(8)), 4, 1, true},
        {"ICMP without a byte", ipv4(1, {}), 4, 1, true},
    };
}

std::vector<Case> ipv6_cases() {
    const Bytes udp = ipv6(17, Bytes(9));
    return {
        {"UDP", udp, 6, 17, true},
        {"UDP without payload", ipv6(17, Bytes(8)), 6, 17, false},
        {"UDP header cut", ipv6(17, Bytes(4)), 6, 17, false},
        {"UDP behind hop-by-hop options", ipv6(0, with_hop_by_hop(17, Bytes(9))), 6, 17, true},
        {"the same without payload", ipv6(0, with_hop_by_hop(17, Bytes(8))), 6, 17, false},
        {"the same given to a TCP flow", ipv6(0, with_hop_by_hop(17, Bytes(30))), 6, 6, false},
        {"hop-by-hop options cut", ipv6(0, Bytes(4)), 6, 17, false},
        {"hop-by-hop options longer than the packet",
         changed(ipv6(0, with_hop_by_hop(17, Bytes(9))), 41, 200),
         6,
         17,
         false},
        {"TCP data offset behind the segment", ipv6(6, tcp_header(6, 20)), 6, 6, false},
        {"payload length beyond the capture", changed(udp, 5, 10), 6, 17, false},
        {"39 bytes", cut(udp, 39), 6, 17, false},
        {"header alone", cut(udp, 40), 6, 17, false},
        {"another version than the flow's", udp, 4, 17, false},
    };
}

void expect_admission(const std::vector<Case>& cases) {
    for (const Case& row : cases) {
        EXPECT_EQ(NdpiModule::admits(row.ip, row.ip_version, row.protocol), row.admitted)
            << row.reason;
    }
}

TEST(NdpiModule, AdmitsOnlyIpv4PacketsThatCannotHarmIt) {
    expect_admission(ipv4_cases());
}

TEST(NdpiModule, AdmitsOnlyIpv6PacketsThatCannotHarmIt) {
    expect_admission(ipv6_cases());
}

Application found(std::uint16_t master, std::uint16_t app, std::uint16_t category = 0) {
    Application application;
    application.master = master;
    application.app = app;
    application.category = category;
    return application;
}

TEST(NdpiModule, NamesProtocolsAndCategories) {
    Result<NdpiModule> module = NdpiModule::open({});
    ASSERT_TRUE(module.has_value());
    const auto names = module.value().names();
    EXPECT_EQ(names->application({}), "Unknown");
    EXPECT_EQ(names->category({}), "Unspecified");
    EXPECT_EQ(names->application(found(0, 5)), "DNS");
    EXPECT_EQ(names->application(found(5, 5)), "DNS");
    EXPECT_EQ(names->application(found(5, 0)), "DNS");
    EXPECT_EQ(names->application(found(5, 126)), "DNS.Google");
    EXPECT_EQ(names->protocol(found(5, 126)), "Google");
    EXPECT_EQ(names->application(found(0, 65535)), "Unknown");
    EXPECT_EQ(names->category(found(0, 0, 65535)), "Unspecified");
}

// Whoever splits the text at the separator gets the names.
TEST(NdpiModule, NamesEachRiskWithoutTheSeparator) {
    Result<NdpiModule> module = NdpiModule::open({});
    ASSERT_TRUE(module.has_value());
    const auto names = module.value().names();
    std::set<std::string> seen;
    for (int risk = 1; risk < 42; ++risk) {  // nDPI 4.2 knows 41
        Application application;
        application.risks = std::uint64_t{1} << risk;
        const std::string name = names->risks(application);
        EXPECT_GT(name.size(), 3U) << risk;
        EXPECT_EQ(name.find('|'), std::string::npos) << name;
        EXPECT_TRUE(seen.insert(name).second) << name;
    }
    EXPECT_TRUE(seen.contains("Obsolete TLS Version (1.1 or older)"));
}

TEST(NdpiModule, SaysItsVersion) {
    EXPECT_TRUE(NdpiModule::version().starts_with("4.")) << NdpiModule::version();
}

TEST(NdpiModule, FailsToOpenWithAFileThatIsNotThere) {
    for (const bool protocols : {true, false}) {
        DissectionOptions options;
        (protocols ? options.protocols_file : options.categories_file) = "/nonexistent/ndpi.txt";
        Result<NdpiModule> module = NdpiModule::open(options);
        ASSERT_FALSE(module.has_value());
        EXPECT_EQ(module.error().kind, ErrorKind::kUsage);
        EXPECT_NE(module.error().message.find("/nonexistent/ndpi.txt"), std::string::npos);
    }
}

TEST(NdpiModule, KnowsTheProtocolsOfAFile) {
    const std::string path = ::testing::TempDir() + "flowgauge_protocols.txt";
    std::ofstream(path) << "host:\"flowgauge.test\"@Flowgauge\n";
    DissectionOptions options;
    options.protocols_file = path;
    test::DissectingShard shard(options);
    shard.add(udp_wire("10.0.0.1:4000", "10.0.0.2:53", test::dns_query("www.flowgauge.test")));
    EXPECT_EQ(shard.names()->application(shard.finish()), "DNS.Flowgauge");
}

TEST(NdpiModule, OpensAndClosesOnSeveralThreadsAtOnce) {
    constexpr int kThreads = 4;
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([] {
            for (int round = 0; round < 3; ++round) {
                test::DissectingShard shard({});
                shard.add(
                    udp_wire("10.0.0.1:4000", "10.0.0.2:53", test::dns_query("www.example.org"))
                );
                EXPECT_EQ(shard.names()->application(shard.finish()), "DNS");
            }
        });
    }
}

}  // namespace
}  // namespace flowgauge
