#include "capture/cpu_placement.h"

#include <gtest/gtest.h>

#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace flowgauge {
namespace {

namespace fs = std::filesystem;
using Cpus = std::vector<std::uint32_t>;

// A sysfs that says what the test wants.
class FakeSystem : public ::testing::Test {
protected:
    void SetUp() override {
        root_ = fs::path(::testing::TempDir()) /
                ("sysfs-" + std::to_string(::getpid()) + "-" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name());
    }
    void TearDown() override { fs::remove_all(root_); }

    void say(const std::string& path, const std::string& line) const {
        const fs::path file = root_ / path;
        fs::create_directories(file.parent_path());
        std::ofstream(file) << line << '\n';
    }

    // Nodes with these CPUs, each CPU a core of its own.
    void make(const std::string& online, const std::vector<std::string>& nodes) const {
        say("devices/system/cpu/online", online);
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            say("devices/system/node/node" + std::to_string(i) + "/cpulist", nodes[i]);
        }
        if (!nodes.empty()) {
            const std::string last = std::to_string(nodes.size() - 1);
            say("devices/system/node/online", nodes.size() == 1 ? "0" : "0-" + last);
        }
    }

    [[nodiscard]] CpuTopology topology() const {
        Result<CpuTopology> read = read_topology(root_);
        EXPECT_TRUE(read) << (read ? "" : read.error().message);
        return std::move(read).value();
    }

    fs::path root_;
};

TEST(CpuList, IsReadAsTheKernelWritesIt) {
    EXPECT_EQ(parse_cpu_list("0-3,8,10-11\n"), (Cpus{0, 1, 2, 3, 8, 10, 11}));
    EXPECT_EQ(parse_cpu_list("5"), Cpus{5});
    EXPECT_EQ(parse_cpu_list("4,2,2-4"), (Cpus{2, 3, 4}));
    EXPECT_EQ(parse_cpu_list("\n"), Cpus{}) << "a node without CPUs";
    EXPECT_EQ(parse_cpu_list("8191"), Cpus{8191});
    for (const char* bad :
         {"x", "1-", "-1", "3-1", "1,", ",1", "1 2", "8192", "0-4294967295", "-"}) {
        EXPECT_EQ(parse_cpu_list(bad), std::nullopt) << bad;
    }
}

TEST_F(FakeSystem, HasOneNode) {
    make("0-3", {"0-3"});
    const CpuTopology read = topology();
    EXPECT_EQ(read.online, (Cpus{0, 1, 2, 3}));
    ASSERT_EQ(read.nodes.size(), 1U);
    EXPECT_TRUE(read.siblings.empty());
    Result<PlacementPlan> plan = plan_placement(
        {.workers = 2, .cpus = {}, .allowed = {0, 1, 2, 3}, .interface_node = 0}, read
    );
    ASSERT_TRUE(plan);
    ASSERT_EQ(plan.value().workers.size(), 2U);
    EXPECT_EQ(plan.value().ring_node, std::nullopt);
    for (const WorkerPlacement& worker : plan.value().workers) {
        EXPECT_EQ(worker.cpu, std::nullopt);
        EXPECT_EQ(worker.memory_node, std::nullopt);
    }
    EXPECT_TRUE(plan.value().notes.empty());
}

TEST_F(FakeSystem, PutsMemoryOnTheNodeOfTheInterface) {
    make("0-7", {"0-3", "4-7"});
    const CpuTopology read = topology();
    EXPECT_EQ(read.node_of(3), 0U);
    EXPECT_EQ(read.node_of(4), 1U);
    EXPECT_EQ(read.node_of(8), std::nullopt);
    PlacementRequest request{
        .workers = 2, .cpus = {}, .allowed = {0, 1, 2, 3, 4, 5, 6, 7}, .interface_node = 1};
    Result<PlacementPlan> plan = plan_placement(request, read);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan.value().ring_node, 1U);
    EXPECT_EQ(plan.value().workers[0].memory_node, 1U);
    EXPECT_EQ(plan.value().workers[1].cpu, std::nullopt) << "nobody is pinned without being asked";

    request.cpus = {5, 2};
    Result<PlacementPlan> pinned = plan_placement(request, read);
    ASSERT_TRUE(pinned);
    EXPECT_EQ(pinned.value().ring_node, 1U);
    EXPECT_EQ(pinned.value().workers[0].cpu, 5U);
    EXPECT_EQ(pinned.value().workers[0].memory_node, 1U);
    EXPECT_EQ(pinned.value().workers[1].cpu, 2U);
    EXPECT_EQ(pinned.value().workers[1].memory_node, 0U);
    ASSERT_EQ(pinned.value().notes.size(), 1U);
    EXPECT_EQ(pinned.value().notes[0], "CPU 2 is on NUMA node 0, the interface on node 1");

    request.cpus = {};
    for (const auto& elsewhere :
         {std::optional<std::uint32_t>(), std::optional<std::uint32_t>(9)}) {
        request.interface_node = elsewhere;
        Result<PlacementPlan> unplaced = plan_placement(request, read);
        ASSERT_TRUE(unplaced);
        EXPECT_EQ(unplaced.value().ring_node, std::nullopt);
        EXPECT_EQ(unplaced.value().workers[0].memory_node, std::nullopt);
    }
}

