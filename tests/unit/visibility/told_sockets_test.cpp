// What events add: beginnings of sockets at known moments.
#include "tests/unit/visibility/watched_sockets.h"

#include <gtest/gtest.h>

namespace flowgauge {
namespace {

const SocketKey kClient = connection(kHost, 40000, kWorld, 443);

FlowEnds tcp(LookTime first, LookTime last) {
    FlowEnds flow = flow_of(kClient, first, last);
    flow.begins = true;
    flow.closed = true;
    flow.one_connection = true;
    return flow;
}

WatchedSockets told_from_the_start() {
    WatchedSockets sockets;
    sockets.tells_since(1);
    return sockets;
}

TEST(ToldSockets, NamesTheProcessOfAConnectionBetweenTwoLooks) {
    WatchedSockets sockets = told_from_the_start();
    sockets.look(100, {});
    sockets.tell(120, kClient, process(10));
    sockets.look(200, {});
    EXPECT_EQ(sockets.answer(tcp(120, 121)), "10 event");
    EXPECT_EQ(sockets.answer(tcp(110, 111)), "- unseen");  // before
    EXPECT_EQ(sockets.answer(tcp(250, 251)), "- unseen");  // gone by 200 ms
}

TEST(ToldSockets, IsSettledAsSoonAsItIsTold) {
    WatchedSockets sockets = told_from_the_start();
    sockets.look(100, {});
    sockets.tell(120, kClient, process(10));
    EXPECT_TRUE(sockets.find(tcp(120, 150)).settled);
}

TEST(ToldSockets, TheLatestBeginningIsTheFlowsOwn) {
    WatchedSockets sockets = told_from_the_start();
    sockets.tell(120, kClient, process(10));
    sockets.tell(130, kClient, process(20));
    sockets.tell(140, kClient, process(30));
    sockets.look(200, {});
    EXPECT_EQ(sockets.answer(tcp(120, 125)), "10 event");
    EXPECT_EQ(sockets.answer(tcp(130, 140)), "20 event");  // the next one begins as it ends
    EXPECT_EQ(sockets.answer(tcp(140, 145)), "30 event");
}

TEST(ToldSockets, SaysAmbiguousWhereAFlowHasTwoConnections) {
    WatchedSockets sockets = told_from_the_start();
    sockets.tell(120, kClient, process(10));
    sockets.tell(130, kClient, process(20));
    sockets.look(200, {});
    FlowEnds flow = tcp(120, 135);
    flow.one_connection = false;
    EXPECT_EQ(sockets.answer(flow), "- ambiguous");
}

// In milliseconds the order of a SYN and of a beginning cannot be told.
TEST(ToldSockets, TheUnitOfTimesHidesWhichCameFirst) {
    WatchedSockets sockets = told_from_the_start();
    FlowEnds flow = tcp(130, 135);
    flow.unit = kMillisecond;
    sockets.history().tell(
        {.key = kClient, .at = 120 * kMillisecond, .name_space = kOwnSpace, .owner = process(10)}
    );
    sockets.history().tell(
        {.key = kClient,
         .at = 130 * kMillisecond + 200'000,
         .name_space = kOwnSpace,
         .owner = process(20)}
    );
    sockets.look(200, {});
    EXPECT_EQ(sockets.answer(flow), "20 event");  // the other was too long ago
    sockets = told_from_the_start();
    sockets.history().tell(
        {.key = kClient,
         .at = 130 * kMillisecond + 200'000,
         .name_space = kOwnSpace,
         .owner = process(10)}
    );
    sockets.history().tell(
        {.key = kClient,
         .at = 130 * kMillisecond + 700'000,
         .name_space = kOwnSpace,
         .owner = process(20)}
    );
    sockets.look(200, {});
    EXPECT_EQ(sockets.answer(flow), "- ambiguous");
}

// connect(2) from a bound port to an end that the port is connected to already: no packet is sent.
TEST(ToldSockets, AConnectThatFailedBeforeTheFlowHasNoPartInIt) {
    WatchedSockets sockets = told_from_the_start();
    sockets.tell(120, kClient, process(10));
    sockets.history().tell(
        {.key = kClient,
         .at = 121 * kMillisecond,
         .ended = 122 * kMillisecond,
         .name_space = kOwnSpace,
         .owner = process(20)}
    );
    EXPECT_EQ(sockets.answer(tcp(125, 130)), "10 event");
    EXPECT_EQ(sockets.answer(tcp(121, 122)), "20 event");  // refused
    sockets.look(200, {});
    EXPECT_EQ(sockets.answer(tcp(125, 130)), "10 event");
}

TEST(ToldSockets, AfterALossABeginningIsNotTheLatestForSure) {
    WatchedSockets sockets;
    sockets.tell(120, kClient, process(10));
    sockets.tells_since(125);
    sockets.look(200, {});
    EXPECT_EQ(sockets.answer(tcp(130, 135)), "- unseen");
}

TEST(ToldSockets, ALookConfirmsTheSocketOfAnEvent) {
    WatchedSockets sockets = told_from_the_start();
    sockets.look(100, {});
    sockets.tell(120, kClient, process(10));
    const WatchedSockets::Socket socket{.key = kClient, .cookie = 1, .owner = process(99)};
    sockets.look(200, {socket});
    sockets.look(300, {socket});
    EXPECT_EQ(sockets.history().counters().kept, 1U);
    EXPECT_EQ(sockets.answer(tcp(120, 290)), "10 event");
    sockets.look(400, {});
    FlowEnds rest = tcp(250, 290);  // cut by a timeout
    rest.begins = false;
    EXPECT_EQ(sockets.answer(rest), "10 event");
}

TEST(ToldSockets, AnEventThatIsReadLateFindsTheSocketThatALookHasSeen) {
    WatchedSockets sockets = told_from_the_start();
    sockets.look(100, {});
    sockets.look(200, {{.key = kClient, .cookie = 1, .owner = process(99)}});
    sockets.tell(190, kClient, process(10));
    EXPECT_EQ(sockets.history().counters().kept, 1U);
    EXPECT_EQ(sockets.answer(tcp(190, 199)), "10 event");
}

TEST(ToldSockets, AListenerIsKnownFromItsFirstMomentOn) {
    WatchedSockets sockets = told_from_the_start();
    sockets.look(100, {});
    sockets.tell(120, bound(80, kTcp), process(10), true);
    FlowEnds flow = flow_of(connection(kWorld, 5, kHost, 80), 130, 140);
    flow.begins = true;
    EXPECT_EQ(sockets.answer(flow), "10 listener");
    sockets.tell(125, bound(80, kTcp), process(20, "other"), true);  // SO_REUSEPORT
    EXPECT_EQ(sockets.answer(flow), "- ambiguous");
}

TEST(ToldSockets, ASenderOfDatagramsIsNamed) {
    WatchedSockets sockets = told_from_the_start();
    sockets.look(100, {});
    sockets.tell(120, bound(5000, kUdp), process(10));
    sockets.look(200, {});
    EXPECT_EQ(
        sockets.answer(flow_of(connection(kHost, 5000, kWorld, 53, kUdp), 120, 121)), "10 event"
    );
}

// The event does not say where, and the other namespace may have the same address.
TEST(ToldSockets, ANamespaceThatIsNotToldMayBeTheOnlyOneWithTheAddress) {
    WatchedSockets sockets = told_from_the_start();
    constexpr std::uint32_t kLoopback = 0x7f000001;
    const SocketKey loopback = connection(kLoopback, 40000, kLoopback, 80);
    sockets.tell(120, kClient, process(10), false, 0);
    sockets.tell(120, loopback, process(10), false, 0);
    sockets.look(200, {});
    EXPECT_EQ(sockets.answer(tcp(120, 121)), "10 event");
    FlowEnds flow = flow_of(loopback, 120, 121);
    flow.begins = true;
    EXPECT_EQ(sockets.answer(flow), "- unseen");
}

TEST(ToldSockets, AnEventProvesThatAnUnknownAddressIsOfThisMachine) {
    WatchedSockets sockets = told_from_the_start();
    const SocketKey gone = connection(kWorld + 7, 40000, kWorld, 443);
    sockets.tell(120, gone, process(10), false, 0);
    sockets.look(200, {});
    FlowEnds flow = flow_of(gone, 120, 130);
    flow.begins = true;
    EXPECT_EQ(sockets.answer(flow), "10 event");
}

}  // namespace
}  // namespace flowgauge
