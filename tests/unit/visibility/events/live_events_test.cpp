// What sources of events tell of real connections and processes, by perf and by BPF alike.
#include "tests/unit/visibility/events/socket_world.h"
#include "visibility/events/event_source.h"

#include <gtest/gtest.h>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <thread>

namespace flowgauge {
namespace {

constexpr IpAddress kV4Loopback{.high = 0, .low = 0x7f00'0001};
constexpr IpAddress kV6Loopback{.high = 0, .low = 1};

std::string all_notes(const std::vector<std::string>& notes) {
    std::string text;
    for (const std::string& note : notes) {
        text += note + "\n";
    }
    return text;
}

class LiveEvents : public testing::TestWithParam<EventMode> {
protected:
    void SetUp() override {
        if (const auto refused = test::enter_socket_world()) {
            GTEST_SKIP() << *refused;
        }
        std::vector<std::string> notes;
        source_ = open_event_source(GetParam(), notes);
        if (source_ == nullptr) {
            GTEST_SKIP() << all_notes(notes);
        }
    }

    // Events of one kind of this pid, in order.
    static std::vector<SocketEvent> of(
        const EventBatch& batch, SocketEventKind kind, std::int32_t pid
    ) {
        std::vector<SocketEvent> found;
        std::ranges::copy_if(batch.sockets, std::back_inserter(found), [&](const SocketEvent& e) {
            return e.kind == kind && e.pid == pid;
        });
        return found;
    }

    // Everything but this test's own children is noise.
    static std::vector<ProcessEvent> of(const EventBatch& batch, std::int32_t pid) {
        std::vector<ProcessEvent> found;
        std::ranges::copy_if(
            batch.processes,
            std::back_inserter(found),
            [&](const ProcessEvent& event) { return event.pid == pid; }
        );
        return found;
    }

    std::unique_ptr<EventSource> source_;
};

void connect_rows(
    const test::ConnectLedger& ledger,
    std::size_t first,
    std::size_t count,
    const sockaddr_storage& to
) {
    for (std::size_t row = first; row < first + count; ++row) {
        ledger.at(row) = test::connect_once(to);
    }
}

int connect_in_threads(
    const test::ConnectLedger& ledger, std::size_t first, const sockaddr_storage& to
) {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 8; ++i) {
        threads.emplace_back([&ledger, first, i, &to] {
            connect_rows(ledger, first + i * 25, 25, to);
        });
    }
    return 0;
}

TEST_P(LiveEvents, NamesTheProcessOfEachOfAThousandConnections) {
    const test::Listener listener = test::listen_on(test::loopback(AF_INET, 0));
    const sockaddr_storage to = test::loopback(AF_INET, listener.port);
    const test::ConnectLedger ledger(1'000);
    std::vector<pid_t> children;
    for (std::size_t i = 0; i < 4; ++i) {
        children.push_back(test::start_child([&ledger, i, &to] {
            connect_rows(ledger, i * 200, 200, to);
            return 0;
        }));
    }
    children.push_back(test::start_child([&] { return connect_in_threads(ledger, 800, to); }));
    for (const pid_t child : children) {
        ASSERT_EQ(test::end_of(child), 0);
    }
    // All of them are gone now.
    const EventBatch batch = test::drain_all(*source_);
    EXPECT_EQ(batch.lost, 0U);
    EXPECT_EQ(batch.unread, 0U);
    std::map<std::uint16_t, std::vector<SocketEvent>> by_port;
    for (const SocketEvent& event : batch.sockets) {
        if (event.kind == SocketEventKind::kConnect && event.key.remote_port == listener.port &&
            std::ranges::find(children, event.pid) != children.end()) {
            by_port[event.key.local_port].push_back(event);
        }
    }
    std::size_t right = 0;
    for (std::size_t row = 0; row < ledger.size(); ++row) {
        const test::MadeConnect& made = ledger.at(row);
        ASSERT_TRUE(made.connected) << row;
        for (const SocketEvent& event : by_port[made.port]) {
            if (event.time >= made.before && event.time <= made.after) {
                EXPECT_EQ(event.pid, made.pid);
                EXPECT_EQ(event.key.local, kV4Loopback);
                EXPECT_EQ(event.key.remote, kV4Loopback);
                EXPECT_EQ(event.key.protocol, 6);
                EXPECT_EQ(event.key.ip_version, 4);
                ++right;
            }
        }
    }
    EXPECT_EQ(right, 1'000U);
    EXPECT_TRUE(std::ranges::is_sorted(batch.processes, {}, &ProcessEvent::time));
}

TEST_P(LiveEvents, TellsTheEndsOfConnectsThatAreRefused) {
    for (const int family : {AF_INET, AF_INET6}) {
        // A port that was given out a moment ago, in a namespace of our own: nobody listens.
        const std::uint16_t port = test::listen_on(test::loopback(family, 0)).port;
        const test::ConnectLedger ledger(1);
        const pid_t child = test::start_child([&] {
            ledger.at(0) = test::connect_once(test::loopback(family, port));
            return 0;
        });
        ASSERT_EQ(test::end_of(child), 0);
        ASSERT_FALSE(ledger.at(0).connected);
        const EventBatch batch = test::drain_all(*source_);
        const auto events = of(batch, SocketEventKind::kConnect, child);
        ASSERT_EQ(events.size(), 1U);
        EXPECT_EQ(events[0].key.local_port, ledger.at(0).port);
        EXPECT_EQ(events[0].key.remote_port, port);
        EXPECT_EQ(events[0].key.remote, family == AF_INET ? kV4Loopback : kV6Loopback);
        EXPECT_EQ(events[0].key.local, family == AF_INET ? kV4Loopback : kV6Loopback);
        EXPECT_EQ(events[0].key.ip_version, family == AF_INET ? 4 : 6);
    }
}

TEST_P(LiveEvents, TellsMappedAddressesAsPacketsShowThem) {
    const test::Listener listener = test::listen_on(test::any_address(AF_INET6, 0));
    const test::ConnectLedger ledger(1);
    const pid_t child = test::start_child([&] {
        ledger.at(0) = test::connect_once(test::mapped_loopback(listener.port));
        return 0;
    });
    ASSERT_EQ(test::end_of(child), 0);
    ASSERT_TRUE(ledger.at(0).connected);
    const auto events = of(test::drain_all(*source_), SocketEventKind::kConnect, child);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].key.ip_version, 4);
    EXPECT_EQ(events[0].key.local, kV4Loopback);
    EXPECT_EQ(events[0].key.remote, kV4Loopback);
    EXPECT_EQ(events[0].key.local_port, ledger.at(0).port);
    EXPECT_EQ(events[0].key.remote_port, listener.port);
}

TEST_P(LiveEvents, TellsWhoListens) {
    for (const int family : {AF_INET, AF_INET6}) {
        const std::int64_t before = test::monotonic_now();
        const test::Listener on_all = test::listen_on(test::any_address(family, 0));
        const test::Listener on_one = test::listen_on(test::loopback(family, 0));
        const std::int64_t after = test::monotonic_now();
        const auto events = of(test::drain_all(*source_), SocketEventKind::kListen, ::getpid());
        ASSERT_EQ(events.size(), 2U);
        EXPECT_EQ(events[0].key.local, IpAddress{});
        EXPECT_EQ(events[0].key.local_port, on_all.port);
        EXPECT_EQ(events[0].key.remote_port, 0);
        EXPECT_EQ(events[0].key.ip_version, family == AF_INET ? 4 : 6);
        EXPECT_EQ(events[1].key.local, family == AF_INET ? kV4Loopback : kV6Loopback);
        EXPECT_EQ(events[1].key.local_port, on_one.port);
        EXPECT_GE(events[0].time, before);
        EXPECT_LE(events[1].time, after);
    }
}

// A copy of the shell, or a script, under a name that no other process has.
class NamedShell {
public:
    explicit NamedShell(const std::string& name, const std::string& script = {}) {
        std::array<char, 32> pattern{"/tmp/flowgauge_eventsXXXXXX"};
        directory_ = ::mkdtemp(pattern.data());
        path_ = directory_ / name;
        if (script.empty()) {
            std::filesystem::copy_file("/bin/bash", path_);
        } else {
            std::ofstream(path_) << script;
            std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
        }
    }
    NamedShell(const NamedShell&) = delete;
    NamedShell& operator=(const NamedShell&) = delete;
    ~NamedShell() { std::filesystem::remove_all(directory_); }

