// The poller against the sockets of this very process.
#include "visibility/poller.h"

#include "core/base/file_descriptor.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <mutex>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

LookTime now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

struct Listener {
    FileDescriptor socket;
    std::uint16_t port = 0;
};

Listener listen_on_loopback() {
    Listener listener{.socket = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(
        ::bind(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0
    );
    EXPECT_EQ(::listen(listener.socket.get(), 5), 0);
    socklen_t size = sizeof address;
    ::getsockname(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
    listener.port = ntohs(address.sin_port);
    return listener;
}

FlowEnds flow_to(std::uint16_t port, LookTime time) {
    FlowEnds flow;
    flow.source = {.high = 0, .low = 0x7f000001};
    flow.destination = {.high = 0, .low = 0x7f000001};
    flow.source_port = 1;  // of nobody
    flow.destination_port = port;
    flow.protocol = 6;
    flow.ip_version = 4;
    flow.first = time;
    flow.last = time;
    flow.unit = 1;
    return flow;
}

PollerOptions options_of(milliseconds period) {
    PollerOptions options;
    options.observer.events = EventMode::kOff;
    options.observer.own_namespace_only = true;
    options.observer.clock = now;
    options.pace = {.period = period, .max_cpu_percent = 0, .retention = seconds(10)};
    return options;
}

// Waits for a look that covers `time`.
const Snapshot& look_after(Poller& poller, LookTime time) {
    SnapshotReader& reader = poller.reader(0);
    while (!reader.update() || reader.snapshot()->covered() <= time) {
        static_cast<void>(::poll(nullptr, 0, 1));
    }
    return *reader.snapshot();
}

TEST(Poller, FindsTheListenerOfThisProcess) {
    const Listener listener = listen_on_loopback();
    Result<std::unique_ptr<Poller>> poller = Poller::start(options_of(milliseconds(5)));
    ASSERT_TRUE(poller);
    static_cast<void>(look_after(*poller.value(), now()));
    const LookTime asked = now();
    const Finding found = look_after(*poller.value(), asked).find(flow_to(listener.port, asked));
    ASSERT_NE(found.attribution.peer, nullptr);
    EXPECT_EQ(found.attribution.peer->pid, ::getpid());
    EXPECT_GE(poller.value()->counters().polls, 2U);
    EXPECT_TRUE(poller.value()->state().on);
    EXPECT_EQ(poller.value()->state().events, "off");
}

TEST(Poller, HurriesWhenItIsAskedTo) {
    Result<std::unique_ptr<Poller>> poller = Poller::start(options_of(seconds(3600)));
    ASSERT_TRUE(poller);
    for (int i = 0; i < 3; ++i) {
        const LookTime asked = now();
        poller.value()->hurry();
        EXPECT_GT(look_after(*poller.value(), asked).covered(), asked);
    }
}

TEST(Poller, TakesAnotherPaceWithoutAStop) {
    Result<std::unique_ptr<Poller>> poller = Poller::start(options_of(seconds(3600)));
    ASSERT_TRUE(poller);
    static_cast<void>(look_after(*poller.value(), 0));
    poller.value()->change(
        {.period = milliseconds(2), .max_cpu_percent = 0, .retention = seconds(1)}
    );
    for (int i = 0; i < 5; ++i) {
        static_cast<void>(look_after(*poller.value(), now()));
    }
    EXPECT_EQ(poller.value()->counters().period_set_ns, 2'000'000U);
}

TEST(Poller, StretchesItsPeriodToStayWithinItsShareAndSaysSo) {
    PollerOptions options = options_of(milliseconds(0));
    options.pace.max_cpu_percent = 1;
    std::mutex mutex;
    std::vector<std::string> said;
    options.tell = [&](const std::string& sentence) {
        const std::lock_guard lock(mutex);
        said.push_back(sentence);
    };
    Result<std::unique_ptr<Poller>> poller = Poller::start(std::move(options));
    ASSERT_TRUE(poller);
    const auto began = std::chrono::steady_clock::now();
    while (poller.value()->counters().polls < 8) {
        static_cast<void>(::poll(nullptr, 0, 5));
    }
    const PollerCounters counters = poller.value()->counters();
    const auto elapsed = std::chrono::nanoseconds(std::chrono::steady_clock::now() - began).count();
    // The last look is paid for by the time after it.
    const auto last = counters.last_table_ns + counters.last_owner_ns + counters.last_publish_ns;
    EXPECT_LE(counters.poll_cpu_ns, static_cast<std::uint64_t>(elapsed) / 50 + 2 * last);
    EXPECT_GT(counters.period_ns, counters.period_set_ns);
    const std::lock_guard lock(mutex);
    EXPECT_NE(
        std::find_if(
            said.begin(),
            said.end(),
            [](const std::string& each) {
                return each.find("instead of every") != std::string::npos;
            }
        ),
        said.end()
    );
}

TEST(Poller, WithoutProcfsItDoesNotStart) {
    PollerOptions options = options_of(milliseconds(5));
    options.observer.proc_root = "/nowhere";
    Result<std::unique_ptr<Poller>> poller = Poller::start(std::move(options));
    ASSERT_FALSE(poller);
    EXPECT_NE(poller.error().message.find("/nowhere"), std::string::npos);
}

TEST(Poller, GivesUpRightsBeforeTheFirstLookOnItsOwnThread) {
    PollerOptions options = options_of(milliseconds(5));
    std::atomic<int> calls{0};
    const pid_t own = ::gettid();
    options.give_up_rights = [&] {
        EXPECT_NE(::gettid(), own);
        ++calls;
    };
    Result<std::unique_ptr<Poller>> poller = Poller::start(std::move(options));
    ASSERT_TRUE(poller);
    EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace flowgauge
