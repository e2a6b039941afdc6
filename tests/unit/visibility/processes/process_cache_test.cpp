#include "visibility/processes/process_cache.h"

#include "tests/unit/visibility/processes/child.h"
#include "tests/unit/visibility/processes/proc_tree.h"

#include <gtest/gtest.h>

#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;

int asked = 0;
std::optional<std::string> ask(std::uint32_t uid) {
    ++asked;
    return uid == 404 ? std::nullopt : std::optional("user" + std::to_string(uid));
}

class ProcessCacheTest : public testing::Test {
protected:
    ProcessCacheTest() {
        asked = 0;
        cache_.begin_poll(now_);
    }

    // Makes the directory of a container's cgroup, and gives the mount's.
    std::string make_cgroup() {
        std::string mount = tree_.path() + "/cgroup";
        const std::string container = mount + "/system.slice/docker-" + kId + ".scope";
        std::filesystem::create_directories(container);
        cgroup_id_ = test::inode_of_path(container.c_str());
        return mount;
    }

    static inline const std::string kId = std::string(64, 'a');
    test::ProcTree tree_;
    std::uint64_t cgroup_id_ = 0;
    ProcRoot root_ = std::move(ProcRoot::open(tree_.path()).value());
    CgroupDirectory cgroups_{make_cgroup()};
    UserNames users_{ask};
    ProcessCache cache_{root_, cgroups_, users_, {.processes_max = 2, .others_max = 2}};
    ProcessCache::Clock::time_point now_{1h};
};

TEST_F(ProcessCacheTest, GivesOneObjectForOneProcess) {
    tree_.add(10, 5);
    const SharedOwner owner = cache_.find({.pid = 10, .start_time = 5});
    ASSERT_TRUE(owner);
    EXPECT_EQ(owner->pid, 10);
    EXPECT_EQ(cache_.find({.pid = 10, .start_time = 5}), owner);
    EXPECT_EQ(cache_.find(10), owner);
    EXPECT_EQ(cache_.refresh(10), owner);
    tree_.remove(10);
    EXPECT_EQ(cache_.find({.pid = 10, .start_time = 5}), owner);  // what was known stays so
    EXPECT_FALSE(cache_.find(10));
    EXPECT_FALSE(cache_.refresh(10));
}

TEST_F(ProcessCacheTest, KeepsProcessesOfOnePidApart) {
    tree_.add(10, 5);
    const SharedOwner first = cache_.find({.pid = 10, .start_time = 5});
    tree_.remove(10);
    tree_.add(10, 900);
    EXPECT_FALSE(cache_.find({.pid = 10, .start_time = 6}));
    const SharedOwner second = cache_.find({.pid = 10, .start_time = 900});
    ASSERT_TRUE(second);
    EXPECT_NE(first, second);
    EXPECT_EQ(cache_.find({.pid = 10, .start_time = 5}), first);
    EXPECT_EQ(cache_.find(10), second);
}

TEST_F(ProcessCacheTest, ForgetsWhoWasNotAskedForLongest) {
    for (const std::int32_t pid : {10, 11, 12}) {
        tree_.add(pid, 5);
        static_cast<void>(cache_.find({.pid = pid, .start_time = 5}));
    }
    EXPECT_EQ(cache_.size(), 2U);
    EXPECT_EQ(cache_.evicted(), 1U);
    tree_.remove(10);
    tree_.remove(11);
    EXPECT_FALSE(cache_.find({.pid = 10, .start_time = 5}));
    EXPECT_TRUE(cache_.find({.pid = 11, .start_time = 5}));
}

TEST_F(ProcessCacheTest, TellsTheCgroupAndTheUserOfASocketWithoutProcess) {
    const SharedOwner owner = cache_.owner_of_socket(7, cgroup_id_);
    EXPECT_EQ(owner->pid, -1);
    EXPECT_EQ(owner->uid, 7);
    EXPECT_EQ(owner->name, "");
    EXPECT_EQ(owner->user, "");
    EXPECT_EQ(owner->cgroup, "/system.slice/docker-" + kId + ".scope");
    EXPECT_EQ(owner->container_id, kId);
    EXPECT_EQ(cache_.owner_of_socket(7, cgroup_id_), owner);
    const SharedOwner nothing = cache_.owner_of_socket(-1, 0);
    EXPECT_EQ(*nothing, SocketOwner{});
}

