// Events of this process and of children that are gone when they are asked about.
#include "visibility/event_owners.h"
#include "visibility/processes/cgroup_directory.h"
#include "visibility/processes/user_names.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <string>
#include <utility>

namespace flowgauge {
namespace {

std::int64_t now() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

std::string own_name() {
    std::array<char, 16> name{};
    EXPECT_EQ(::prctl(PR_GET_NAME, name.data()), 0);
    return name.data();
}

SocketEvent event_of(std::int32_t pid, const std::string& name, std::int64_t time) {
    SocketEvent event;
    event.pid = pid;
    event.time = time;
    std::copy_n(name.begin(), std::min(name.size(), event.name.size() - 1), event.name.begin());
    return event;
}

// A child that waits for end(). Its name is that of this program.
class Child {
public:
    Child() {
        EXPECT_EQ(::pipe2(pipe_.data(), O_CLOEXEC), 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            char byte = 0;
            ::close(pipe_[1]);
            static_cast<void>(!::read(pipe_[0], &byte, 1));
            ::_exit(0);  // NOLINT(tree): a forked child
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        end();
        ::close(pipe_[0]);
    }

    void end() {
        if (pid_ > 0 && !std::exchange(ended_, true)) {
            ::close(pipe_[1]);
            ::waitpid(pid_, nullptr, 0);
        }
    }
    [[nodiscard]] std::int32_t pid() const noexcept { return pid_; }

private:
    std::array<int, 2> pipe_{};
    pid_t pid_ = -1;
    bool ended_ = false;
};

class EventOwnersLiveTest : public ::testing::Test {
protected:
    void SetUp() override { owners_.begin_drain(); }

    ProcRoot root_ = ProcRoot::open().value();
    CgroupDirectory cgroups_;
    UserNames users_;
    ProcessCache cache_{root_, cgroups_, users_};
    EventOwners owners_{root_, cache_};
};

TEST_F(EventOwnersLiveTest, KnowsAProcessThatLives) {
    const EventOwner found = owners_.find(event_of(::getpid(), own_name(), now()));
    EXPECT_EQ(found.owner->pid, ::getpid());
    EXPECT_NE(found.owner->start, 0U);
    EXPECT_FALSE(found.owner->executable.empty());
    EXPECT_NE(found.name_space, 0U);
}

TEST_F(EventOwnersLiveTest, TheEventsNamespaceGoesBeforeThatOfTheProcess) {
    SocketEvent event = event_of(::getpid(), own_name(), now());
    event.name_space = 17;
    EXPECT_EQ(owners_.find(event).name_space, 17U);
}

TEST_F(EventOwnersLiveTest, AProcessThatCameLaterIsNotTheActor) {
    const EventOwner found = owners_.find(event_of(::getpid(), "somebody", 1));
    EXPECT_EQ(found.owner->pid, ::getpid());
    EXPECT_EQ(found.owner->name, "somebody");
    EXPECT_EQ(found.owner->start, 0U);
}

TEST_F(EventOwnersLiveTest, AProgramThatWasReplacedSinceIsNotTheActor) {
    const EventOwner found = owners_.find(event_of(::getpid(), "before-exec", now()));
    EXPECT_EQ(found.owner->name, "before-exec");
    EXPECT_TRUE(found.owner->executable.empty());
}

TEST_F(EventOwnersLiveTest, RemembersAProcessThatIsGone) {
    Child child;
    static_cast<void>(owners_.find(event_of(child.pid(), "", now())));
    const std::int64_t alive = now();
    child.end();
    owners_.begin_drain();
    const EventOwner found = owners_.find(event_of(child.pid(), "", alive));
    EXPECT_EQ(found.owner->pid, child.pid());
    EXPECT_NE(found.owner->start, 0U);
    EXPECT_NE(found.name_space, 0U);
}

TEST_F(EventOwnersLiveTest, WhatIsRememberedEndsWithTheProcess) {
    Child child;
    static_cast<void>(owners_.find(event_of(child.pid(), "", now())));
    child.end();
    const std::int64_t end = now();
    for (const ProcessEventKind kind : {ProcessEventKind::kExit, ProcessEventKind::kFork}) {
        ProcessEvent ended;
        ended.kind = kind;
        ended.pid = child.pid();
        ended.time = end;
        owners_.note(ended);
    }
    owners_.begin_drain();
    const EventOwner later = owners_.find(event_of(child.pid(), "other", end + 1));
    EXPECT_EQ(later.owner->name, "other");
    EXPECT_EQ(later.owner->start, 0U);
    EXPECT_NE(owners_.find(event_of(child.pid(), "", end)).owner->start, 0U);
}

TEST_F(EventOwnersLiveTest, KnowsWhatTheEventSaysOfAProcessThatNobodySaw) {
    Child child;
    const std::int64_t alive = now();
    child.end();
    SocketEvent event = event_of(child.pid(), "short-lived", alive);
    event.uid = 0;
    const EventOwner found = owners_.find(event);
    EXPECT_EQ(found.owner->pid, child.pid());
    EXPECT_EQ(found.owner->name, "short-lived");
    EXPECT_EQ(found.owner->uid, 0);
    EXPECT_EQ(found.name_space, 0U);
}

}  // namespace
}  // namespace flowgauge
