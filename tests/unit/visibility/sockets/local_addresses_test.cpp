#include "visibility/sockets/local_addresses.h"

#include "visibility/sockets/address_sources.h"

#include <gtest/gtest.h>

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

LocalAddress four(std::uint32_t address, std::uint32_t name_space) {
    return {.address = {.low = address}, .ip_version = 4, .name_space = name_space};
}

TEST(LocalAddresses, NamesTheNamespacesOfAnAddress) {
    const LocalAddresses local({four(0x0a000001, 9), four(0x0a000002, 1), four(0x0a000001, 1)}, 1);
    const auto found = local.find({.low = 0x0a000001}, 4);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].name_space, 1U);
    EXPECT_EQ(found[1].name_space, 9U);
    EXPECT_TRUE(local.contains({.low = 0x0a000002}, 4));
    EXPECT_FALSE(local.contains({.low = 0x0a000003}, 4));
    EXPECT_FALSE(local.contains({.low = 0x0a000001}, 6)) << "::10.0.0.1 is another address";
}

TEST(LocalAddresses, CountsLoopbackForTheOwnNamespaceAlone) {
    const LocalAddresses local(
        {four(0x7f000001, 9), {.address = {.low = 1}, .ip_version = 6, .name_space = 9}}, 1
    );
    EXPECT_TRUE(local.list().empty());
    for (const std::uint32_t address : {0x7f000001U, 0x7f000000U, 0x7fffffffU}) {
        const auto found = local.find({.low = address}, 4);
        ASSERT_EQ(found.size(), 1U);
        EXPECT_EQ(found[0].name_space, 1U);
    }
    EXPECT_EQ(local.find({.low = 1}, 6)[0].name_space, 1U);
    EXPECT_FALSE(local.contains({.low = 0x80000000}, 4));
    EXPECT_FALSE(local.contains({.low = 0x7f000001}, 6));
    EXPECT_FALSE(local.contains({.low = 2}, 6));
}

TEST(LocalAddresses, DropsDoublesAndTheWildcard) {
    const LocalAddresses local({four(0x0a000001, 1), four(0x0a000001, 1), four(0, 1)}, 1);
    EXPECT_EQ(local.list().size(), 1U);
    EXPECT_FALSE(local.contains({}, 4));
}

constexpr const char* kFibTrie = R"(Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     |-- 10.0.2.0
        /24 link UNICAST
Local:
  +-- 0.0.0.0/0 3 0 5
     +-- 10.0.2.0/24 2 0 2
        |-- 10.0.2.0
           /24 link UNICAST
        |-- 10.0.2.15
           /32 host LOCAL
        |-- 10.0.2.255
           /32 link BROADCAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
)";

TEST(AddressSources, FindsTheAddressesInTheTreeOfRoutes) {
    std::vector<LocalAddress> list;
    const std::string text = kFibTrie;
    EXPECT_TRUE(FibTrieParser().parse(text, 9, list));
    EXPECT_EQ(list, (std::vector{four(0x0a00020f, 9), four(0x7f000001, 9)}));
    // The same in two parts, cut between an address and what it is.
    const std::size_t cut = text.find("10.0.2.15\n") + 10;
    std::vector<LocalAddress> in_parts;
    FibTrieParser parser;
    EXPECT_TRUE(parser.parse(text.substr(0, cut), 9, in_parts));
    EXPECT_TRUE(parser.parse(text.substr(cut), 9, in_parts));
    EXPECT_EQ(in_parts, list);
}

TEST(AddressSources, PassesOverLinesThatAreNoAddresses) {
    std::vector<LocalAddress> list;
    EXPECT_TRUE(FibTrieParser().parse("/32 host LOCAL\n|-- 1.2.3\n/32 host LOCAL\n|-- \n", 9, list)
    );
    EXPECT_TRUE(parse_if_inet6(
        "\n00000000000000000000000000000001\nshort 01\n"
        "0000000000000000000000000000000g 01 80 10 80 lo\n",
        9,
        list
    ));
    EXPECT_TRUE(list.empty());
}

TEST(AddressSources, ReadsIfInet6) {
    std::vector<LocalAddress> list;
    EXPECT_TRUE(parse_if_inet6(
        "20010db8000000000000000000000001 02 40 00 80     eth0\n"
        "fe80000000000000020c29fffe000001 02 40 20 80     eth0\n",
        9,
        list
    ));
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].address, (IpAddress{.high = 0x20010db800000000, .low = 1}));
    EXPECT_EQ(list[1].address, (IpAddress{.high = 0xfe80000000000000, .low = 0x020c29fffe000001}));
    EXPECT_EQ(list[1].ip_version, 6);
    EXPECT_EQ(list[1].name_space, 9U);
}

TEST(AddressSources, StopsWhereThereIsNoRoom) {
    std::vector<LocalAddress> list(kLocalAddressesMax);
    EXPECT_FALSE(FibTrieParser().parse(kFibTrie, 9, list));
    EXPECT_FALSE(parse_if_inet6("20010db8000000000000000000000001 02 40 00 80 eth0\n", 9, list));
    EXPECT_EQ(list.size(), kLocalAddressesMax);
}

TEST(AddressSources, TakesOurEndOfAPointToPointLink) {
    struct Answer {
        nlmsghdr header;
        ifaddrmsg body;
        nlattr peer_header;
        std::array<std::uint8_t, 4> peer;
        nlattr own_header;
        std::array<std::uint8_t, 4> own;
    };
    const auto read = [](const Answer& answer) {
        std::vector<std::uint8_t> bytes(sizeof answer);
        std::memcpy(bytes.data(), &answer, sizeof answer);
        std::vector<LocalAddress> list;
        EXPECT_EQ(read_addresses(bytes, 3, 9, list).state, DumpState::kMore);
        return list;
    };
    Answer answer{};
    answer.header.nlmsg_len = sizeof answer;
    answer.header.nlmsg_type = RTM_NEWADDR;
    answer.header.nlmsg_seq = 3;
    answer.body.ifa_family = AF_INET;
    answer.peer_header = {.nla_len = 8, .nla_type = IFA_ADDRESS};
    answer.peer = {10, 0, 0, 2};
    answer.own_header = {.nla_len = 8, .nla_type = IFA_LOCAL};
    answer.own = {10, 0, 0, 1};
    EXPECT_EQ(read(answer), (std::vector{four(0x0a000001, 9)}));
    answer.peer_header.nla_len = 7;  // three bytes are no address
    EXPECT_EQ(read(answer), (std::vector{four(0x0a000001, 9)}));
    answer.own_header.nla_len = 7;
    EXPECT_TRUE(read(answer).empty());
    answer.body.ifa_family = AF_UNIX;
    EXPECT_TRUE(read(answer).empty());
}

}  // namespace
}  // namespace flowgauge::test
