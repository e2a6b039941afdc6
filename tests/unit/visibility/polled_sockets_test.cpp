// What looks alone tell of flows: matching against sockets that were seen at known times.
#include "tests/unit/visibility/watched_sockets.h"

#include <gtest/gtest.h>

namespace flowgauge {
namespace {

const SocketKey kClient = connection(kHost, 40000, kWorld, 443);

FlowEnds tcp(LookTime first, LookTime last, bool begins = true, bool closed = true) {
    FlowEnds flow = flow_of(kClient, first, last);
    flow.begins = begins;
    flow.closed = closed;
    flow.one_connection = true;
    return flow;
}

TEST(PolledSockets, NamesTheProcessOfAConnectionThatALookHasSeen) {
    WatchedSockets sockets;
    sockets.look(100, {});
    sockets.look(200, {{.key = kClient, .cookie = 1, .owner = process(10)}});
    sockets.look(300, {});
    EXPECT_EQ(sockets.answer(tcp(150, 250)), "10 exact");
}

TEST(PolledSockets, SaysNothingOfAConnectionBetweenTwoLooks) {
    WatchedSockets sockets;
    sockets.look(100, {});
    sockets.look(200, {});
    const Finding finding = sockets.find(tcp(120, 130));
    EXPECT_EQ(WatchedSockets::text_of(finding.attribution), "- unseen");
    EXPECT_EQ(finding.attribution.match, OwnerMatch::kNone);
    EXPECT_TRUE(finding.settled);
}

TEST(PolledSockets, IsNotSettledBeforeALookCoversTheFlow) {
    WatchedSockets sockets;
    sockets.look(100, {});
    EXPECT_FALSE(sockets.find(tcp(120, 130)).settled);
    EXPECT_FALSE(sockets.find(tcp(90, 100)).settled);  // the last packet may be a bit later
    EXPECT_TRUE(sockets.find(tcp(90, 99)).settled);
}

// The port was free again before the second process took it.
TEST(PolledSockets, KeepsTheProcessesOfAReusedPortApart) {
    WatchedSockets sockets;
    sockets.look(100, {{.key = kClient, .cookie = 1, .owner = process(10)}});
    sockets.look(200, {{.key = kClient, .cookie = 2, .owner = process(20)}});
    sockets.look(300, {});
    EXPECT_EQ(sockets.answer(tcp(50, 120)), "10 exact");
    EXPECT_EQ(sockets.answer(tcp(180, 210)), "20 exact");
    EXPECT_EQ(sockets.answer(tcp(130, 140)), "- unseen");  // of a third one, perhaps
    EXPECT_EQ(sockets.answer(tcp(220, 230)), "- unseen");
}

TEST(PolledSockets, SaysAmbiguousWhereAFlowHasTwoConnections) {
    WatchedSockets sockets;
    sockets.look(100, {{.key = kClient, .cookie = 1, .owner = process(10)}});
    sockets.look(200, {{.key = kClient, .cookie = 2, .owner = process(20)}});
    EXPECT_EQ(sockets.answer(tcp(50, 210)), "- ambiguous");
}

// At 100 ms the ends were free, so the connection of the first packet was another.
TEST(PolledSockets, SaysAmbiguousWhereTheSocketCameAfterTheFirstConnection) {
    WatchedSockets sockets;
    sockets.look(100, {});
    sockets.look(200, {{.key = kClient, .cookie = 2, .owner = process(20)}});
    EXPECT_EQ(sockets.answer(tcp(50, 210)), "- ambiguous");
}

TEST(PolledSockets, FindsTheSocketOfAConnectionThatHasGoneQuiet) {
    WatchedSockets sockets;
    sockets.look(100, {});
    sockets.look(200, {{.key = kClient, .cookie = 1, .owner = process(10)}});
    EXPECT_EQ(sockets.answer(tcp(150, 160, true, false)), "10 exact");
    EXPECT_EQ(sockets.answer(tcp(150, 160, true, true)), "- unseen");  // that one was closed
    EXPECT_EQ(sockets.answer(tcp(50, 60, true, false)), "- unseen");   // free at 100 ms
}

TEST(PolledSockets, FindsTheSocketOfAConnectionThatIsCutInParts) {
    WatchedSockets sockets;
    sockets.look(100, {{.key = kClient, .cookie = 1, .owner = process(10)}});
    sockets.look(200, {});
    EXPECT_EQ(sockets.answer(tcp(150, 160, false)), "10 exact");
    EXPECT_EQ(sockets.answer(tcp(150, 160, true)), "- unseen");
    EXPECT_EQ(sockets.answer(tcp(210, 220, false)), "- unseen");  // gone at 200 ms
}

TEST(PolledSockets, AnInodeThatIsLostDoesNotEndASocket) {
    WatchedSockets sockets;
    sockets.look(100, {{.key = kClient, .cookie = 1, .owner = process(10)}});
    std::vector<SocketRow> orphan(1);
    orphan[0].key = kClient;
    orphan[0].cookie = 1;
    sockets.history().look({.rows = orphan, .from = 200 * kMillisecond, .to = 200 * kMillisecond});
    EXPECT_EQ(sockets.answer(tcp(150, 190, false)), "10 exact");
}

TEST(PolledSockets, AnIncompleteLookEndsNothing) {
    WatchedSockets sockets;
    sockets.look(100, {{.key = kClient, .cookie = 1, .owner = process(10)}});
    sockets.look(200, {}, false);
    EXPECT_FALSE(sockets.find(tcp(150, 160)).settled);
    sockets.look(300, {{.key = kClient, .cookie = 1, .owner = process(10)}});
    EXPECT_EQ(sockets.answer(tcp(150, 290, false)), "10 exact");
}

TEST(PolledSockets, NamesTheListenerForConnectionsThatComeIn) {
    WatchedSockets sockets;
    const WatchedSockets::Socket listener{
        .key = bound(80, kTcp), .cookie = 1, .owner = process(10), .state = SocketState::kListen};
    sockets.look(100, {listener});
    sockets.look(200, {listener});
    FlowEnds flow = flow_of(connection(kWorld, 50000, kHost, 80), 150, 160);
    flow.begins = true;
    EXPECT_EQ(sockets.answer(flow), "10 listener");
    flow.first = 50 * kMillisecond;  // who listened then is not known
    EXPECT_EQ(sockets.answer(flow), "- unseen");
}

TEST(PolledSockets, PrefersTheAcceptedSocketToTheListener) {
    WatchedSockets sockets;
    const SocketKey accepted = connection(kHost, 80, kWorld, 50000);
    sockets.look(
        100,
        {{.key = bound(80, kTcp), .cookie = 1, .owner = process(10), .state = SocketState::kListen},
         {.key = accepted, .cookie = 2, .owner = process(11)}}
    );
    EXPECT_EQ(sockets.answer(flow_of(mirrored(accepted), 50, 100)), "11 exact");
}

TEST(PolledSockets, AClientIsNotTheListenerOfItsPort) {
    WatchedSockets sockets;
    sockets.look(
        100,
        {{.key = bound(40000, kTcp),
          .cookie = 1,
          .owner = process(10),
          .state = SocketState::kListen}}
    );
    EXPECT_EQ(sockets.answer(tcp(90, 100)), "- unseen");
    EXPECT_EQ(sockets.answer(tcp(90, 100, false)), "10 listener");  // its beginning was missed
}

TEST(PolledSockets, NamesTheOldestOfOneServiceThatSharesAPort) {
    WatchedSockets sockets;
    const auto listener = [](std::uint64_t cookie, const std::shared_ptr<const SocketOwner>& who) {
        return WatchedSockets::Socket{
            .key = bound(80, kTcp), .cookie = cookie, .owner = who, .state = SocketState::kListen};
    };
    const FlowEnds flow = flow_of(connection(kWorld, 50000, kHost, 80), 90, 100);
    sockets.look(100, {listener(1, process(30, "web", 5)), listener(2, process(20, "web", 4))});
    EXPECT_EQ(sockets.answer(flow), "20 listener");
    WatchedSockets others;
    others.look(100, {listener(1, process(30, "web", 5)), listener(2, process(20, "ftp", 4))});
    EXPECT_EQ(others.answer(flow), "- ambiguous");
}

TEST(PolledSockets, NamesTheUnconnectedSocketOfADatagram) {
    WatchedSockets sockets;
    sockets.look(
        100,
        {{.key = bound(53, kUdp), .cookie = 1, .owner = process(10)},
         {.key = bound(5353, kUdp, kHost), .cookie = 2, .owner = process(11)}}
    );
    sockets.look(200, {{.key = bound(53, kUdp), .cookie = 1, .owner = process(10)}});
    EXPECT_EQ(sockets.answer(flow_of(connection(kWorld, 5, kHost, 53, kUdp), 150, 160)), "10 udp");
    EXPECT_EQ(sockets.answer(flow_of(connection(kHost, 5353, kWorld, 9, kUdp), 90, 110)), "11 udp");
    EXPECT_EQ(
        sockets.answer(flow_of(connection(kHost, 5353, kWorld, 9, kUdp), 150, 160)), "- unseen"
    );
}

TEST(PolledSockets, ASocketOfTheAddressGoesBeforeOneOfAnyAddress) {
    WatchedSockets sockets;
    sockets.look(
        100,
        {{.key = bound(53, kUdp), .cookie = 1, .owner = process(10)},
         {.key = bound(53, kUdp, kHost), .cookie = 2, .owner = process(11)}}
    );
    EXPECT_EQ(sockets.answer(flow_of(connection(kWorld, 5, kHost, 53, kUdp), 90, 110)), "11 udp");
}

TEST(PolledSockets, ASocketOfBothFamiliesTakesIpv4UnlessItIsForIpv6Alone) {
    for (const bool v6_only : {false, true}) {
        WatchedSockets sockets;
        SocketKey any = bound(80, kTcp);
        any.ip_version = 6;
        sockets.look(
            100,
            {{.key = any,
              .cookie = 1,
              .owner = process(10),
              .state = SocketState::kListen,
              .v6_only = v6_only}}
        );
        EXPECT_EQ(
            sockets.answer(flow_of(connection(kWorld, 5, kHost, 80), 90, 110)),
            v6_only ? "- unseen" : "10 listener"
        );
    }
}

TEST(PolledSockets, MulticastGoesToTheSocketOfItsPort) {
    WatchedSockets sockets;
    constexpr std::uint32_t kMdns = 0xe00000fb;
    sockets.look(100, {{.key = bound(5353, kUdp), .cookie = 1, .owner = process(10)}});
    const Finding finding =
        sockets.find(flow_of(connection(kWorld, 5353, kMdns, 5353, kUdp), 90, 110));
    EXPECT_EQ(WatchedSockets::text_of(finding.attribution), "10 udp");
    EXPECT_EQ(
        sockets.answer(flow_of(connection(kWorld, 1900, kMdns, 1900, kUdp), 90, 110)), "- not_local"
    );
}

TEST(PolledSockets, SaysNotLocalOfWhatPassesBy) {
    WatchedSockets sockets;
    sockets.look(100, {});
    const Finding finding = sockets.find(flow_of(connection(kWorld, 1, kWorld + 1, 2), 500, 600));
    EXPECT_EQ(WatchedSockets::text_of(finding.attribution), "- not_local");
    EXPECT_TRUE(finding.settled);
}

TEST(PolledSockets, NamesBothEndsOfALoopbackConnection) {
    WatchedSockets sockets;
    constexpr std::uint32_t kLoopback = 0x7f000001;
    const SocketKey client = connection(kLoopback, 40000, kLoopback, 80);
    sockets.look(
        100,
        {{.key = client, .cookie = 1, .owner = process(10)},
         {.key = mirrored(client), .cookie = 2, .owner = process(20)}}
    );
    const Attribution answer = sockets.find(flow_of(client, 50, 120)).attribution;
    EXPECT_EQ(WatchedSockets::text_of(answer), "10 exact");
    ASSERT_NE(answer.peer, nullptr);
    EXPECT_EQ(answer.peer->pid, 20);
}

TEST(PolledSockets, TheOwnNamespaceGoesBeforeAnother) {
    WatchedSockets sockets;
    const SocketKey client = connection(kGuest, 40000, kHost, 80);
    sockets.look(
        100,
        {{.key = client, .cookie = 1, .owner = process(10), .name_space = kOtherSpace},
         {.key = mirrored(client), .cookie = 2, .owner = process(20)}}
    );
    const Attribution answer = sockets.find(flow_of(client, 50, 120)).attribution;
    EXPECT_EQ(WatchedSockets::text_of(answer), "20 exact");
    ASSERT_NE(answer.peer, nullptr);
    EXPECT_EQ(answer.peer->pid, 10);
}

// Equal ends in a namespace that has not this address are another host's.
TEST(PolledSockets, ASocketCountsOnlyWhereItsAddressIs) {
    WatchedSockets sockets;
    sockets.look(
        100,
        {{.key = bound(53, kUdp), .cookie = 1, .owner = process(10), .name_space = kOtherSpace}}
    );
    EXPECT_EQ(sockets.answer(flow_of(connection(kWorld, 5, kHost, 53, kUdp), 90, 110)), "- unseen");
    EXPECT_EQ(sockets.answer(flow_of(connection(kWorld, 5, kGuest, 53, kUdp), 90, 110)), "10 udp");
}

TEST(PolledSockets, SaysWhyAProcessIsNotKnown) {
    for (const OwnerReason reason :
         {OwnerReason::kNoFd, OwnerReason::kDenied, OwnerReason::kUnseen}) {
        WatchedSockets sockets;
        sockets.look(100, {{.key = kClient, .cookie = 1, .owner = nullptr, .reason = reason}});
        const Attribution answer = sockets.find(tcp(50, 120)).attribution;
        EXPECT_EQ(answer.match, OwnerMatch::kUidOnly);
        EXPECT_EQ(answer.reason, reason);
        ASSERT_NE(answer.owner, nullptr);
        EXPECT_EQ(answer.owner->uid, 1000);
    }
}

TEST(PolledSockets, PingIsThatOfTheOnlySocketThatWasThereAllTheTime) {
    constexpr std::uint8_t kIcmp = 1;
    SocketKey ping = bound(77, kIcmp);  // the identifier
    WatchedSockets sockets;
    sockets.look(100, {{.key = ping, .cookie = 1, .owner = process(10)}});
    sockets.look(300, {{.key = ping, .cookie = 1, .owner = process(10)}});
    const SocketKey echo = connection(kHost, 0, kWorld, 0, kIcmp);
    EXPECT_EQ(sockets.answer(flow_of(echo, 150, 250)), "10 udp");
    EXPECT_EQ(sockets.answer(flow_of(echo, 50, 250)), "- unseen");
    EXPECT_EQ(sockets.answer(flow_of(mirrored(echo), 150, 250)), "- unseen");  // the kernel answers
}

}  // namespace
}  // namespace flowgauge
