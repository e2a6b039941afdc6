// What a watch sees of a network namespace of its own.
#include "capture/link_watch.h"

#include "core/base/format.h"
#include "tests/support/network_namespace.h"

#include <gtest/gtest.h>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

using test::run_ip;

class WatchedNetwork : public ::testing::Test {
protected:
    void SetUp() override {
        Result<test::NetworkNamespace> network = test::NetworkNamespace::enter();
        if (!network) {
            GTEST_SKIP() << network.error().message;
        }
        network_.emplace(std::move(network).value());
    }

    static LinkWatch opened(int buffer_bytes = kLinkBufferBytes) {
        Result<LinkWatch> watch = LinkWatch::open(buffer_bytes);
        EXPECT_TRUE(watch) << (watch ? "" : watch.error().message);
        return std::move(watch).value();
    }

    std::optional<test::NetworkNamespace> network_;
};

bool is_readable(const LinkWatch& watch) {
    pollfd events{.fd = watch.descriptor(), .events = POLLIN, .revents = 0};
    return ::poll(&events, 1, 0) > 0;
}

// The kernel has sent its messages by the time `ip` is done. "+c0" is added, "-c0" removed, "^"
// and "v" up and down, "c+" and "c-" carrier, "m" MTU, "*" the default route.
std::string changes(LinkWatch& watch, std::string_view of = "") {
    constexpr std::array kSigns = {"+", "-", "r", "^", "v", "c", "m", "*"};
    std::string line;
    for (const LinkEvent& event : watch.read()) {
        if (!of.empty() && event.link.name != of) {
            continue;
        }
        line += line.empty() ? "" : " ";
        line += kSigns[static_cast<std::size_t>(event.change)];
        if (event.change == LinkChange::kCarrier) {
            line += event.link.has_carrier ? "+" : "-";
        }
        line += event.link.name;
        line += event.previous_name.empty() ? "" : "<" + event.previous_name;
    }
    return line;
}

std::optional<Link> named(const LinkWatch& watch, std::string_view name) {
    const auto found = std::ranges::find(watch.links(), name, &Link::name);
    return found == watch.links().end() ? std::nullopt : std::optional(*found);
}

// The kernel tells of a carrier some time after it changed: waits until `wanted` has come.
std::string changes_until(LinkWatch& watch, std::string_view of, std::string_view wanted) {
    std::string all;
    for (int looks = 0; looks < 500 && all.find(wanted) == std::string::npos; ++looks) {
        pollfd events{.fd = watch.descriptor(), .events = POLLIN, .revents = 0};
        static_cast<void>(::poll(&events, 1, 10));
        const std::string more = changes(watch, of);
        all += (all.empty() || more.empty() ? "" : " ") + more;
    }
    return all;
}

TEST_F(WatchedNetwork, KnowsWhatIsThereAlready) {
    ASSERT_TRUE(test::add_veth_pair());
    LinkWatch watch = opened();
    EXPECT_EQ(changes(watch), "");
    const auto loopback = named(watch, "lo");
    ASSERT_TRUE(loopback);
    EXPECT_TRUE(loopback->is_loopback);
    EXPECT_FALSE(loopback->is_up);
    EXPECT_EQ(loopback->hardware_type, 772);
    const auto ethernet = named(watch, "c0");
    ASSERT_TRUE(ethernet);
    EXPECT_TRUE(ethernet->is_up);
    EXPECT_TRUE(ethernet->has_carrier);
    EXPECT_EQ(ethernet->hardware_type, 1);
    EXPECT_EQ(ethernet->mtu, 1500U);
    EXPECT_EQ(watch.default_route_interface(), std::nullopt);
}

