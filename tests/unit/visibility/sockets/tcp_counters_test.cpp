#include "visibility/sockets/tcp_counters.h"

#include <gtest/gtest.h>

#include <vector>

namespace flowgauge::test {
namespace {

constexpr std::string_view kText =
    "Ip: Forwarding DefaultTTL\nIp: 1 64\n"
    "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets "
    "CurrEstab InSegs\n"
    "Tcp: 1 200 120000 -1 39 12 3 7 25 4711\nUdp: InDatagrams\nUdp: 9\n";

constexpr TcpCounters kCounters{
    .active_opens = 39, .passive_opens = 12, .attempt_fails = 3, .established = 2};

SocketRow row(SocketState state, std::uint64_t inode) {
    SocketRow made;
    made.key.protocol = 6;
    made.state = state;
    made.inode = inode;
    return made;
}

const std::vector<SocketRow> kQuiet{
    row(SocketState::kListen, 1),
    row(SocketState::kEstablished, 2),
    row(SocketState::kCloseWait, 3),
    row(SocketState::kSynSent, 4)};

TEST(TcpCounters, AreReadByTheirNames) {
    const auto counters = parse_tcp_counters(kText);
    ASSERT_TRUE(counters);
    EXPECT_EQ(counters->active_opens, 39U);
    EXPECT_EQ(counters->passive_opens, 12U);
    EXPECT_EQ(counters->attempt_fails, 3U);
    EXPECT_EQ(counters->established, 25U);
}

TEST(TcpCounters, AreNoneWhenOneIsMissingOrNoNumber) {
    for (const std::string_view text :
         {"",
          "Tcp:",
          "Tcp: ActiveOpens PassiveOpens AttemptFails CurrEstab\n",
          "Tcp: ActiveOpens PassiveOpens AttemptFails CurrEstab\nTcp: 1 2 3\n",
          "Tcp: ActiveOpens PassiveOpens AttemptFails CurrEstab\nTcp: 1 2 3 x\n",
          "Tcp: ActiveOpens PassiveOpens CurrEstab\nTcp: 1 2 3\n"}) {
        EXPECT_FALSE(parse_tcp_counters(text)) << text;
    }
}

TEST(KnownConnections, AreThoseOfTheListWithoutListenersWhileCountersStay) {
    KnownConnections known;
    EXPECT_EQ(known.find(kCounters), nullptr);
    known.keep(kCounters, kQuiet);
    const std::vector<SocketRow>* found = known.find(kCounters);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->size(), 3U);
    for (TcpCounters changed : {kCounters, kCounters, kCounters, kCounters}) {
        static int which = 0;
        std::uint64_t* counter[] = {
            &changed.active_opens,
            &changed.passive_opens,
            &changed.attempt_fails,
            &changed.established};
        ++*counter[which++];
        EXPECT_EQ(known.find(changed), nullptr);
    }
    known.forget();
    EXPECT_EQ(known.find(kCounters), nullptr);
}

TEST(KnownConnections, AreNoneWhereOneCanChangeUnnoticed) {
    for (const SocketRow& restless :
         {row(SocketState::kFinWait2, 5),
          row(SocketState::kEstablished, 0),
          row(SocketState::kClosing, 5),
          row(SocketState::kEstablished, 5)}) {
        std::vector<SocketRow> rows = kQuiet;
        rows.push_back(restless);  // the last one: more than the kernel counts
        KnownConnections known;
        known.keep(kCounters, rows);
        EXPECT_EQ(known.find(kCounters), nullptr) << static_cast<int>(restless.state);
    }
    KnownConnections known;
    TcpCounters more = kCounters;
    ++more.established;  // it waits to be accepted
    known.keep(more, kQuiet);
    EXPECT_EQ(known.find(more), nullptr);
}

TEST(KnownConnections, AreListedAnewFromTimeToTime) {
    KnownConnections known;
    known.keep(kCounters, kQuiet);
    int times = 0;
    while (known.find(kCounters) != nullptr) {
        ASSERT_LT(++times, 1000);
    }
    EXPECT_EQ(times, 64);
}

}  // namespace
}  // namespace flowgauge::test
