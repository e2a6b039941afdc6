// What is of perf alone: rings that overflow, memory that is not granted, the time of an event.
#include "visibility/events/perf_events.h"

#include "tests/unit/visibility/events/socket_world.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <linux/capability.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <iterator>
#include <map>
#include <optional>

namespace flowgauge {
namespace {

class PerfEventsTest : public testing::Test {
protected:
    void SetUp() override {
        if (const auto refused = test::enter_socket_world()) {
            GTEST_SKIP() << *refused;
        }
        auto opened = open_perf_events({}, notes_);
        if (!opened) {
            GTEST_SKIP() << opened.error().message;
        }
        source_ = std::move(opened.value());
    }

    static std::vector<SocketEvent> connects_of(const EventBatch& batch, std::int32_t pid) {
        std::vector<SocketEvent> found;
        std::ranges::copy_if(batch.sockets, std::back_inserter(found), [&](const SocketEvent& e) {
            return e.kind == SocketEventKind::kConnect && e.pid == pid;
        });
        return found;
    }

    std::vector<std::string> notes_;
    std::unique_ptr<EventSource> source_;
};

TEST_F(PerfEventsTest, CountsWhatFullRingsLoseAndGoesOnAfterwards) {
    auto small = open_perf_events({.ring_bytes = 4'096}, notes_);
    ASSERT_TRUE(small);
    EventSource& source = *small.value();
    const test::Listener listener = test::listen_on(test::loopback(AF_INET, 0));
    const sockaddr_storage to = test::loopback(AF_INET, listener.port);
    const test::ConnectLedger ledger(1'001);
    const pid_t many = test::start_child([&] {
        for (std::size_t row = 0; row < 1'000; ++row) {
            ledger.at(row) = test::connect_once(to);
        }
        return 0;
    });
    ASSERT_EQ(test::end_of(many), 0);
    EventBatch batch = test::drain_all(source);
    // What was lost is said before the next record of the same processor.
    for (int tries = 0; batch.lost == 0 && tries < 1'000; ++tries) {
        ASSERT_EQ(test::end_of(test::start_child([] { return 0; })), 0);
        batch = test::drain_all(source);
    }
    EXPECT_GT(batch.lost, 0U);
    // A processor that has been silent since may still have something to say.
    std::vector<SocketEvent> events;
    for (int tries = 0; events.empty() && tries < 1'000; ++tries) {
        const pid_t one = test::start_child([&] {
            ledger.at(1'000) = test::connect_once(to);
            return 0;
        });
        ASSERT_EQ(test::end_of(one), 0);
        events = connects_of(test::drain_all(source), one);
    }
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].key.local_port, ledger.at(1'000).port);
}

TEST_F(PerfEventsTest, NamesNoWrongProcessWhileRingsOverflow) {
    auto small = open_perf_events({.ring_bytes = 4'096}, notes_);
    ASSERT_TRUE(small);
    const test::Listener listener = test::listen_on(test::loopback(AF_INET, 0));
    const sockaddr_storage to = test::loopback(AF_INET, listener.port);
    const test::ConnectLedger ledger(3'000);
    std::vector<pid_t> children;
    for (std::size_t child = 0; child < 3; ++child) {
        children.push_back(test::start_child([&, child] {
            for (std::size_t row = child * 1'000; row < (child + 1) * 1'000; ++row) {
                ledger.at(row) = test::connect_once(to);
            }
            return 0;
        }));
    }
    EventBatch batch;
    for (int i = 0; i < 100; ++i) {
        const EventBatch part = test::drain_all(*small.value());
        batch.sockets.insert(batch.sockets.end(), part.sockets.begin(), part.sockets.end());
    }
    for (const pid_t child : children) {
        ASSERT_EQ(test::end_of(child), 0);
    }
    const EventBatch rest = test::drain_all(*small.value());
    batch.sockets.insert(batch.sockets.end(), rest.sockets.begin(), rest.sockets.end());
    std::multimap<std::uint16_t, test::MadeConnect> truth;
    for (std::size_t row = 0; row < ledger.size(); ++row) {
        truth.emplace(ledger.at(row).port, ledger.at(row));
    }
    for (const SocketEvent& event : batch.sockets) {
        if (event.kind != SocketEventKind::kConnect ||
            std::ranges::find(children, event.pid) == children.end()) {
            continue;
        }
        const auto [first, last] = truth.equal_range(event.key.local_port);
        EXPECT_TRUE(std::any_of(
            first,
            last,
            [&](const auto& row) {
                const test::MadeConnect& made = row.second;
                return made.pid == event.pid && made.before <= event.time &&
                       event.time <= made.after;
            }
        )) << "pid "
           << event.pid << " port " << event.key.local_port;
    }
}

TEST_F(PerfEventsTest, TakesLessMemoryWhereLessMayBeLocked) {
    source_.reset();
    const pid_t child = test::start_child([] {
        const rlimit limit{.rlim_cur = 0, .rlim_max = 0};
        if (::setrlimit(RLIMIT_MEMLOCK, &limit) != 0 ||
            !test::drop_capabilities({CAP_IPC_LOCK, CAP_SYS_ADMIN, CAP_SYS_RESOURCE})) {
            return 2;
        }
        std::vector<std::string> notes;
        auto source = open_perf_events({}, notes);
        // Other programs of the user may hold all that perf may lock for him.
        const std::string said = source ? notes.empty() ? "" : notes[0] : source.error().message;
        return said.find("LimitMEMLOCK") != std::string::npos ? 0 : 1;
    });
    EXPECT_EQ(test::end_of(child), 0);
}

TEST_F(PerfEventsTest, StampsAConnectBeforeItsFirstPacket) {
    const FileDescriptor packets(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_IP)));
    const int yes = 1;
    ASSERT_EQ(::setsockopt(packets.get(), SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes), 0);
    const test::Listener listener = test::listen_on(test::loopback(AF_INET, 0));
    const test::MadeConnect made = test::connect_once(test::loopback(AF_INET, listener.port));
    ASSERT_TRUE(made.connected);
    std::array<char, 256> bytes{};
    std::array<char, 256> control{};
    iovec part{.iov_base = bytes.data(), .iov_len = bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ASSERT_GT(::recvmsg(packets.get(), &message, 0), 0);
    ASSERT_NE(CMSG_FIRSTHDR(&message), nullptr);
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof stamp);
    const std::int64_t first_packet = std::int64_t{stamp.tv_sec} * 1'000'000'000 + stamp.tv_nsec;
    // Packets have the system's time: the least that it can be ahead of the other clock.
    std::optional<std::int64_t> ahead;
    for (int i = 0; i < 1'000; ++i) {
        timespec time{};
        ::clock_gettime(CLOCK_REALTIME, &time);
        const std::int64_t system = std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
        const std::int64_t least = system - test::monotonic_now();
        ahead = ahead ? std::max(*ahead, least) : least;
    }
    const auto events = connects_of(test::drain_all(*source_), ::getpid());
    ASSERT_EQ(events.size(), 1U);
    EXPECT_LT(events[0].time + *ahead, first_packet);
}

}  // namespace
}  // namespace flowgauge
