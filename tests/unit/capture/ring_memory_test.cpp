#include "capture/ring_memory.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace flowgauge {
namespace {

constexpr std::uint64_t kKibibyte = 1024;
constexpr std::uint64_t kMebibyte = 1024 * kKibibyte;
constexpr std::uint64_t kGibibyte = 1024 * kMebibyte;

RingGeometry planned(const RingRequest& request) {
    Result<RingGeometry> plan = plan_ring(request);
    EXPECT_TRUE(plan) << (plan ? "" : plan.error().message);
    return plan ? plan.value() : RingGeometry{};
}

TEST(PlanRing, GivesTheDefaultInBlocksOfOneMebibyte) {
    const RingGeometry ring = planned({.workers = 4, .available_bytes = 8 * kGibibyte});
    EXPECT_EQ(ring.block_bytes, kMebibyte);
    EXPECT_EQ(ring.block_count, 64U);
    EXPECT_EQ(ring.note, "");
}

TEST(PlanRing, RoundsDownToWholeBlocksSilently) {
    const RingGeometry ring =
        planned({.bytes_per_worker = 10 * kMebibyte + 1, .available_bytes = kGibibyte});
    EXPECT_EQ(ring.bytes(), 10 * kMebibyte);
    EXPECT_EQ(ring.note, "");
}

TEST(PlanRing, HalvesTheBlockUntilTwoFit) {
    struct Row {
        std::uint64_t asked;
        std::uint64_t block;
        std::uint32_t count;
    };
    const Row rows[] = {
        {2 * kMebibyte, kMebibyte, 2},
        {2 * kMebibyte - 1, 512 * kKibibyte, 3},
        {kMebibyte, 512 * kKibibyte, 2},
        {kMebibyte - 1, 256 * kKibibyte, 3},
        {300 * kKibibyte, 128 * kKibibyte, 2},
    };
    for (const Row& row : rows) {
        const RingGeometry ring = planned(
            {.bytes_per_worker = row.asked, .available_bytes = kGibibyte, .snapshot_length = 1536}
        );
        EXPECT_EQ(ring.block_bytes, row.block) << row.asked;
        EXPECT_EQ(ring.block_count, row.count) << row.asked;
        EXPECT_EQ(ring.note, "") << row.asked;
    }
}

TEST(PlanRing, RaisesWhatCannotHoldTwoFrames) {
    struct Row {
        std::uint32_t snapshot;
        std::uint32_t page;
        std::uint64_t block;
    };
    const Row rows[] = {
        {1536, 4096, 4096},
        {1536, 65536, 65536},
        {3840, 4096, 4096},
        {3841, 4096, 8192},  // frame header and block header go in too
        {65535, 4096, 131072},
    };
    for (const Row& row : rows) {
        const RingGeometry ring = planned(
            {.bytes_per_worker = 1,
             .available_bytes = kGibibyte,
             .snapshot_length = row.snapshot,
             .page_bytes = row.page}
        );
        EXPECT_EQ(ring.block_bytes, row.block) << row.snapshot;
        EXPECT_EQ(ring.block_count, 2U) << row.snapshot;
        EXPECT_NE(ring.note.find("raised"), std::string::npos) << ring.note;
    }
}

TEST(PlanRing, SharesAQuarterOfTheMemoryAndSaysSo) {
    const RingGeometry ring = planned({.workers = 4, .available_bytes = kGibibyte / 2});
    EXPECT_EQ(ring.bytes(), 32 * kMebibyte);
    EXPECT_EQ(
        ring.note,
        "ring reduced from 64 MiB to 32 MiB a worker: 4 rings may take a quarter of the 512 MiB of "
        "available memory"
    );
}

// What all rings take of `available` when each asks for all there is; 0 when none fits.
std::uint64_t taken(std::uint64_t available, std::uint32_t workers) {
    Result<RingGeometry> plan =
        plan_ring({.bytes_per_worker = UINT64_MAX, .workers = workers, .available_bytes = available}
        );
    return plan ? plan.value().bytes() * workers : 0;
}

TEST(PlanRing, NeverGivesMoreThanAQuarterToAll) {
    for (std::uint64_t available = 4 * kMebibyte; available < kGibibyte; available += 333'333) {
        for (const std::uint32_t workers : {1U, 3U, 64U}) {
            EXPECT_LE(taken(available, workers), available / kRingMemoryDivisor) << workers;
        }
    }
}

TEST(PlanRing, ComputesIn64Bits) {
    // 30,000 blocks of 1 MiB on 24 GiB is what called the OOM killer. 4,096 workers of 4 GiB
    // overflow 32 bits at every step.
    EXPECT_EQ(
        planned({.bytes_per_worker = 30'000 * kMebibyte, .available_bytes = 24 * kGibibyte})
            .bytes(),
        6 * kGibibyte
    );
    const RingGeometry large = planned(
        {.bytes_per_worker = 4 * kGibibyte, .workers = 4096, .available_bytes = 1024 * kGibibyte}
    );
    EXPECT_EQ(large.bytes(), 64 * kMebibyte);
    EXPECT_GT(
        planned({.bytes_per_worker = UINT64_MAX, .available_bytes = UINT64_MAX}).block_count, 2U
    );
}

TEST(PlanRing, FailsWhenNotEvenTwoBlocksFit) {
    const RingRequest just_enough = {.available_bytes = kMebibyte, .snapshot_length = 65535};
    EXPECT_EQ(planned(just_enough).bytes(), 256 * kKibibyte);
    Result<RingGeometry> plan =
        plan_ring({.available_bytes = kMebibyte - 4, .snapshot_length = 65535});
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().kind, ErrorKind::kSystem);
    EXPECT_NE(plan.error().message.find("not enough memory"), std::string::npos);
    EXPECT_FALSE(plan_ring({.available_bytes = 0}));
}

TEST(PlanRing, RefusesNoWorkers) {
    Result<RingGeometry> plan = plan_ring({.workers = 0, .available_bytes = kGibibyte});
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().kind, ErrorKind::kUsage);
}

// A directory that stands for /.
class AvailableMemory : public ::testing::Test {
protected:
    void SetUp() override {
        std::filesystem::remove_all(root_);
        std::filesystem::create_directories(root_);
    }
    void TearDown() override { std::filesystem::remove_all(root_); }

