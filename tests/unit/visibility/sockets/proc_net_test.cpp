#include "visibility/sockets/proc_net.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

constexpr const ProcNetFile& kTcp = kProcNetFiles[0];
constexpr const ProcNetFile& kTcp6 = kProcNetFiles[1];
constexpr const ProcNetFile& kUdp = kProcNetFiles[2];
constexpr const ProcNetFile& kUdp6 = kProcNetFiles[3];
constexpr const ProcNetFile& kIcmp = kProcNetFiles[6];
constexpr const ProcNetFile& kIcmp6 = kProcNetFiles[7];
constexpr const ProcNetFile& kRaw = kProcNetFiles[8];
constexpr const ProcNetFile& kRaw6 = kProcNetFiles[9];

std::string text_of(const IpAddress& address, std::uint8_t version) {
    std::array<char, kIpTextMax> text{};
    return {text.data(), write_ip(text.data(), address, version)};
}

// "192.0.2.1:80 192.0.2.2:4000".
std::string ends_of(const SocketKey& key) {
    return text_of(key.local, key.ip_version) + ":" + std::to_string(key.local_port) + " " +
           text_of(key.remote, key.ip_version) + ":" + std::to_string(key.remote_port);
}

struct Row {
    const ProcNetFile& file;
    std::string line;
    std::string ends;
    std::uint8_t protocol;
    SocketState state;
};

// Lines of a little-endian machine.
TEST(ProcNet, ReadsTheLinesOfEachFile) {
    const std::array<Row, 13> rows{{
        {kTcp,
         "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000"
         "        0 4711 1 0000000000000000 100 0 0 10 0",
         "127.0.0.1:8080 0.0.0.0:0",
         6,
         SocketState::kListen},
        {kTcp,
         "123456: 0102000A:9C40 050200C0:01BB 01 00000001:00000002 01:00000010 00000003  1000"
         "        9 4711 2 0000000000000000 20 4 30 10 -1",
         "10.0.2.1:40000 192.0.2.5:443",
         6,
         SocketState::kEstablished},
        {kTcp6,
         "   1: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A "
         "00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000",
         ":::22 :::0",
         6,
         SocketState::kListen},
        {kTcp6,
         "   1: B80D0120000000000000000001000000:0016 B80D0120000000000000000002000000:9C40 08 "
         "00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000",
         "2001:db8::1:22 2001:db8::2:40000",
         6,
         SocketState::kCloseWait},
        {kTcp6,
         "   1: 0000000000000000FFFF00000100007F:0016 0000000000000000FFFF00000200007F:9C40 01 "
         "00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000",
         "127.0.0.1:22 127.0.0.2:40000",
         6,
         SocketState::kEstablished},
        {kUdp6,
         "   1: 0000000000000000FFFF00000100007F:0035 00000000000000000000000000000000:0000 07 "
         "00000000:00000000 00:00000000 00000000  1000        0 4711 2 0000000000000000 0",
         "127.0.0.1:53 0.0.0.0:0",
         17,
         SocketState::kClose},
        {kUdp6,
         "   1: 00000000000000000000000000000000:0035 0000000000000000FFFF00000100007F:0036 01 "
         "00000000:00000000 00:00000000 00000000  1000        0 4711 2 0000000000000000 0",
         "0.0.0.0:53 127.0.0.1:54",
         17,
         SocketState::kEstablished},
        {kUdp,
         " 1234: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000"
         "        0 4711 2 0000000000000000 0",
         "127.0.0.53:53 0.0.0.0:0",
         17,
         SocketState::kClose},
        {kRaw,
         "   1: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000"
         "        0 4711 2 0000000000000000 0",
         "0.0.0.0:0 0.0.0.0:0",
         1,
         SocketState::kClose},
        {kRaw,
         "  89: 0100000A:0059 050000E0:0000 01 00000000:00000000 00:00000000 00000000  1000"
         "        0 4711 2 0000000000000000 0",
         "10.0.0.1:0 224.0.0.5:0",
         89,
         SocketState::kEstablished},
        {kRaw6,
         "  58: 00000000000000000000000000000000:003A 00000000000000000000000000000000:0000 07 "
         "00000000:00000000 00:00000000 00000000  1000        0 4711 2 0000000000000000 0",
         ":::0 :::0",
         58,
         SocketState::kClose},
        {kIcmp,
         "    3: 00000000:0003 0100007F:0401 01 00000000:00000000 00:00000000 00000000  1000"
         "        0 4711 2 0000000000000000 0",
         "0.0.0.0:3 127.0.0.1:0",
         1,
         SocketState::kEstablished},
        {kIcmp6,
         "    3: 00000000000000000000000000000000:0003 00000000000000000000000000000000:0000 07 "
         "00000000:00000000 00:00000000 00000000  1000        0 4711 2 0000000000000000 0",
         ":::3 :::0",
         58,
         SocketState::kClose},
    }};
    for (const Row& row : rows) {
        SocketRow read;
        read.name_space = 5;
        ASSERT_EQ(parse_proc_net_line(row.line, row.file, read), ProcNetLine::kRow) << row.line;
        EXPECT_EQ(ends_of(read.key), row.ends);
        EXPECT_EQ(read.key.protocol, row.protocol) << row.line;
        EXPECT_EQ(read.state, row.state) << row.line;
        EXPECT_EQ(read.inode, 4711U) << row.line;
        EXPECT_EQ(read.uid, 1000U) << row.line;
        EXPECT_EQ(read.raw, row.file.raw) << row.line;
        EXPECT_EQ(read.name_space, 5U);
    }
}

