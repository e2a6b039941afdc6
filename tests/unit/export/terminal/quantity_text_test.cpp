#include "export/terminal/quantity_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace flowgauge {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr TimeUnit kMs = TimeUnit::kMilliseconds;

TEST(QuantityText, GroupsDigitsByThree) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1'000), "1,000");
    EXPECT_EQ(grouped(1'234'567), "1,234,567");
    EXPECT_EQ(grouped(kMost), "18,446,744,073,709,551,615");
}

TEST(QuantityText, ShortensCountsBeyondFiveDigits) {
    EXPECT_EQ(short_count(0), "0");
    EXPECT_EQ(short_count(99'999), "99999");
    EXPECT_EQ(short_count(100'000), "100k");
    EXPECT_EQ(short_count(999'499), "999k");
    EXPECT_EQ(short_count(999'500), "1.00M");
    EXPECT_EQ(short_count(12'345'678), "12.3M");
    EXPECT_EQ(short_count(kMost), "18.4E");
}

TEST(QuantityText, GivesBytesThreeDigitsAndAUnit) {
    EXPECT_EQ(bytes_text(0), "0 B");
    EXPECT_EQ(bytes_text(999), "999 B");
    EXPECT_EQ(bytes_text(1'000), "0.98 KiB");
    EXPECT_EQ(bytes_text(1'024), "1.00 KiB");
    EXPECT_EQ(bytes_text(10'239), "10.0 KiB");
    EXPECT_EQ(bytes_text(12'700'000), "12.1 MiB");
    EXPECT_EQ(bytes_text(std::uint64_t{3} << 30), "3.00 GiB");
    EXPECT_EQ(bytes_text(kMost), "16.0 EiB");
}

TEST(QuantityText, WritesAPartInTheUnitOfTheWhole) {
    EXPECT_EQ(bytes_in_unit_of(52'224, std::uint64_t{1} << 20), "0.05");
    EXPECT_EQ(bytes_in_unit_of(5, 100), "5");
    EXPECT_EQ(bytes_in_unit_of(std::uint64_t{50} << 20, std::uint64_t{200} << 20), "50");
    EXPECT_EQ(bytes_in_unit_of(0, kMost), "0.0");
}

TEST(QuantityText, WritesDurationsByTheirLength) {
    EXPECT_EQ(duration_text(0, kMs), "0s");
    EXPECT_EQ(duration_text(-1, kMs), "0s");
    EXPECT_EQ(duration_text(12, TimeUnit::kNanoseconds), "12ns");
    EXPECT_EQ(duration_text(999, TimeUnit::kMicroseconds), "999us");
    EXPECT_EQ(duration_text(850, kMs), "850ms");
    EXPECT_EQ(duration_text(1'234, kMs), "1.23s");
    EXPECT_EQ(duration_text(59'949, kMs), "59.9s");
    EXPECT_EQ(duration_text(60'000, kMs), "1m00s");
    EXPECT_EQ(duration_text(723'000, kMs), "12m03s");
    EXPECT_EQ(duration_text(3'720'000, kMs), "1h02m");
    EXPECT_EQ(duration_text(Tick{76} * 3'600'000, kMs), "3d04h");
    EXPECT_EQ(duration_text(Tick{365} * 86'400'000, kMs), "365d");
    EXPECT_EQ(duration_text(kTickMax, kMs), ">9999d");
}

TEST(QuantityText, KeepsToItsWidths) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t value = random() >> (random() % 64);
        EXPECT_LE(short_count(value).size(), 5) << value;
        EXPECT_LE(bytes_text(value).size(), 8) << value;
        const auto tick = static_cast<Tick>(value >> 1);
        for (const TimeUnit unit : {kMs, TimeUnit::kMicroseconds, TimeUnit::kNanoseconds}) {
            EXPECT_LE(duration_text(tick, unit).size(), 6) << tick;
        }
    }
}

TEST(QuantityText, WritesAShareOfTheWhole) {
    EXPECT_EQ(share_text(1, 3), "33.3%");
    EXPECT_EQ(share_text(7, 7), "100.0%");
    EXPECT_EQ(share_text(0, 0), "-");
}

TEST(QuantityText, WritesTimesInUtc) {
    EXPECT_EQ(utc_text(0, kMs), "1970-01-01 00:00:00");
    EXPECT_EQ(utc_text(1'700'000'000'999, kMs), "2023-11-14 22:13:20");
    EXPECT_EQ(utc_text(951'782'400'000'000, TimeUnit::kMicroseconds), "2000-02-29 00:00:00");
    EXPECT_EQ(utc_text(253'402'300'799'000, kMs), "9999-12-31 23:59:59");
    EXPECT_EQ(utc_text(253'402'300'800'000, kMs), "@253402300800 s");
}

}  // namespace
}  // namespace flowgauge
