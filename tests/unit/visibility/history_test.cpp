#include "visibility/history.h"

#include "tests/unit/visibility/watched_sockets.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace flowgauge {
namespace {

using Socket = WatchedSockets::Socket;

SocketKey client(std::uint16_t port) {
    return connection(kHost, port, kWorld, 443);
}

TEST(History, ALookThatShowsNothingNewChangesNothing) {
    WatchedSockets sockets;
    std::vector<Socket> all;
    for (std::uint16_t i = 1; i <= 50; ++i) {
        all.push_back({.key = client(i), .cookie = i, .owner = process(i)});
    }
    sockets.look(100, all);
    const auto table = sockets.history().table();
    sockets.look(200, all);
    EXPECT_FALSE(sockets.history().has_changed());
    EXPECT_EQ(sockets.history().table(), table);
    EXPECT_EQ(sockets.history().counters().alive, 50U);
}

TEST(History, FollowsSocketsThatChangeTheirPlaceInTheList) {
    std::mt19937 random(1);
    WatchedSockets sockets;
    std::map<std::uint64_t, Socket> alive;
    std::uint64_t next = 1;
    for (LookTime ms = 100; ms < 10'000; ms += 100) {
        for (int i = 0; i < 5; ++i) {
            if (alive.size() > 20 && random() % 2 == 0) {
                auto victim = alive.begin();
                std::advance(victim, random() % alive.size());
                alive.erase(victim);
            } else {
                alive[next] = {
                    .key = client(static_cast<std::uint16_t>(next)),
                    .cookie = next,
                    .owner = process(static_cast<std::int32_t>(next))};
                ++next;
            }
        }
        std::vector<Socket> list;
        list.reserve(alive.size());
        for (const auto& [cookie, socket] : alive) {
            list.push_back(socket);
        }
        if (random() % 4 == 0) {
            std::shuffle(list.begin(), list.end(), random);
        }
        sockets.look(ms, list);
        ASSERT_EQ(sockets.history().counters().alive, alive.size());
        for (const auto& [cookie, socket] : alive) {
            ASSERT_EQ(
                sockets.answer(flow_of(socket.key, ms - 1, ms)), std::to_string(cookie) + " exact"
            );
        }
    }
}

TEST(History, ForgetsWhatHasBeenGoneForLong) {
    WatchedSockets sockets;
    sockets.look(100, {{.key = client(1), .cookie = 1, .owner = process(10)}});
    sockets.look(200, {});
    EXPECT_EQ(sockets.history().counters().kept, 1U);
    sockets.look(100 + kRetention / kMillisecond, {});
    EXPECT_EQ(sockets.answer(flow_of(client(1), 90, 150)), "10 exact");
    sockets.look(201 + kRetention / kMillisecond, {});
    EXPECT_EQ(sockets.history().counters().kept, 0U);
    EXPECT_EQ(sockets.answer(flow_of(client(1), 90, 150)), "- unseen");
    EXPECT_EQ(sockets.history().owners()->size(), 2U);  // nobody, and a place that is free
}

TEST(History, GivesUpTheOldestThatIsGoneWhenItIsFull) {
    WatchedSockets sockets(3);
    sockets.look(100, {{.key = client(1), .cookie = 1, .owner = process(10)}});
    sockets.look(200, {{.key = client(2), .cookie = 2, .owner = process(20)}});
    std::vector<Socket> full{
        {.key = client(3), .cookie = 3, .owner = process(30)},
        {.key = client(4), .cookie = 4, .owner = process(40)},
        {.key = client(5), .cookie = 5, .owner = process(50)}};
    sockets.look(300, full);
    sockets.look(400, full);
    EXPECT_EQ(sockets.history().counters().kept, 3U);
    EXPECT_GE(sockets.history().counters().evicted, 2U);
    EXPECT_EQ(sockets.answer(flow_of(client(1), 90, 100)), "- unseen");
    full.push_back({.key = client(6), .cookie = 6, .owner = process(60)});
    sockets.look(500, full);
    EXPECT_EQ(sockets.history().counters().kept, 3U);
    EXPECT_EQ(sockets.answer(flow_of(client(3), 450, 500)), "30 exact");
    EXPECT_EQ(sockets.answer(flow_of(client(6), 450, 500)), "- unseen");
}

TEST(History, StaysBoundedUnderAFloodOfEvents) {
    WatchedSockets sockets(100);
    const auto owner = process(10);
    for (int i = 0; i < 10'000; ++i) {
        sockets.tell(i, client(static_cast<std::uint16_t>(i)), owner);
        if (i % 50 == 49) {
            sockets.look(i, {});
        }
    }
    EXPECT_EQ(sockets.history().counters().kept, 100U);
    EXPECT_EQ(sockets.history().owners()->size(), 2U);
}

TEST(History, ASocketThatConnectsIsAnotherOneFromThenOn) {
    WatchedSockets sockets;
    const SocketKey unconnected = bound(5000, kUdp, kHost);
    const SocketKey connected = connection(kHost, 5000, kWorld, 53, kUdp);
    sockets.look(100, {{.key = unconnected, .cookie = 1, .owner = process(10)}});
    sockets.look(200, {{.key = connected, .cookie = 1, .owner = process(10)}});
    EXPECT_EQ(sockets.history().counters().alive, 1U);
    EXPECT_EQ(sockets.answer(flow_of(connected, 150, 200)), "10 exact");
    EXPECT_EQ(
        sockets.answer(flow_of(connection(kHost, 5000, kWorld + 1, 53, kUdp), 90, 100)), "10 udp"
    );
}

TEST(History, WhatOthersHaveInheritedIsTheirsFromThenOn) {
    WatchedSockets sockets;
    const Socket socket{.key = bound(80, kUdp), .cookie = 1, .owner = process(10)};
    sockets.look(100, {socket});
    sockets.look(200, {socket});
    sockets.history().follow(
        250 * kMillisecond,
        [](const SocketOwner& owner, std::uint64_t /*inode*/, bool /*told*/) -> Succession {
            return owner.pid == 10 ? Succession{.owner = process(11, "heir"), .is_new = true}
                                   : Succession{};
        }
    );
    sockets.look(300, {{.key = bound(80, kUdp), .cookie = 1, .owner = process(11, "heir")}});
    const auto asked = [&](LookTime first, LookTime last) {
        return sockets.answer(flow_of(connection(kWorld, 5, kHost, 80, kUdp), first, last));
    };
    EXPECT_EQ(asked(150, 190), "10 udp");
    EXPECT_EQ(asked(260, 290), "11 udp");
    EXPECT_EQ(asked(150, 290), "- ambiguous");
    EXPECT_EQ(sockets.history().counters().alive, 1U);
}

TEST(History, AnEarlierHolderThatIsFoundLaterWasItAllTheTime) {
    WatchedSockets sockets;
    sockets.look(100, {{.key = bound(80, kUdp), .cookie = 1, .owner = process(11)}});
    sockets.history().follow(
        150 * kMillisecond,
        [](const SocketOwner& /*owner*/, std::uint64_t /*inode*/, bool /*told*/) {
            return Succession{.owner = process(10), .is_new = false};
        }
    );
    EXPECT_EQ(sockets.answer(flow_of(connection(kWorld, 5, kHost, 80, kUdp), 90, 100)), "10 udp");
}

TEST(History, OwnersAreReplacedWhereMoreIsKnown) {
    WatchedSockets sockets;
    sockets.look(100, {{.key = bound(80, kUdp), .cookie = 1, .owner = process(10)}});
    sockets.history().replace_owners([](const SocketOwner& owner) {
        auto named = std::make_shared<SocketOwner>(owner);
        named->user = "root";
        return std::shared_ptr<const SocketOwner>(std::move(named));
    });
    EXPECT_TRUE(sockets.history().has_changed());
    const Attribution answer =
        sockets.find(flow_of(connection(kWorld, 5, kHost, 80, kUdp), 90, 100)).attribution;
    ASSERT_NE(answer.owner, nullptr);
    EXPECT_EQ(answer.owner->user, "root");
}

}  // namespace
}  // namespace flowgauge
