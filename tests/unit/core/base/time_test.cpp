#include "core/base/time.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>

namespace flowgauge {
namespace {

constexpr TimeUnit kMs = TimeUnit::kMilliseconds;
constexpr TimeUnit kUs = TimeUnit::kMicroseconds;
constexpr TimeUnit kNs = TimeUnit::kNanoseconds;

TEST(Quantise, TruncatesToTheUnitOrRefusesWhatItCannotHold) {
    constexpr std::uint64_t kYear151991 = 4'734'229'000'000;
    constexpr auto kMax = static_cast<std::uint64_t>(kTickMax);
    struct Row {
        const char* why = "";
        CaptureTime time;
        TimeUnit unit = kMs;
        std::optional<Tick> tick;
    };
    const Row rows[] = {
        {"zero", {0, 0}, kMs, 0},
        {"ms truncate", {1, 999'999'999}, kMs, 1'999},
        {"us truncate", {1, 999'999'999}, kUs, 1'999'999},
        {"ns are exact", {1, 999'999'999}, kNs, 1'999'999'999},
        {"below a ms", {7, 999'999}, kMs, 7'000},
        {"a ms", {7, 1'000'000}, kMs, 7'001},
        {"year 151991 in ms", {kYear151991, 5'000'000}, kMs, 4'734'229'000'000'005},
        {"year 151991 in us", {kYear151991, 5'000}, kUs, 4'734'229'000'000'000'005},
        {"year 151991 in ns", {kYear151991, 0}, kNs, std::nullopt},
        {"last second in ms",
         {kMax / 1'000 - 1, 999'999'999},
         kMs,
         static_cast<Tick>((kMax / 1'000 - 1) * 1'000 + 999)},
        {"beyond ms", {kMax / 1'000, 0}, kMs, std::nullopt},
        {"beyond us", {kMax / 1'000'000, 0}, kUs, std::nullopt},
        {"last second in ns",
         {kMax / 1'000'000'000 - 1, 999'999'999},
         kNs,
         static_cast<Tick>((kMax / 1'000'000'000 - 1) * 1'000'000'000 + 999'999'999)},
        {"beyond ns", {kMax / 1'000'000'000, 0}, kNs, std::nullopt},
        {"largest stamp", {std::numeric_limits<std::uint64_t>::max(), 0}, kMs, std::nullopt},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(quantise(row.time, row.unit), row.tick) << row.why;
    }
}

TEST(TimeUnit, NamesItsSuffixAndItsTicks) {
    EXPECT_EQ(suffix(kMs), "ms");
    EXPECT_EQ(suffix(kUs), "us");
    EXPECT_EQ(suffix(kNs), "ns");
    EXPECT_EQ(ticks_per_second(kMs), 1'000);
    EXPECT_EQ(ticks_per_second(kUs), 1'000'000);
    EXPECT_EQ(ticks_per_second(kNs), 1'000'000'000);
}

TEST(CaptureTime, OrdersBySecondsFirst) {
    EXPECT_LT((CaptureTime{1, 999'999'999}), (CaptureTime{2, 0}));
    EXPECT_LT((CaptureTime{2, 0}), (CaptureTime{2, 1}));
}

}  // namespace
}  // namespace flowgauge