TEST_F(WatchedNetwork, TellsWhatAnInterfaceGoesThrough) {
    LinkWatch watch = opened();
    EXPECT_FALSE(is_readable(watch));
    ASSERT_TRUE(run_ip("link add g0 type veth peer name c0"));
    EXPECT_TRUE(is_readable(watch));
    EXPECT_EQ(changes(watch, "c0"), "+c0");
    const int first_index = named(watch, "c0")->index;
    ASSERT_TRUE(run_ip("link set c0 up"));
    EXPECT_EQ(changes(watch, "c0"), "^c0");
    ASSERT_TRUE(run_ip("link set g0 up"));
    EXPECT_EQ(changes_until(watch, "c0", "c+c0"), "c+c0");
    ASSERT_TRUE(run_ip("link set g0 down"));
    EXPECT_EQ(changes_until(watch, "c0", "c-c0"), "c-c0");
    ASSERT_TRUE(run_ip("link set c0 mtu 1400"));
    EXPECT_EQ(changes(watch, "c0"), "mc0");
    ASSERT_TRUE(run_ip("link set c0 down"));
    EXPECT_EQ(changes(watch, "c0"), "vc0");
    ASSERT_TRUE(run_ip("link set c0 name other"));
    EXPECT_EQ(changes(watch, "other"), "rother<c0");
    ASSERT_TRUE(run_ip("link set other name c0"));
    ASSERT_TRUE(run_ip("link del c0"));
    ASSERT_TRUE(run_ip("link add g0 type veth peer name c0"));
    EXPECT_EQ(changes(watch, "c0"), "rc0<other -c0 +c0");
    EXPECT_NE(named(watch, "c0")->index, first_index);
    EXPECT_FALSE(is_readable(watch));
    EXPECT_EQ(changes(watch), "");
}

TEST_F(WatchedNetwork, DoesNotLoseWhatLeavesABridge) {
    ASSERT_TRUE(test::add_veth_pair());
    if (!run_ip("link add b0 type bridge")) {
        GTEST_SKIP() << "the kernel has no bridges";
    }
    LinkWatch watch = opened();
    ASSERT_TRUE(run_ip("link set c0 master b0"));
    ASSERT_TRUE(run_ip("link set c0 nomaster"));
    EXPECT_EQ(changes(watch, "c0"), "");
    EXPECT_TRUE(named(watch, "c0"));
}

TEST_F(WatchedNetwork, FollowsTheDefaultRoute) {
    ASSERT_TRUE(test::add_veth_pair());
    ASSERT_TRUE(run_ip("address add 192.0.2.9/24 dev c0"));
    ASSERT_TRUE(run_ip("address add 198.51.100.9/24 dev g0"));
    LinkWatch watch = opened();
    EXPECT_EQ(watch.default_route_interface(), std::nullopt);
    ASSERT_TRUE(run_ip("route add 203.0.113.0/24 dev c0"));
    EXPECT_FALSE(is_readable(watch)) << "a route to somewhere wakes nobody";
    ASSERT_TRUE(run_ip("route add default dev c0 metric 9"));
    EXPECT_EQ(changes(watch), "*c0");
    EXPECT_EQ(watch.default_route_interface(), "c0");
    ASSERT_TRUE(run_ip("route add default dev g0 metric 5"));
    EXPECT_EQ(changes(watch), "*g0");
    ASSERT_TRUE(run_ip("route del default dev g0"));
    EXPECT_EQ(changes(watch), "*c0");
    // The kernel says nothing about the routes that go with an interface.
    ASSERT_TRUE(run_ip("link set c0 down"));
    // That the other end has lost its carrier may be told later.
    const std::string down = changes(watch);
    EXPECT_TRUE(down == "vc0 c-c0 c-g0 *" || down == "vc0 c-c0 *") << down;
    EXPECT_EQ(watch.default_route_interface(), std::nullopt);
    ASSERT_TRUE(run_ip("link set c0 up"));
    ASSERT_TRUE(run_ip("route add default dev c0"));
    ASSERT_TRUE(run_ip("link set c0 name wan"));
    changes(watch);
    EXPECT_EQ(watch.default_route_interface(), "wan");
    ASSERT_TRUE(run_ip("link del wan"));
    changes(watch);
    EXPECT_EQ(watch.default_route_interface(), std::nullopt);
}