TEST_F(FakeSystem, HasFourNodesAndThreadsOfOneCore) {
    make("0-15", {"0-1,8-9", "2-3,10-11", "4-5,12-13", "6-7,14-15"});
    for (int cpu = 0; cpu < 16; ++cpu) {
        const int core = cpu % 8;
        say("devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list",
            std::to_string(core) + "," + std::to_string(core + 8));
    }
    const CpuTopology read = topology();
    ASSERT_EQ(read.nodes.size(), 4U);
    ASSERT_EQ(read.siblings.size(), 8U);
    EXPECT_EQ(read.siblings[3], (Cpus{3, 11}));
    PlacementRequest request{
        .workers = 4, .cpus = {2, 3, 10, 4}, .allowed = read.online, .interface_node = 1};
    Result<PlacementPlan> plan = plan_placement(request, read);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan.value().workers[2].memory_node, 1U);
    EXPECT_EQ(plan.value().workers[3].memory_node, 2U);
    ASSERT_EQ(plan.value().notes.size(), 2U);
    EXPECT_EQ(plan.value().notes[0], "cpus 2,10 are threads of one core");
    EXPECT_EQ(plan.value().notes[1], "CPU 4 is on NUMA node 2, the interface on node 1");

    request.cpus = {3, 2, 3, 3};
    Result<PlacementPlan> twice = plan_placement(request, read);
    ASSERT_TRUE(twice);
    EXPECT_EQ(
        twice.value().notes, std::vector<std::string>{"cpus names CPU 3 for several workers"}
    );
}

TEST_F(FakeSystem, RefusesWhatCannotBe) {
    make("0-3,6", {});
    const CpuTopology read = topology();
    EXPECT_TRUE(read.nodes.empty());
    struct Row {
        Cpus cpus;
        Cpus allowed;
        const char* expected;
    };
    const Row rows[] = {
        {{0}, {0, 1, 2, 3, 6}, "cpus names 1 CPUs for 2 workers"},
        {{0, 1, 2}, {0, 1, 2, 3, 6}, "cpus names 3 CPUs for 2 workers"},
        {{0, 5}, {0, 1, 2, 3, 6}, "there is no CPU 5; online: 0-3,6"},
        {{0, 1}, {0, 2, 3}, "may not run on CPU 1; allowed: 0,2-3"},
        {{0, 1}, {}, "may not run on CPU 0; allowed: none"},
    };
    for (const Row& row : rows) {
        Result<PlacementPlan> plan = plan_placement(
            {.workers = 2, .cpus = row.cpus, .allowed = row.allowed, .interface_node = {}}, read
        );
        ASSERT_FALSE(plan) << row.expected;
        EXPECT_EQ(plan.error().kind, ErrorKind::kUsage);
        EXPECT_NE(plan.error().message.find(row.expected), std::string::npos)
            << plan.error().message;
    }
    Result<CpuTopology> nothing = read_topology(root_ / "nowhere");
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().kind, ErrorKind::kSystem);
}

TEST_F(FakeSystem, TellsTheNodeOfAnInterface) {
    say("class/net/eth0/device/numa_node", "1");
    say("class/net/eth1/device/numa_node", "-1");
    EXPECT_EQ(interface_node("eth0", root_), 1U);
    EXPECT_EQ(interface_node("eth1", root_), std::nullopt);
    EXPECT_EQ(interface_node("veth0", root_), std::nullopt);
}

TEST(CpuPlacement, TakesEffectOnTheCallingThread) {
    const Cpus before = allowed_cpus();
    ASSERT_FALSE(before.empty());
    Result<CpuTopology> real = read_topology();
    ASSERT_TRUE(real);
    EXPECT_TRUE(std::includes(
        real.value().online.begin(), real.value().online.end(), before.begin(), before.end()
    ));
    std::jthread([last = before.back()] {
        auto applied = apply_placement({.cpu = last, .memory_node = std::nullopt});
        EXPECT_TRUE(applied) << (applied ? "" : applied.error().message);
        EXPECT_EQ(allowed_cpus(), Cpus{last});
        EXPECT_EQ(::sched_getcpu(), static_cast<int>(last));
    }).join();
    EXPECT_EQ(allowed_cpus(), before);
    std::jthread([] {
        auto refused = apply_placement({.cpu = kCpusMax - 1, .memory_node = std::nullopt});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::kSystem);
        EXPECT_NE(refused.error().message.find("CPU 8191"), std::string::npos);
    }).join();
}

TEST(CpuPlacement, PrefersTheMemoryOfANode) {
    Result<CpuTopology> real = read_topology();
    ASSERT_TRUE(real);
    if (real.value().nodes.empty()) {
        GTEST_SKIP() << "the kernel has no NUMA";
    }
    const auto policy = [] {
        int mode = -1;
        EXPECT_EQ(::syscall(SYS_get_mempolicy, &mode, nullptr, 0, nullptr, 0), 0);
        return mode;
    };
    std::jthread([&] {
        const std::uint32_t node = real.value().nodes.front().id;
        auto applied = apply_placement({.cpu = std::nullopt, .memory_node = node});
        ASSERT_TRUE(applied) << applied.error().message;
        EXPECT_EQ(policy(), MPOL_PREFERRED);
        EXPECT_TRUE(prefer_memory_node(std::nullopt));
        EXPECT_EQ(policy(), MPOL_DEFAULT);
        // Both are tried, and the first failure is told.
        auto refused = apply_placement({.cpu = kCpusMax - 1, .memory_node = node});
        EXPECT_FALSE(refused);
        EXPECT_EQ(policy(), MPOL_PREFERRED);
        EXPECT_FALSE(prefer_memory_node(1023)) << "no such node";
    }).join();
}

}  // namespace
}  // namespace flowgauge
