#include "service/message_limit.h"

#include <gtest/gtest.h>

#include <string>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;

constexpr MessageLimit::Time kStart{std::chrono::hours(1)};

int admitted(MessageLimit& limit, int messages, MessageLimit::Time now) {
    int count = 0;
    for (int i = 0; i < messages; ++i) {
        count += limit.admit(Severity::kWarning, "ring lost frames", now) ? 1 : 0;
    }
    return count;
}

TEST(MessageLimit, AdmitsAsManyASecondAsItsRate) {
    MessageLimit limit;
    limit.set_rate(3);
    EXPECT_EQ(admitted(limit, 10, kStart), 3);
    EXPECT_EQ(admitted(limit, 10, kStart + milliseconds(999)), 0);
    EXPECT_EQ(admitted(limit, 10, kStart + milliseconds(1000)), 3);
}

TEST(MessageLimit, AdmitsAllWithRateZero) {
    MessageLimit limit;
    limit.set_rate(0);
    EXPECT_EQ(admitted(limit, 1000, kStart), 1000);
    EXPECT_TRUE(limit.take_left_out(kStart + milliseconds(5000)).empty());
}

TEST(MessageLimit, TakesMessagesThatDifferInDigitsForOne) {
    MessageLimit limit;
    limit.set_rate(1);
    EXPECT_TRUE(limit.admit(Severity::kInfo, "worker 1: 200 late", kStart));
    EXPECT_FALSE(limit.admit(Severity::kInfo, "worker 23: 4 late", kStart));
    EXPECT_TRUE(limit.admit(Severity::kInfo, "worker 1: 200 later", kStart));
    EXPECT_TRUE(limit.admit(Severity::kError, "worker 1: 200 late", kStart));
}

TEST(MessageLimit, ReportsWhatItLeftOutOnceWhenTheSecondIsOver) {
    MessageLimit limit;
    limit.set_rate(2);
    EXPECT_EQ(admitted(limit, 39, kStart), 2);
    EXPECT_TRUE(limit.take_left_out(kStart + milliseconds(999)).empty());
    const auto left_out = limit.take_left_out(kStart + milliseconds(1000));
    ASSERT_EQ(left_out.size(), 1U);
    EXPECT_EQ(left_out[0].count, 37U);
    EXPECT_EQ(left_out[0].text, "ring lost frames");
    EXPECT_EQ(left_out[0].severity, Severity::kWarning);
    EXPECT_TRUE(limit.take_left_out(kStart + milliseconds(2000)).empty());
}

TEST(MessageLimit, ReportsTheLastSecondWhenTheNextOneBegins) {
    MessageLimit limit;
    limit.set_rate(1);
    EXPECT_EQ(admitted(limit, 5, kStart), 1);
    EXPECT_EQ(admitted(limit, 3, kStart + milliseconds(1500)), 1);
    const auto left_out = limit.take_left_out(kStart + milliseconds(1500));
    ASSERT_EQ(left_out.size(), 1U);
    EXPECT_EQ(left_out[0].count, 4U);
    const auto later = limit.take_left_out(kStart + milliseconds(2500));
    ASSERT_EQ(later.size(), 1U);
    EXPECT_EQ(later[0].count, 2U);
}

TEST(MessageLimit, ForgetsTheOldestTextWhenItsTableIsFull) {
    MessageLimit limit;
    limit.set_rate(1);
    const auto text = [](std::size_t number) {
        return std::string(number + 1, 'x');
    };
    for (std::size_t i = 0; i < MessageLimit::kTextsMax; ++i) {
        const auto now = kStart + milliseconds(i);
        EXPECT_TRUE(limit.admit(Severity::kInfo, text(i), now));
        EXPECT_FALSE(limit.admit(Severity::kInfo, text(i), now));
    }
    const auto now = kStart + milliseconds(500);
    EXPECT_FALSE(limit.admit(Severity::kInfo, text(0), now));
    EXPECT_TRUE(limit.admit(Severity::kInfo, "one more", now));
    // The first text gave way, said what it had left out, and begins anew.
    const auto left_out = limit.take_left_out(now);
    ASSERT_EQ(left_out.size(), 1U);
    EXPECT_EQ(left_out[0].text, text(0));
    EXPECT_EQ(left_out[0].count, 2U);
    EXPECT_TRUE(limit.admit(Severity::kInfo, text(0), now));
}

TEST(MessageLimit, CutsLongTextsBetweenCharacters) {
    MessageLimit limit;
    limit.set_rate(1);
    const std::string text = "x" + std::string(99, 'y') + [] {
        std::string umlauts;
        for (int i = 0; i < 100; ++i) {
            umlauts += "ü";
        }
        return umlauts;
    }() + "!";
    ASSERT_GT(text.size(), MessageLimit::kTextBytes);
    EXPECT_TRUE(limit.admit(Severity::kInfo, text, kStart));
    EXPECT_FALSE(limit.admit(Severity::kInfo, text, kStart));
    const auto left_out = limit.take_left_out(kStart + milliseconds(1000));
    ASSERT_EQ(left_out.size(), 1U);
    EXPECT_EQ(left_out[0].text, text.substr(0, 200));

    EXPECT_TRUE(limit.admit(Severity::kInfo, "z" + text, kStart));
    EXPECT_FALSE(limit.admit(Severity::kInfo, "z" + text, kStart));
    const auto odd = limit.take_left_out(kStart + milliseconds(1000));
    ASSERT_EQ(odd.size(), 1U);
    EXPECT_EQ(odd[0].text, "z" + text.substr(0, 198));  // not half of an ü
}

}  // namespace
}  // namespace flowgauge
