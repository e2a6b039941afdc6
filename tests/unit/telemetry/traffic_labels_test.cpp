#include "telemetry/traffic_labels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using Applications = std::vector<TrafficStatistics>;

TrafficStatistics application(const std::string& name, std::uint64_t bytes) {
    return {.name = name, .flows = bytes / 100, .packets = bytes / 10, .bytes = bytes};
}

std::map<std::string, std::uint64_t> bytes_of(const Applications& applications) {
    std::map<std::string, std::uint64_t> bytes;
    for (const TrafficStatistics& each : applications) {
        bytes[each.name] += each.bytes;
    }
    return bytes;
}

using Bytes = std::map<std::string, std::uint64_t>;

TEST(TrafficLabels, ShowsAllWhenThereIsRoomForAll) {
    TrafficLabels labels(50);
    const Applications all{application("DNS", 5000), application("TLS", 3000)};
    EXPECT_EQ(bytes_of(labels.select(all)), (Bytes{{"DNS", 5000}, {"TLS", 3000}, {"other", 0}}));
}

TEST(TrafficLabels, ShowsTheLargestAndSumsUpTheRest) {
    TrafficLabels labels(2);
    const Applications all{
        application("A", 5000), application("B", 3000), application("C", 100), application("D", 1)};
    EXPECT_EQ(bytes_of(labels.select(all)), (Bytes{{"A", 5000}, {"B", 3000}, {"other", 101}}));
}

TEST(TrafficLabels, KeepsANameThatOthersOvertake) {
    TrafficLabels labels(1);
    static_cast<void>(labels.select(Applications{application("A", 10)}));
    EXPECT_EQ(
        bytes_of(labels.select(Applications{application("B", 9000), application("A", 20)})),
        (Bytes{{"A", 20}, {"other", 9000}})
    );
}

// With three of four labels given away it takes (3/4)^2/4 = 14 % of all to get the last one.
TEST(TrafficLabels, KeepsTheLastLabelsForWhatMatters) {
    TrafficLabels labels(4);
    Applications all{
        application("A", 10'000),
        application("B", 9'000),
        application("C", 8'000),
        application("small", 1'000)};
    EXPECT_FALSE(bytes_of(labels.select(all)).contains("small"));
    all.push_back(application("late", 20'000));
    EXPECT_EQ(bytes_of(labels.select(all)).at("late"), 20'000U);
}

// What it had while it was part of "other" stays there: neither falls.
TEST(TrafficLabels, BeginsAtZeroForWhatWasPartOfOther) {
    TrafficLabels labels(4);
    Applications all{
        application("A", 10'000),
        application("B", 9'000),
        application("C", 8'000),
        application("grows", 1'000)};
    static_cast<void>(labels.select(all));
    all[3] = application("grows", 21'000);
    const Bytes shown = bytes_of(labels.select(all));
    EXPECT_EQ(shown.at("grows"), 20'000U);
    EXPECT_EQ(shown.at("other"), 1'000U);
}

TEST(TrafficLabels, LeavesWhatIsOtherAlreadyInOther) {
    TrafficLabels labels(50);
    const Applications all{application("A", 10), application("other", 90'000)};
    EXPECT_EQ(bytes_of(labels.select(all)), (Bytes{{"A", 10}, {"other", 90'000}}));
}

TEST(TrafficLabels, ShowsOnlyOtherWhenNoLabelsAreWanted) {
    TrafficLabels labels(0);
    EXPECT_EQ(bytes_of(labels.select(Applications{application("A", 10)})), (Bytes{{"other", 10}}));
}

// Random traffic of 40 applications of which 10 can be shown: at every step the sum is exact, no
// number falls, and no label goes away.
TEST(TrafficLabels, KeepsSumsExactAndNumbersRisingUnderRandomTraffic) {
    std::mt19937 random(7);
    TrafficLabels labels(10);
    std::map<std::string, TrafficStatistics> totals;
    std::map<std::string, TrafficStatistics> before;
    for (int step = 0; step < 500; ++step) {
        for (int i = 0; i < 20; ++i) {
            const std::string name = "app" + std::to_string(random() % 40);
            TrafficStatistics& each = totals[name];
            each.name = name;
            each.flows += 1;
            each.packets += random() % 100;
            each.bytes += random() % (step % 50 == 0 ? 100'000 : 1'000);
        }
        Applications all;
        TrafficStatistics sum;
        for (const auto& [name, each] : totals) {
            all.push_back(each);
            sum.flows += each.flows;
            sum.packets += each.packets;
            sum.bytes += each.bytes;
        }
        std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
            return a.bytes > b.bytes;
        });
        std::map<std::string, TrafficStatistics> now;
        for (TrafficStatistics& each : labels.select(all)) {
            sum.flows -= each.flows;
            sum.packets -= each.packets;
            sum.bytes -= each.bytes;
            now.emplace(each.name, each);
        }
        EXPECT_EQ(sum.flows + sum.packets + sum.bytes, 0U);
        EXPECT_LE(now.size(), 11U);
        for (const auto& [name, each] : before) {
            ASSERT_TRUE(now.contains(name)) << name;
            EXPECT_GE(now[name].flows, each.flows) << name;
            EXPECT_GE(now[name].packets, each.packets) << name;
            EXPECT_GE(now[name].bytes, each.bytes) << name;
        }
        before = now;
    }
}

}  // namespace
}  // namespace flowgauge