TEST_F(ProcessCacheTest, TellsWhatEventsToldOfAProcessThatIsGone) {
    const ToldProcess told{.pid = 99, .name = "cu\xffrl", .executable = "/bin/cu\xffrl"};
    const SharedOwner owner = cache_.owner_of_event(told, 7, cgroup_id_);
    EXPECT_EQ(owner->pid, 99);
    EXPECT_EQ(owner->name, "cu\xef\xbf\xbdrl");
    EXPECT_EQ(owner->executable, "/bin/cu\xef\xbf\xbdrl");
    EXPECT_EQ(owner->uid, 7);
    EXPECT_EQ(owner->container_id, kId);
    EXPECT_EQ(cache_.owner_of_event(told, 7, cgroup_id_), owner);
    EXPECT_NE(
        cache_.owner_of_event({.pid = 99, .name = "wget", .executable = {}}, 7, cgroup_id_), owner
    );
    EXPECT_NE(
        cache_.owner_of_event({.pid = 98, .name = told.name, .executable = {}}, 7, cgroup_id_),
        owner
    );
    EXPECT_NE(
        cache_.owner_of_event({.pid = 99, .name = told.name, .executable = {}}, 7, cgroup_id_),
        owner
    );
    EXPECT_EQ(cache_.size(), 2U);
}

TEST_F(ProcessCacheTest, NamesUsersOnlyWhenToldTo) {
    tree_.add(10, 5);
    tree_.write("10/status", "Uid:\t1\t1000\t1\t1\n");
    const SharedOwner before = cache_.find({.pid = 10, .start_time = 5});
    const SharedOwner socket = cache_.owner_of_socket(1'000, 0);
    EXPECT_EQ(before->user, "");
    EXPECT_EQ(asked, 0);
    EXPECT_TRUE(cache_.resolve_users());
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(before->user, "");  // flows that ended keep it
    EXPECT_EQ(cache_.find({.pid = 10, .start_time = 5})->user, "user1000");
    EXPECT_EQ(cache_.owner_of_socket(1'000, 0)->user, "user1000");
    EXPECT_FALSE(cache_.resolve_users());
    EXPECT_EQ(asked, 1);
}

TEST(ProcessCache, TellsANewNameOfTheSameProcess) {
    const ProcRoot root = std::move(ProcRoot::open().value());
    CgroupDirectory cgroups;
    UserNames users(ask);
    ProcessCache cache(root, cgroups, users);
    test::Child child([](const test::Parent& parent) {
        static_cast<void>(::prctl(PR_SET_NAME, "before"));
        parent.tell(1);
        parent.wait();
        static_cast<void>(::prctl(PR_SET_NAME, "after"));
        parent.tell(2);
        parent.wait();
        return 0;
    });
    child.hear();
    const SharedOwner before = cache.find(child.pid());
    ASSERT_TRUE(before);
    EXPECT_EQ(before->name, "before");
    child.go();
    child.hear();
    EXPECT_EQ(cache.find(child.pid()), before);
    const SharedOwner after = cache.refresh(child.pid());
    ASSERT_TRUE(after);
    EXPECT_EQ(after->name, "after");
    EXPECT_EQ(before->name, "before");
    EXPECT_EQ(cache.find(child.pid()), after);
}

TEST(UserNames, AsksForAFewAtOnceAndAgainWhenTheyAreOld) {
    asked = 0;
    UserNames users(ask);
    UserNames::Clock::time_point now{1h};
    for (std::int64_t uid = 0; uid < 20; ++uid) {
        EXPECT_EQ(users.find(uid, now), "");
        EXPECT_EQ(users.find(uid, now), "");
    }
    EXPECT_EQ(users.find(-1, now), "");
    EXPECT_EQ(users.find(std::int64_t{1} << 32, now), "");
    EXPECT_TRUE(users.resolve(now));
    EXPECT_EQ(asked, 16);
    EXPECT_TRUE(users.resolve(now));
    EXPECT_EQ(asked, 20);
    EXPECT_EQ(users.find(19, now), "user19");
    now += UserNames::kBelieved;
    EXPECT_EQ(users.find(19, now), "user19");  // the old one, until there is a new one
    EXPECT_FALSE(users.resolve(now));
    EXPECT_EQ(asked, 21);
}

TEST(UserNames, DoesNotAskAtOnceAgainForWhatCouldNotBeTold) {
    asked = 0;
    UserNames users(ask);
    const UserNames::Clock::time_point now{1h};
    static_cast<void>(users.find(404, now));
    EXPECT_FALSE(users.resolve(now));
    EXPECT_EQ(users.find(404, now), "");
    EXPECT_FALSE(users.resolve(now));
    EXPECT_EQ(asked, 1);
}

TEST(UserNames, KnowsRootFromTheSystem) {
    UserNames users;
    static_cast<void>(users.find(0, {}));
    EXPECT_TRUE(users.resolve({}));
    EXPECT_EQ(users.find(0, {}), "root");
}

}  // namespace
}  // namespace flowgauge
