#include "export/terminal/flow_list.h"

#include "export/terminal/terminal_text.h"
#include "tests/unit/export/terminal/flow_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <sstream>

namespace flowgauge {
namespace {

using test::flow_row;
using test::key;

constexpr char kLong1[] = "2001:db8:1234:5678:9abc:def0:1234:5678";
constexpr char kLong2[] = "2001:db8:1234:5678:9abc:def0:8765:4321";

const ApplicationNames& names() {
    static const ApplicationNames kNames(
        {"Unknown", "TLS", "Google", "SomethingOfManyLettersIndeed"}, {""}, {}
    );
    return kNames;
}

std::string list_of(
    const std::vector<FlowRow>& rows,
    const TableOptions& options,
    const ApplicationNames* of = nullptr
) {
    std::string out;
    append_flow_list(out, rows, of, TimeUnit::kMilliseconds, options);
    return out;
}

FlowRow with(const FlowKey& key, std::uint16_t master = 0, std::uint16_t app = 0) {
    return {
        .key = key,
        .packets = 1234,
        .bytes = 1'290'000,
        .first = 0,
        .last = 12'300,
        .master = master,
        .app = app};
}

TEST(FlowList, GivesColumnsTheWidthOfTheirContent) {
    FlowRow icmp = flow_row(50);
    icmp.key.rest = FlowKey::pack({.protocol = kProtocolIcmp, .ip_version = 4});
    icmp.from_upper = true;
    EXPECT_EQ(
        list_of({flow_row(100), icmp}, {}),
        "PROTO  SOURCE          DESTINATION  PKTS  BYTES  TIME\n"
        "TCP    10.0.0.1:40000  10.0.0.2:80     2  100 B    0s\n"
        "ICMP   10.0.0.2        10.0.0.1        2   50 B    0s\n"
    );
}

TEST(FlowList, GivesFlowsThatDoNotFitASecondLine) {
    const std::vector<FlowRow> rows{
        with(key("2001:db8::1", 51234, "2001:db8::2", 443), 1, 2),
        with(key(kLong1, 51234, "2a00:1450:4001:81b::200e", 443), 1, 2),
        with(key("192.168.100.100", 51234, "192.168.200.200", 50443), 1, 2)};
    EXPECT_EQ(
        list_of(rows, {}, &names()),
        "PROTO SOURCE                DESTINATION           APP        PKTS    BYTES  TIME\n"
        "TCP   [2001:db8::1]:51234   [2001:db8::2]:443     TLS.Google 1234 1.23 MiB 12.3s\n"
        "TCP   [2001:db8:1234:5678:9abc:def0:1234:5678]:51234         1234 1.23 MiB 12.3s\n"
        "      -> [2a00:1450:4001:81b::200e]:443  TLS.Google\n"
        "TCP   192.168.100.100:51234 192.168.200.200:50443 TLS.Google 1234 1.23 MiB 12.3s\n"
    );
}

FlowRow owned(FlowRow row, std::string name, int pid) {
    auto owner = std::make_shared<SocketOwner>();
    owner->name = std::move(name);
    owner->pid = pid;
    row.owner = owner;
    return row;
}

TEST(FlowList, ShowsProcessesWhereThereIsRoomForThem) {
    FlowRow named = owned(flow_row(100), "curl", 4321);
    named.server_name = "www.example.org";
    FlowRow unowned = flow_row(60);
    unowned.server_name = "b.example.org";
    const FlowRow last = owned(flow_row(50), "a\x1b", 7);
    EXPECT_EQ(
        list_of({named, unowned, last}, {.columns = 100}),
        "PROTO  SOURCE          DESTINATION  PKTS  BYTES  TIME  PROCESS     SERVER NAME\n"
        "TCP    10.0.0.1:40000  10.0.0.2:80     2  100 B    0s  curl[4321]  www.example.org\n"
        "TCP    10.0.0.1:40000  10.0.0.2:80     2   60 B    0s              b.example.org\n"
        "TCP    10.0.0.1:40000  10.0.0.2:80     2   50 B    0s  a\\x1b[7]\n"
    );
    EXPECT_EQ(
        list_of({owned(flow_row(50), "a-name-that-is-longer-than-its-column", 7)}, {}),
        "PROTO  SOURCE          DESTINATION  PKTS  BYTES  TIME  PROCESS\n"
        "TCP    10.0.0.1:40000  10.0.0.2:80     2   50 B    0s  a-name-that..s-column[7]\n"
    );
    EXPECT_EQ(
        list_of({owned(flow_row(50), "socket alone", -1)}, {}).find("PROCESS"), std::string::npos
    );
}

TEST(FlowList, UsesAWiderTerminal) {
    FlowRow row = with(key(kLong1, 51234, kLong2, 443), 1, 2);
    row.server_name = "www.example.org\n";
    EXPECT_EQ(
        list_of({row}, {.columns = 200}, &names()),
        "PROTO  SOURCE                                          "
        "DESTINATION                                   "
        "APPLICATION  PKTS     BYTES   TIME  SERVER NAME\n"
        "TCP    [2001:db8:1234:5678:9abc:def0:1234:5678]:51234  "
        "[2001:db8:1234:5678:9abc:def0:8765:4321]:443  "
        "TLS.Google   1234  1.23 MiB  12.3s  www.example.org\\x0a\n"
    );
    EXPECT_EQ(
        list_of({row}, {.unicode = true}, &names()),
        "PROTO SOURCE                     DESTINATION APPLICATION PKTS    BYTES  TIME\n"
        "TCP   [2001:db8:1234:5678:9abc:def0:1234:5678]:51234     1234 1.23 MiB 12.3s\n"
        "      \xe2\x86\x92 [2001:db8:1234:5678:9abc:def0:8765:4321]:443  TLS.Google\n"
    );
}

TEST(FlowList, NamesProtocols) {
    EXPECT_EQ(protocol_name(6), "TCP");
    EXPECT_EQ(protocol_name(17), "UDP");
    EXPECT_EQ(protocol_name(1), "ICMP");
    EXPECT_EQ(protocol_name(58), "ICMP6");
    EXPECT_EQ(protocol_name(132), "SCTP");
    EXPECT_EQ(protocol_name(253), "253");
    for (int protocol = 0; protocol < 256; ++protocol) {
        EXPECT_LE(protocol_name(static_cast<std::uint8_t>(protocol)).size(), 5);
    }
}

// A flow of random ends, counts and names, of which each length is likely.
FlowRow random_row(std::mt19937_64& random) {
    FlowRow row;
    const bool version6 = random() % 2 == 0;
    for (IpAddress* side : {&row.key.lower, &row.key.upper}) {
        side->low = version6 ? random() : random() & 0xffffffff;
        side->high = version6 ? random() << (random() % 64) : 0;
    }
    row.key.rest = FlowKey::pack(
        {.lower_port = static_cast<std::uint16_t>(random()),
         .upper_port = static_cast<std::uint16_t>(random()),
         .protocol = random() % 3 == 0 ? kProtocolIcmpv6 : kProtocolTcp,
         .ip_version = static_cast<std::uint8_t>(version6 ? 6 : 4)}
    );
    row.packets = random() >> (random() % 64);
    row.bytes = random() >> (random() % 64);
    row.last = static_cast<Tick>(random() >> 1 >> (random() % 63));
    row.master = static_cast<std::uint16_t>(random() % 4);
    row.app = static_cast<std::uint16_t>(random() % 4);
    row.server_name.assign(random() % 200, 'x');
    return row;
}

std::size_t widest(const std::string& text) {
    std::istringstream lines(text);
    std::size_t width = 0;
    for (std::string line; std::getline(lines, line);) {
        width = std::max(width, display_width(line));
    }
    return width;
}

std::string ip_text(const IpAddress& address, std::uint8_t version) {
    char text[kIpTextMax];
    return {text, write_ip(text, address, version)};
}

// Whatever flows there are, no line is wider than the terminal and no address is cut.
TEST(FlowList, StaysWithinTheTerminalForAnyFlows) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 3'000 && !HasFailure(); ++round) {
        std::vector<FlowRow> rows(1 + random() % 6);
        std::ranges::generate(rows, [&random] { return random_row(random); });
        const TableOptions options{.columns = 40 + random() % 140, .unicode = round % 2 == 0};
        const std::string out = list_of(rows, options, round % 3 == 0 ? nullptr : &names());
        EXPECT_LE(widest(out), std::max<std::size_t>(options.columns, 80)) << out;
        for (const FlowRow& row : rows) {
            const std::uint8_t version = row.key.ip_version();
            EXPECT_NE(out.find(ip_text(row.key.lower, version)), std::string::npos) << out;
            EXPECT_NE(out.find(ip_text(row.key.upper, version)), std::string::npos) << out;
        }
    }
}

}  // namespace
}  // namespace flowgauge
