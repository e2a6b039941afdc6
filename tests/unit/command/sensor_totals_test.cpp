#include "command/sensor_totals.h"

#include "tests/support/sensor_sample.h"

#include <gtest/gtest.h>

namespace flowgauge {
namespace {

TEST(SensorTotals, AddUpTheWorkersOfAnInput) {
    const SensorStatistics statistics = test::sensor_sample();
    const SensorTotals edge = totals_of_input(statistics, "edge");
    EXPECT_EQ(edge.packets_read, 30'000'000U);
    EXPECT_EQ(edge.dropped_by_kernel, 6'000U);
    EXPECT_EQ(edge.streak_permille, 250U);
    EXPECT_TRUE(edge.sheds_dissection);
    EXPECT_EQ(
        edge.packets_read,
        edge.packets_in_flows + edge.rejected_packets() +
            edge.rejected.of(Rejection::kReassembledFragment)
    );
    const SensorTotals all = totals_of(statistics);
    EXPECT_EQ(all.packets_read, 40'000'000U);
    EXPECT_EQ(all.flows_created, all.flows_active + all.flows_ended);
    EXPECT_EQ(totals_of_input(statistics, "none").packets_read, 0U);
}

TEST(Rates, AreDifferencesByTheSecond) {
    const SensorStatistics before = test::sensor_sample();
    const Rates rates(before, test::sensor_sample_after(2));
    EXPECT_DOUBLE_EQ(rates.of(100, 300), 100);
    EXPECT_DOUBLE_EQ(rates.of(300, 100), 0);
    EXPECT_EQ(rates.text(100, 301), "101/s");
    EXPECT_EQ(rates.text(100, 101), "1/s") << "what happens at all is not nothing";
    EXPECT_EQ(rates.text(100, 100), "0/s");
    EXPECT_EQ(rates.bit_text(0, 250'000), "1.00 Mbit/s");
    EXPECT_FALSE(Rates(before, before).known());
    EXPECT_EQ(Rates(before, before).text(1, 2), "-");
    EXPECT_FALSE(Rates(test::sensor_sample_after(2), before).known());
}

TEST(BitRateText, HasThreeDigits) {
    EXPECT_EQ(bit_rate_text(0), "0 bit/s");
    EXPECT_EQ(bit_rate_text(999), "999 bit/s");
    EXPECT_EQ(bit_rate_text(999.6), "1.00 kbit/s");
    EXPECT_EQ(bit_rate_text(9'996), "10.0 kbit/s");
    EXPECT_EQ(bit_rate_text(12'345'678), "12.3 Mbit/s");
    EXPECT_EQ(bit_rate_text(999'499'999'999), "999 Gbit/s");
    EXPECT_EQ(bit_rate_text(4e15), "4000 Tbit/s");
}

}  // namespace
}  // namespace flowgauge
