#include "core/attribution/process_tally.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>

namespace flowgauge::test {
namespace {

using Counts = std::map<std::string, ProcessTally::Counts>;

Counts counts_of(const ProcessTally& tally) {
    Counts all;
    tally.visit([&](std::string_view name, const ProcessTally::Counts& counts) {
        EXPECT_TRUE(all.emplace(name, counts).second) << name;
    });
    return all;
}

TEST(ProcessTally, SumsUpByName) {
    const auto tally = std::make_unique<ProcessTally>();
    EXPECT_TRUE(counts_of(*tally).empty());
    tally->add("curl", {.flows = 1, .packets = 10, .bytes = 1000});
    tally->add("", {.flows = 1, .packets = 1, .bytes = 60});
    tally->add("curlew", {.flows = 1, .packets = 2, .bytes = 100});
    tally->add("curl", {.flows = 1, .packets = 5, .bytes = 500});
    const Counts counts = counts_of(*tally);
    ASSERT_EQ(counts.size(), 3U);
    EXPECT_EQ(counts.at("curl").flows, 2U);
    EXPECT_EQ(counts.at("curl").packets, 15U);
    EXPECT_EQ(counts.at("curl").bytes, 1500U);
    EXPECT_EQ(counts.at("curlew").bytes, 100U);
    EXPECT_EQ(counts.at("unknown").bytes, 60U);
}

TEST(ProcessTally, CountsWhatFindsNoPlaceTogether) {
    const auto tally = std::make_unique<ProcessTally>();
    constexpr std::uint64_t kMany = 3000;
    for (int round = 0; round < 2; ++round) {
        for (std::uint64_t i = 0; i < kMany; ++i) {
            tally->add("worker-" + std::to_string(i), {.flows = 1, .packets = 2, .bytes = 3});
        }
    }
    const Counts counts = counts_of(*tally);
    EXPECT_EQ(counts.size(), ProcessTally::kProcessesMax + 1);
    EXPECT_EQ(counts.at("other").flows, 2 * (kMany - ProcessTally::kProcessesMax));
    std::uint64_t flows = 0;
    for (const auto& [name, count] : counts) {
        flows += count.flows;
    }
    EXPECT_EQ(flows, 2 * kMany);
}

// Two names that differ behind the bound are one, and no character is cut in two.
TEST(ProcessTally, KeepsTheBeginningOfLongNames) {
    const auto tally = std::make_unique<ProcessTally>();
    const std::string ascii(ProcessTally::kNameBytesMax, 'a');
    tally->add(ascii, {.flows = 1, .packets = 1, .bytes = 1});
    tally->add(ascii + "bc", {.flows = 1, .packets = 1, .bytes = 1});
    const std::string before(ProcessTally::kNameBytesMax - 1, 'x');
    tally->add(before + "\xc3\xa9", {.flows = 1, .packets = 1, .bytes = 1});
    const std::string whole(ProcessTally::kNameBytesMax - 2, 'y');
    tally->add(whole + "\xc3\xa9 z", {.flows = 1, .packets = 1, .bytes = 1});
    const Counts counts = counts_of(*tally);
    ASSERT_EQ(counts.size(), 3U);
    EXPECT_EQ(counts.at(ascii).flows, 2U);
    EXPECT_EQ(counts.at(before).flows, 1U);
    EXPECT_EQ(counts.at(whole + "\xc3\xa9").flows, 1U);
}

TEST(ProcessTally, IsReadWhileItGrows) {
    const auto tally = std::make_unique<ProcessTally>();
    constexpr std::uint64_t kRounds = 200;
    constexpr std::uint64_t kNames = ProcessTally::kProcessesMax + 20;
    std::atomic<bool> done{false};
    std::thread writer([&] {
        for (std::uint64_t i = 0; i < kRounds * kNames; ++i) {
            tally->add(
                "process " + std::to_string(i % kNames), {.flows = 1, .packets = 1, .bytes = 9}
            );
        }
        done.store(true, std::memory_order_release);
    });
    Counts before;
    for (bool last = false; !last;) {
        last = done.load(std::memory_order_acquire);
        Counts now = counts_of(*tally);
        for (const auto& [name, counts] : before) {
            ASSERT_TRUE(now.contains(name)) << name;
            EXPECT_GE(now.at(name).flows, counts.flows) << name;
            EXPECT_TRUE(name == "other" || name.starts_with("process ")) << name;
        }
        before = std::move(now);
    }
    writer.join();
    EXPECT_EQ(before.size(), ProcessTally::kProcessesMax + 1);
    EXPECT_EQ(before.at("other").flows, 20 * kRounds);
    EXPECT_EQ(before.at("process 0").bytes, 9 * kRounds);
}

}  // namespace
}  // namespace flowgauge::test
