#include "core/dpi/application_tally.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <utility>

namespace flowgauge::test {
namespace {

using Key = std::pair<int, int>;

Application application(std::uint16_t master, std::uint16_t app) {
    Application made;
    made.master = master;
    made.app = app;
    return made;
}

std::map<Key, ApplicationTally::Counts> counts_of(const ApplicationTally& tally) {
    std::map<Key, ApplicationTally::Counts> all;
    tally.visit([&](const Application* known, const ApplicationTally::Counts& counts) {
        all[known == nullptr ? Key{-1, -1} : Key{known->master, known->app}] = counts;
    });
    return all;
}

TEST(ApplicationTally, SumsUpByApplication) {
    const auto tally = std::make_unique<ApplicationTally>();
    EXPECT_TRUE(counts_of(*tally).empty());
    tally->add(application(91, 124), {.flows = 1, .packets = 10, .bytes = 1000});
    tally->add(application(0, 5), {.flows = 1, .packets = 2, .bytes = 100});
    tally->add(application(91, 124), {.flows = 1, .packets = 5, .bytes = 500});
    tally->add(application(0, 0), {.flows = 1, .packets = 1, .bytes = 60});
    const auto counts = counts_of(*tally);
    ASSERT_EQ(counts.size(), 3U);
    EXPECT_EQ(counts.at({91, 124}).flows, 2U);
    EXPECT_EQ(counts.at({91, 124}).packets, 15U);
    EXPECT_EQ(counts.at({91, 124}).bytes, 1500U);
    EXPECT_EQ(counts.at({0, 0}).bytes, 60U);
}

TEST(ApplicationTally, CountsWhatFindsNoPlaceTogether) {
    const auto tally = std::make_unique<ApplicationTally>();
    constexpr std::uint16_t kMany = 3000;
    for (int round = 0; round < 2; ++round) {
        for (std::uint16_t app = 0; app < kMany; ++app) {
            tally->add(application(7, app), {.flows = 1, .packets = 2, .bytes = 3});
        }
    }
    const auto counts = counts_of(*tally);
    EXPECT_EQ(counts.size(), ApplicationTally::kApplicationsMax + 1);
    EXPECT_EQ(counts.at({-1, -1}).flows, 2 * (kMany - ApplicationTally::kApplicationsMax));
    std::uint64_t flows = 0;
    for (const auto& [key, count] : counts) {
        flows += count.flows;
    }
    EXPECT_EQ(flows, 2U * kMany);
}

}  // namespace
}  // namespace flowgauge::test
