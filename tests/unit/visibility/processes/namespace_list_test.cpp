#include "visibility/processes/namespace_list.h"

#include "tests/unit/visibility/processes/child.h"
#include "tests/unit/visibility/processes/proc_tree.h"

#include <gtest/gtest.h>

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;

class NamespaceListTest : public testing::Test {
protected:
    std::vector<NamespaceProcess> poll() {
        EXPECT_TRUE(list_.poll());
        namespaces_.poll(list_, now_);
        return {namespaces_.namespaces().begin(), namespaces_.namespaces().end()};
    }

    test::ProcTree tree_;
    ProcRoot root_ = std::move(ProcRoot::open(tree_.path()).value());
    ProcessList list_{root_};
    NamespaceList namespaces_{root_};
    NamespaceList::Clock::time_point now_{1h};
};

TEST_F(NamespaceListTest, GivesEachNamespaceOneProcessAndTheOwnOneFirst) {
    tree_.link("self/ns/net", "net:[900]");
    for (const auto& [pid, name_space] : {std::pair{30, 800}, {10, 900}, {20, 800}, {40, 700}}) {
        tree_.add(pid, 5);
        tree_.link(std::to_string(pid) + "/ns/net", "net:[" + std::to_string(name_space) + "]");
    }
    const auto found = poll();
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].name_space, 900U);
    EXPECT_EQ(found[1], (NamespaceProcess{.name_space = 700, .pid = 40}));
    EXPECT_EQ(found[2], (NamespaceProcess{.name_space = 800, .pid = 20}));
    tree_.remove(20);
    EXPECT_EQ(poll()[2].pid, 30);
    tree_.remove(30);
    EXPECT_EQ(poll().size(), 2U);
}

TEST_F(NamespaceListTest, LooksAgainEveryTenSeconds) {
    tree_.add(10, 5);
    tree_.link("10/ns/net", "net:[800]");
    EXPECT_EQ(poll()[0].name_space, 800U);
    tree_.link("10/ns/net", "net:[801]");
    now_ += 9s;
    EXPECT_EQ(poll()[0].name_space, 800U);
    now_ += 1s;
    EXPECT_EQ(poll()[0].name_space, 801U);
}

TEST(NamespaceList, FindsANamespaceThatAProcessMade) {
    test::Child child([](const test::Parent& parent) {
        const bool made = ::unshare(CLONE_NEWNET) == 0;
        parent.tell(made ? test::inode_of_path("/proc/self/ns/net") : 1);
        parent.wait();
        return 0;
    });
    const std::uint64_t inode = child.hear();
    if (inode <= 1) {
        GTEST_SKIP() << "no network namespace may be made here";
    }
    const ProcRoot root = std::move(ProcRoot::open().value());
    ProcessList list(root);
    NamespaceList namespaces(root);
    ASSERT_TRUE(list.poll());
    namespaces.poll(list, NamespaceList::Clock::now());
    const auto found = namespaces.namespaces();
    EXPECT_EQ(found[0].name_space, test::inode_of_path("/proc/self/ns/net"));
    EXPECT_EQ(found[0].pid, ::getpid());
    EXPECT_TRUE(std::ranges::any_of(found, [&](const NamespaceProcess& process) {
        return process.name_space == inode && process.pid == child.pid();
    }));
}

}  // namespace
}  // namespace flowgauge