TEST(ProcNet, KeepsTheWildcardOfBothVersionsIPv6) {
    SocketRow row;
    const std::string any(32, '0');
    ASSERT_EQ(
        parse_proc_net_line("0: " + any + ":0016 " + any + ":0000 0A 0:0 0:0 0 0 0 1", kTcp6, row),
        ProcNetLine::kRow
    );
    EXPECT_EQ(row.key.ip_version, 6);
}

TEST(ProcNet, PassesOverConnectionsThatAreInNoProcess) {
    const std::string before = "0: 0100007F:0016 0100007F:9C40 ";
    const std::string behind = " 0:0 0:0 0 0 0 0";
    SocketRow row;
    for (const char* state : {"03", "06", "0C"}) {
        std::string line = before;
        line += state;
        line += behind;
        EXPECT_EQ(parse_proc_net_line(line, kTcp, row), ProcNetLine::kPassed) << state;
    }
    EXPECT_EQ(parse_proc_net_line(before + "05" + behind, kTcp, row), ProcNetLine::kRow);
    EXPECT_EQ(
        parse_proc_net_line("  sl  local_address rem_address   st tx_queue", kTcp, row),
        ProcNetLine::kPassed
    );
}

TEST(ProcNet, RefusesWhatNoKernelWrites) {
    const std::array<std::string, 17> lines{
        "",
        " ",
        "0:",
        "0: 0100007F:0016",
        "0: 0100007F:0016 0100007F:9C40",
        "0: 0100007F:0016 0100007F:9C40 0A",
        "0: 0100007F:0016 0100007F:9C40 0A 0:0 0:0 0 0 0",     // no inode
        "0 0100007F:0016 0100007F:9C40 0A 0:0 0:0 0 0 0 1",    // no slot
        "0: 0100007F:16 0100007F:9C40 0A 0:0 0:0 0 0 0 1",     // port too short
        "0: 0100007:00016 0100007F:9C40 0A 0:0 0:0 0 0 0 1",   // address too short
        "0: 0100007G:0016 0100007F:9C40 0A 0:0 0:0 0 0 0 1",   // no digit
        "0: 0100007F:0016 0100007F:9C40 00 0:0 0:0 0 0 0 1",   // no state
        "0: 0100007F:0016 0100007F:9C40 0D 0:0 0:0 0 0 0 1",   // no state either
        "0: 0100007F:0016 0100007F:9C40 10A 0:0 0:0 0 0 0 1",  // beyond a byte
        "0: 0100007F:0016 0100007F:9C40 0A 0:0 0:0 0 -1 0 1",  // uid
        "0: 0100007F:0016 0100007F:9C40 0A 0:0 0:0 0 0 0 1x",  // inode
        "0: 0100007F:0016 0100007F:9C40 0A 0:0 0:0 0 0 0 99999999999999999999"};
    SocketRow row;
    for (const std::string& line : lines) {
        EXPECT_EQ(parse_proc_net_line(line, kTcp, row), ProcNetLine::kMalformed) << line;
        EXPECT_EQ(parse_proc_net_line(line, kTcp6, row), ProcNetLine::kMalformed) << line;
    }
    EXPECT_EQ(
        parse_proc_net_line("0: 00000000:0100 00000000:0000 07 0:0 0:0 0 0 0 1", kRaw, row),
        ProcNetLine::kMalformed
    ) << "there is no protocol 256";
}

TEST(ProcNet, ReadsTextLineByLineUpToTheBound) {
    const std::string header = "  sl  local_address rem_address   st\n";
    const std::string line = "0: 0100007F:0016 0100007F:9C40 0A 0:0 0:0 0 0 0 1\n";
    std::vector<SocketRow> rows(1);
    const ProcNetRead all = parse_proc_net(header + line + "rubbish\n" + line, kTcp, 8, rows, 3);
    EXPECT_EQ(rows.size(), 3U);
    EXPECT_EQ(all.malformed, 1U);
    EXPECT_FALSE(all.full);
    EXPECT_EQ(rows[1].name_space, 8U);
    const ProcNetRead cut = parse_proc_net(line, kTcp, 8, rows, 3);
    EXPECT_TRUE(cut.full);
    EXPECT_EQ(rows.size(), 3U);
}

}  // namespace
}  // namespace flowgauge::test
