#include "core/dpi/dissection_observer.h"

#include "capture/capture_file.h"
#include "core/flow/packet_clock.h"
#include "core/packet/intake.h"
#include "tests/unit/core/dpi/dissection_packets.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace flowgauge {
namespace {

using test::DissectingShard;
using test::dns_query;
using test::tcp_wire;
using test::udp_wire;
using test::WirePacket;

constexpr const char* kClient = "10.0.0.1:40000";
constexpr const char* kServer = "10.0.0.2:53";
constexpr const char* kWeb = "10.0.0.2:80";

DissectionOptions limited_to(std::uint32_t packets) {
    DissectionOptions options;
    options.limits = {.tcp = packets, .udp = packets, .other = packets};
    return options;
}

DissectionOptions guessing(bool guess) {
    DissectionOptions options;
    options.guess = guess;
    return options;
}

void add_http(DissectingShard& shard, std::string_view user_agent) {
    shard.add(tcp_wire(kClient, kWeb, kTcpSyn, 0, ""));
    shard.add(tcp_wire(kWeb, kClient, kTcpSyn | kTcpAck, 0, ""));
    shard.add(tcp_wire(kClient, kWeb, kTcpAck, 1, ""));
    const std::string request =
        "GET / HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: " + std::string(user_agent) +
        "\r\nAccept: */*\r\n\r\n";
    shard.add(tcp_wire(kClient, kWeb, kTcpAck | kTcpPsh, 1, request));
}

TEST(DissectionObserver, NamesADnsQueryAndItsHost) {
    DissectingShard shard({});
    shard.add(udp_wire(kClient, kServer, dns_query("www.example.org")));
    const Application& found = shard.finish();
    EXPECT_EQ(shard.names()->application(found), "DNS");
    EXPECT_EQ(shard.names()->category(found), "Network");
    EXPECT_EQ(found.confidence, Confidence::kDissected);
    EXPECT_FALSE(found.guessed);
    ASSERT_NE(found.metadata, nullptr);
    EXPECT_EQ(found.metadata->requested_server_name, "www.example.org");
}

TEST(DissectionObserver, ReadsTheHeadersOfHttp) {
    DissectingShard shard({});
    add_http(shard, "flowgauge/1.0");
    const Application& found = shard.finish();
    EXPECT_EQ(shard.names()->application(found), "HTTP");
    ASSERT_NE(found.metadata, nullptr);
    EXPECT_EQ(found.metadata->requested_server_name, "www.example.org");
    EXPECT_EQ(found.metadata->user_agent, "flowgauge/1.0");
}

TEST(DissectionObserver, DropsBytesThatAreNotUtf8) {
    struct Row {
        const char* reason;
        std::string_view raw;
        std::string_view clean;
    };
    for (const Row& row :
         {Row{"two, three and four bytes",
              "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z",
              "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z"},
          Row{"a lone continuation", "a\x80z", "az"},
          Row{"a byte of Latin 1", "a\xe9z", "az"},
          Row{"overlong forms", "a\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xafz", "az"},
          Row{"a surrogate", "a\xed\xa0\x80z", "az"},
          Row{"beyond U+10FFFF", "a\xf4\x90\x80\x80z", "az"},
          Row{"the largest code point", "a\xf4\x8f\xbf\xbfz", "a\xf4\x8f\xbf\xbfz"},
          Row{"never used bytes", "a\xfe\xff\xf5z", "az"},
          Row{"a sequence that is cut", "az\xe2\x82", "az"}}) {
        DissectingShard shard({});
        add_http(shard, row.raw);
        const Application& found = shard.finish();
        ASSERT_NE(found.metadata, nullptr) << row.reason;
        EXPECT_EQ(found.metadata->user_agent, row.clean) << row.reason;
    }
}

TEST(DissectionObserver, LeavesUnknownWhatItCannotName) {
    DissectingShard shard(guessing(false));
    for (int i = 0; i < 25; ++i) {
        shard.add(udp_wire("10.0.0.1:40000", "10.0.0.2:40001", "\x01\x02\x03\x04\x05\x06\x07"));
    }
    const Application& found = shard.finish();
    EXPECT_EQ(shard.names()->application(found), "Unknown");
    EXPECT_EQ(shard.names()->category(found), "Unspecified");
    EXPECT_EQ(found.confidence, Confidence::kUnknown);
    EXPECT_FALSE(found.guessed);
    EXPECT_EQ(found.metadata, nullptr);
}

TEST(DissectionObserver, GuessesByPortOnlyWhenAllowed) {
    for (const bool guess : {true, false}) {
        DissectingShard shard(guessing(guess));
        shard.add(tcp_wire("10.0.0.1:40000", "10.0.0.2:443", kTcpSyn, 0, ""));
        const Application& found = shard.finish();
        EXPECT_EQ(shard.names()->application(found), guess ? "TLS" : "Unknown");
        EXPECT_EQ(found.guessed, guess);
        EXPECT_EQ(found.confidence, guess ? Confidence::kByPort : Confidence::kUnknown);
    }
}

// nDPI knows networks by address; that answer has a confidence of its own.
TEST(DissectionObserver, TellsAMatchByAddressFromOneByPort) {
    DissectingShard shard(guessing(true));
    shard.add(tcp_wire("10.0.0.1:40000", "31.13.87.1:443", kTcpSyn, 0, ""));
    const Application& found = shard.finish();
    EXPECT_EQ(shard.names()->application(found), "TLS.Facebook");
    EXPECT_EQ(found.confidence, Confidence::kByIp);
}

TEST(DissectionObserver, StopsAtTheLimitOfTheProtocol) {
    struct Row {
        std::uint32_t limit;
        std::uint64_t dissected;
    };
    for (const Row& row : {Row{1, 1}, Row{2, 2}, Row{20, 20}, Row{kDissectWithoutLimit, 30}}) {
        DissectingShard shard(limited_to(row.limit));
        for (int i = 0; i < 30; ++i) {
            shard.add(udp_wire("10.0.0.1:40000", "10.0.0.2:40001", "\x01\x02\x03\x04\x05\x06\x07"));
        }
        EXPECT_EQ(shard.counters().packets, row.dissected) << row.limit;
        EXPECT_EQ(shard.counters().flows_active, row.limit > 30 ? 1U : 0U) << row.limit;
    }
}

TEST(DissectionObserver, AnswersFromOnePacketWhenLimitedToOne) {
    DissectingShard shard(limited_to(1));
    shard.add(udp_wire(kClient, kServer, dns_query("www.example.org")));
    EXPECT_EQ(shard.counters().flows_active, 0U);
    shard.add(udp_wire(kServer, kClient, dns_query("www.example.org")));
    EXPECT_EQ(shard.counters().packets, 1U);
    const Application& found = shard.finish();
    EXPECT_EQ(shard.names()->application(found), "DNS");
    EXPECT_EQ(found.metadata->requested_server_name, "www.example.org");
}

TEST(DissectionObserver, TakesTheLimitOfTheFlowsProtocol) {
    DissectionOptions options;
    options.limits = {.tcp = 1, .udp = 2, .other = 3};
    DissectingShard shard(options);
    for (int i = 0; i < 5; ++i) {
        shard.add(tcp_wire("10.0.0.1:40000", "10.0.0.2:40001", kTcpAck, 0, "\x01\x02\x03"));
        shard.add(udp_wire("10.0.0.1:40000", "10.0.0.2:40001", "\x01\x02\x03\x04\x05\x06\x07"));
    }
    EXPECT_EQ(shard.counters().packets, 3U);
}

TEST(DissectionObserver, LeavesFlowsBeyondItsBoundUnknown) {
    DissectionOptions options;
    options.flows_max = 2;
    DissectingShard shard(options);
    for (const char* client : {"10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1"}) {
        shard.add(tcp_wire(client, kWeb, kTcpSyn, 0, ""));
    }
    EXPECT_EQ(shard.counters().flows_active, 2U);
    EXPECT_EQ(shard.counters().flows_refused, 1U);
    EXPECT_EQ(shard.counters().packets, 2U);
    EXPECT_EQ(shard.names()->application(shard.finish(2)), "Unknown");
    EXPECT_EQ(shard.names()->application(shard.finish(0)), "HTTP");
    EXPECT_EQ(shard.counters().flows_active, 0U);
}

TEST(DissectionObserver, GivesMemoryBackWhenTheAnswerIsFinal) {
    DissectingShard shard({});
    shard.add(udp_wire(kClient, kServer, dns_query("www.example.org")));
    shard.add(tcp_wire(kClient, kWeb, kTcpSyn, 0, ""));
    EXPECT_GE(shard.counters().flows_active, 1U);
    shard.finish();
    EXPECT_EQ(shard.counters().flows_active, 0U);
    shard.release_all();
    EXPECT_EQ(shard.counters().flows_active, 0U);
}

TEST(DissectionObserver, GivesMemoryBackWhenTheShardGoesWithoutAnEnd) {
    DissectingShard shard({});
    shard.add(tcp_wire(kClient, kWeb, kTcpSyn, 0, ""));
    EXPECT_EQ(shard.counters().flows_active, 1U);
}  // the leak checker has the word

// What nDPI may not see counts in its flow, and towards the limit.
TEST(DissectionObserver, RefusesAndCountsWhatWouldCrash) {
    DissectingShard shard(limited_to(6));
    shard.add(udp_wire(kClient, kServer, dns_query("")));
    WirePacket incomplete = udp_wire(kClient, kServer, "x");  // a: 4 bytes of a UDP header
    incomplete.bytes[3] = 24;
    incomplete.packet.ip = incomplete.packet.ip.first(24);
    shard.add(incomplete);
    shard.add(udp_wire(kClient, kServer, ""));  // b: no payload
    WirePacket other = tcp_wire(kClient, kServer, kTcpAck, 0, "x");
    other.packet.protocol = kProtocolUdp;  // d: bytes of another protocol than the flow's
    shard.add(other);
    EXPECT_EQ(shard.counters().packets_refused, 3U);

    WirePacket cut = tcp_wire(kClient, kWeb, kTcpAck, 0, "");
    cut.bytes[20 + 12] = 0xf0;  // c: data offset behind the segment
    shard.add(cut);
    EXPECT_EQ(shard.counters().packets_refused, 4U);
    shard.finish();
    ASSERT_EQ(shard.records().size(), 2U);
    EXPECT_EQ(shard.records()[0].flow->all_packets() + shard.records()[1].flow->all_packets(), 5U);
    EXPECT_EQ(shard.counters().flows_active, 0U);
}

TEST(DissectionObserver, ConcludesAFlowOfRefusedPackets) {
    DissectingShard shard(limited_to(3));
    for (int i = 0; i < 3; ++i) {
        shard.add(udp_wire(kClient, "10.0.0.2:40001", ""));
    }
    EXPECT_EQ(shard.counters().packets, 0U);
    EXPECT_EQ(shard.counters().packets_refused, 3U);
    EXPECT_EQ(shard.counters().flows_active, 0U);
}

std::filesystem::path shared_folder() {
    // Set once by whoever starts the tests. NOLINTNEXTLINE(concurrency-mt-unsafe): read only
    const char* set = std::getenv("FLOWGAUGE_SHARED");
    return set != nullptr ? std::filesystem::path(set)
                          : std::filesystem::path(__FILE__).parent_path() / "../../../../../shared";
}

// A copy of the packet cut to IP header and 4 bytes, its lengths corrected: crash a.
WirePacket cut_to_4_bytes(const Packet& packet) {
    test::Bytes bytes(packet.ip.begin(), packet.ip.begin() + 24);
    bytes[2] = 0;
    bytes[3] = 24;
    return {packet, bytes};
}

// A copy without UDP payload: crash b.
WirePacket without_payload(const Packet& packet) {
    test::Bytes bytes(packet.ip.begin(), packet.ip.begin() + 28);
    bytes[2] = 0;
    bytes[3] = 28;
    return {packet, bytes};
}

TEST(DissectionObserver, SurvivesInjectionsIntoQuicFlows) {
    const std::filesystem::path path = shared_folder() / "pcaps-ndpi" / "snapchat_call.pcapng";
    if (!std::filesystem::exists(path)) {
        GTEST_SKIP() << "no " << path << "; set FLOWGAUGE_SHARED to the folder with pcaps-ndpi";
    }
    Result<std::unique_ptr<CaptureFile>> file = CaptureFile::open(path);
    ASSERT_TRUE(file.has_value()) << file.error().message;
    DissectingShard shard({});
    Intake intake{DecodeOptions{}};
    PacketClock clock(TimeUnit::kMilliseconds);
    std::uint64_t injected = 0;
    Frame frame;
    while (file.value()->next(frame) == CaptureFile::Status::kFrame) {
        if (intake.decode(frame) != IntakeStep::kPacket) {
            continue;
        }
        Packet& packet = intake.packet();
        ASSERT_TRUE(clock.stamp(packet));
        shard.add(packet);
        const bool plain = packet.ip_version == 4 && packet.protocol == kProtocolUdp &&
                           packet.ip.size() > 28 && packet.ip[0] == 0x45;
        if (plain) {
            shard.add(cut_to_4_bytes(packet));
            shard.add(without_payload(packet));
            injected += 2;
        }
    }
    ASSERT_GT(injected, 0U);
    EXPECT_GT(shard.counters().packets_refused, 0U);
    EXPECT_LE(shard.counters().packets_refused, injected);
    shard.finish();
    bool has_quic = false;
    for (const FlowRecord& record : shard.records()) {
        const Application& found = DissectionObserver::read(record.cold);
        has_quic = has_quic || shard.names()->application(found).find("QUIC") != std::string::npos;
    }
    EXPECT_TRUE(has_quic);
    EXPECT_EQ(shard.counters().flows_active, 0U);
}

}  // namespace
}  // namespace flowgauge