// One `ip` for many commands, so that the messages pile up while nobody reads.
void run_batch(const std::string& commands) {
    const std::string path = ::testing::TempDir() + "links-" + std::to_string(::getpid());
    std::ofstream(path) << commands;
    Result<std::string> done = test::run({"ip", "-batch", path});
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
    static_cast<void>(std::remove(path.c_str()));
}

// Keeps what the events alone say: at the end it must be what links() says. Returns how often an
// interface came up.
int follow(LinkWatch& watch, std::map<int, std::string>& followed) {
    int ups = 0;
    for (const LinkEvent& event : watch.read()) {
        ups += event.change == LinkChange::kUp ? 1 : 0;
        if (event.change == LinkChange::kAdded) {
            EXPECT_TRUE(followed.emplace(event.link.index, event.link.name).second);
        } else if (event.change == LinkChange::kRemoved) {
            EXPECT_EQ(followed.erase(event.link.index), 1U);
        } else if (event.change == LinkChange::kRenamed) {
            EXPECT_EQ(followed[event.link.index], event.previous_name);
            followed[event.link.index] = event.link.name;
        }
    }
    return ups;
}

std::map<int, std::string> names(const LinkWatch& watch) {
    std::map<int, std::string> names;
    for (const Link& link : watch.links()) {
        names.emplace(link.index, link.name);
    }
    return names;
}

TEST_F(WatchedNetwork, FindsItsWayBackAfterLostMessages) {
    constexpr int kSmallBufferBytes = 4096;
    constexpr int kPairs = 100;
    LinkWatch watch = opened(kSmallBufferBytes);
    std::map<int, std::string> followed = names(watch);
    std::string add;
    std::string change;
    std::string remove;
    for (int i = 0; i < kPairs; ++i) {
        add += format("link add d{0} type veth peer name p{0}\nlink set d{0} up\n", i);
        change += i % 2 == 0 ? format("link del d{}\n", i)
                             : format("link set d{0} down\nlink set d{0} name e{0}\n", i);
        remove += i % 2 == 0 ? "" : format("link del e{}\n", i);
    }
    run_batch(add);
    EXPECT_LT(follow(watch, followed), kPairs) << "no message was lost";
    EXPECT_EQ(watch.links().size(), 2 * kPairs + 1U);
    EXPECT_EQ(followed, names(watch));
    EXPECT_EQ(std::ranges::count(watch.links(), true, &Link::is_up), kPairs);
    run_batch(change);
    follow(watch, followed);
    EXPECT_EQ(watch.links().size(), kPairs + 1U);
    EXPECT_EQ(followed, names(watch));
    ASSERT_TRUE(named(watch, "e99"));
    EXPECT_FALSE(named(watch, "e99")->is_up);
    run_batch(remove.append("link add d0 type veth peer name p0\n"));
    follow(watch, followed);
    EXPECT_EQ(watch.links().size(), 3U);
    EXPECT_EQ(followed, names(watch));
    EXPECT_FALSE(is_readable(watch));
}

// With room for all of them, no message is missed and none has to be asked for.
TEST_F(WatchedNetwork, SeesEachOfManyChanges) {
    LinkWatch watch = opened();
    std::string flaps = "link add d0 type veth peer name p0\n";
    for (int i = 0; i < 10; ++i) {
        flaps += "link set d0 up\nlink set d0 down\n";
    }
    run_batch(flaps);
    const std::vector<LinkEvent> events = watch.read();
    const auto count = [&](LinkChange change) {
        return std::ranges::count(events, change, &LinkEvent::change);
    };
    EXPECT_EQ(count(LinkChange::kAdded), 2);
    EXPECT_EQ(count(LinkChange::kUp), 10);
    EXPECT_EQ(count(LinkChange::kDown), 10);
}

}  // namespace
}  // namespace flowgauge