    void write(const std::string& path, const std::string& text) const {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }

    const std::filesystem::path root_ = std::filesystem::temp_directory_path() /
                                        ("flowgauge_ring_memory_" + std::to_string(::getpid()));
};

constexpr const char* kMeminfo =
    "MemTotal:  24684096 kB\nMemFree: 1 kB\nMemAvailable:   1048576 kB\n";

TEST_F(AvailableMemory, IsThatOfMeminfo) {
    write("proc/meminfo", kMeminfo);
    EXPECT_EQ(available_memory(root_), kGibibyte);
}

TEST_F(AvailableMemory, IsWhatTheControlGroupHasLeft) {
    write("proc/meminfo", kMeminfo);
    write("proc/self/cgroup", "4:memory:/old\n0::/system.slice/flowgauge.service\n");
    const std::string group = "sys/fs/cgroup/system.slice/flowgauge.service/";
    write(group + "memory.max", "max\n");
    write(group + "memory.current", "1\n");
    EXPECT_EQ(available_memory(root_), kGibibyte);
    write(group + "memory.max", "209715200\n");
    write(group + "memory.current", "104857600\n");
    EXPECT_EQ(available_memory(root_), 100 * kMebibyte);
    write("sys/fs/cgroup/system.slice/memory.max", "52428800\n");
    EXPECT_EQ(available_memory(root_), 50 * kMebibyte);
    write(group + "memory.current", "209715201\n");
    EXPECT_EQ(available_memory(root_), 0U);
}

TEST_F(AvailableMemory, LooksIntoTheRootOfAContainer) {
    write("proc/meminfo", kMeminfo);
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/memory.max", "1048576\n");
    EXPECT_EQ(available_memory(root_), kMebibyte);
}

TEST_F(AvailableMemory, AsksTheKernelWhenMeminfoIsHidden) {
    EXPECT_GT(available_memory(root_), 0U);
}

TEST(AvailableMemoryHere, IsPositive) {
    EXPECT_GT(available_memory(), kMebibyte);
}

}  // namespace
}  // namespace flowgauge