    // Replaces the calling process.
    [[nodiscard]] int run(const std::string& script) const {
        ::execl(path_.c_str(), path_.c_str(), "-c", script.c_str(), nullptr);
        return 127;
    }

    [[nodiscard]] std::string path() const { return path_; }

private:
    std::filesystem::path directory_;
    std::filesystem::path path_;
};

TEST_P(LiveEvents, NamesProcessesThatWereExecutedToConnectOnce) {
    const test::Listener listener = test::listen_on(test::loopback(AF_INET, 0));
    const NamedShell shell("fg_once_a_name_of_thirty_bytes");
    std::vector<pid_t> children;
    for (int i = 0; i < 20; ++i) {
        children.push_back(test::start_child([&] {
            return shell.run("exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(listener.port));
        }));
        ASSERT_EQ(test::end_of(children.back()), 0);
    }
    const EventBatch batch = test::drain_all(*source_);
    for (const pid_t child : children) {
        const auto events = of(batch, SocketEventKind::kConnect, child);
        ASSERT_EQ(events.size(), 1U) << child;
        EXPECT_EQ(text_of(events[0].name), "fg_once_a_name_");
        ASSERT_NE(events[0].program, nullptr);
        EXPECT_EQ(events[0].program->file_name, "fg_once_a_name_of_thirty_bytes");
        EXPECT_EQ(events[0].program->path, shell.path());
        EXPECT_EQ(events[0].key.remote_port, listener.port);
    }
}

TEST_P(LiveEvents, TellsTheProgramToChildrenButNotUnderAnotherName) {
    const test::Listener listener = test::listen_on(test::loopback(AF_INET, 0));
    const NamedShell shell("fg_once_a_name_of_thirty_bytes");
    const std::string connect = "exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(listener.port);
    const pid_t child = test::start_child([&] {
        return shell.run("(" + connect + "); printf other > /proc/$$/comm; " + connect);
    });
    ASSERT_EQ(test::end_of(child), 0);
    const EventBatch batch = test::drain_all(*source_);
    std::vector<SocketEvent> events;
    std::ranges::copy_if(batch.sockets, std::back_inserter(events), [&](const SocketEvent& event) {
        return event.kind == SocketEventKind::kConnect && event.key.remote_port == listener.port;
    });
    ASSERT_EQ(events.size(), 2U);
    EXPECT_NE(events[0].pid, child);
    ASSERT_NE(events[0].program, nullptr);
    EXPECT_EQ(events[0].program->file_name, "fg_once_a_name_of_thirty_bytes");
    EXPECT_EQ(events[1].pid, child);
    EXPECT_EQ(text_of(events[1].name), "other");
    EXPECT_EQ(events[1].program, nullptr);
}

// psutil and /proc: a script has the name that the kernel kept, and runs what interprets it.
TEST_P(LiveEvents, TellsWhatInterpretsAScript) {
    if (GetParam() == EventMode::kPerf &&
        ::access("/sys/kernel/tracing/events/sched/sched_prepare_exec", F_OK) != 0) {
        GTEST_SKIP() << "perf tells what interprets a script since Linux 6.10";
    }
    const test::Listener listener = test::listen_on(test::loopback(AF_INET, 0));
    const NamedShell script(
        "fg_script_with_a_long_name",
        "#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/" + std::to_string(listener.port) + "\n"
    );
    const pid_t child = test::start_child([&] { return script.run(""); });
    ASSERT_EQ(test::end_of(child), 0);
    const auto events = of(test::drain_all(*source_), SocketEventKind::kConnect, child);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(text_of(events[0].name), "fg_script_with_");
    ASSERT_NE(events[0].program, nullptr);
    EXPECT_EQ(events[0].program->file_name, "");
    EXPECT_EQ(events[0].program->path, "/bin/bash");
}

TEST_P(LiveEvents, NamesTheProcessAndNotTheThread) {
    const test::Listener listener = test::listen_on(test::loopback(AF_INET, 0));
    const pid_t child = test::start_child([&] {
        static_cast<void>(::prctl(PR_SET_NAME, "fg_process"));
        std::jthread([&] {
            static_cast<void>(::prctl(PR_SET_NAME, "fg_thread"));
            static_cast<void>(test::connect_once(test::loopback(AF_INET, listener.port)));
        }).join();
        return 0;
    });
    ASSERT_EQ(test::end_of(child), 0);
    const auto events = of(test::drain_all(*source_), SocketEventKind::kConnect, child);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(text_of(events[0].name), "fg_process");
}

TEST_P(LiveEvents, TellsTheLifeOfAProcessButNotOfItsThreads) {
    const NamedShell shell("fg_life");
    const pid_t child = test::start_child([&] {
        static_cast<void>(::prctl(PR_SET_NAME, "fg_before"));
        std::jthread([] { static_cast<void>(::prctl(PR_SET_NAME, "fg_thread")); }).join();
        return shell.run(":");
    });
    ASSERT_EQ(test::end_of(child), 0);
    const auto events = of(test::drain_all(*source_), child);
    ASSERT_EQ(events.size(), 4U);
    EXPECT_EQ(events[0].kind, ProcessEventKind::kFork);
    EXPECT_EQ(events[0].parent, ::getpid());
    EXPECT_EQ(events[1].kind, ProcessEventKind::kRename);
    EXPECT_EQ(text_of(events[1].name), "fg_before");
    EXPECT_EQ(events[2].kind, ProcessEventKind::kExec);
    EXPECT_EQ(text_of(events[2].name), "fg_life");
    EXPECT_EQ(events[3].kind, ProcessEventKind::kExit);
}

// The memory of perf is not handed on to children: this one opens its own.
TEST_P(LiveEvents, GoesOnTellingWithoutTheRightsThatOpeningTook) {
    const test::Listener listener = test::listen_on(test::loopback(AF_INET, 0));
    const pid_t child = test::start_child([&] {
        std::vector<std::string> notes;
        const auto source = open_event_source(GetParam(), notes);
        std::vector<unsigned> all(CAP_LAST_CAP + 1);
        std::iota(all.begin(), all.end(), 0U);
        if (source == nullptr || !test::drop_capabilities(all)) {
            return 2;
        }
        const test::MadeConnect made = test::connect_once(test::loopback(AF_INET, listener.port));
        const auto events = of(test::drain_all(*source), SocketEventKind::kConnect, ::getpid());
        return events.size() == 1 && events[0].key.local_port == made.port ? 0 : 1;
    });
    EXPECT_EQ(test::end_of(child), 0);
}

TEST_P(LiveEvents, SaysWhichRightIsMissing) {
    const pid_t child = test::start_child([] {
        if (!test::drop_capabilities({CAP_PERFMON, CAP_SYS_ADMIN, CAP_BPF})) {
            return 2;
        }
        std::vector<std::string> notes;
        const auto source = open_event_source(GetParam(), notes);
        const bool said = notes.size() == 1 && notes[0].find("CAP_PERFMON") != std::string::npos;
        return source == nullptr && said ? 0 : 1;
    });
    EXPECT_EQ(test::end_of(child), 0);
}

std::string name_of_mode(const testing::TestParamInfo<EventMode>& parameter) {
    return parameter.param == EventMode::kPerf ? "Perf" : "Bpf";
}

INSTANTIATE_TEST_SUITE_P(
    Sources, LiveEvents, testing::Values(EventMode::kPerf, EventMode::kBpf), name_of_mode
);

}  // namespace
}  // namespace flowgauge
