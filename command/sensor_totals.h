// Sums and rates over the workers of a sensor, for what shows its statistics to people.
#pragma once

#include "core/flow/end_reason.h"
#include "core/packet/rejection.h"
#include "telemetry/sensor_statistics.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace flowgauge {

// Law: read = in flows + rejected + reassembled, after quiescence.
struct SensorTotals {
    std::uint64_t packets_read = 0;
    std::uint64_t bytes_read = 0;
    std::uint64_t packets_in_flows = 0;
    RejectionCounts rejected;
    std::uint64_t dropped_by_kernel = 0;
    std::uint64_t flows_active = 0;
    std::uint64_t flows_capacity = 0;
    std::uint64_t flows_created = 0;
    std::uint64_t flows_ended = 0;
    std::array<std::uint64_t, kEndReasonCount> ended_by_reason{};
    std::uint64_t not_dissected = 0;  // because dissection was shed
    bool sheds_dissection = false;
    std::uint64_t streak_permille = 0;  // of the fullest ring

    // Frames that were lost for flows: all reasons but that of healthy fragments.
    [[nodiscard]] std::uint64_t rejected_packets() const noexcept {
        return rejected.total() - rejected.of(Rejection::kReassembledFragment);
    }
};

[[nodiscard]] SensorTotals totals_of(const SensorStatistics& statistics);
[[nodiscard]] SensorTotals totals_of_input(
    const SensorStatistics& statistics, std::string_view input
);

// Differences between two snapshots of one sensor, by the second. Nothing is known, and shown as
// "-", where no time lies between them or the sensor was started anew.
class Rates {
public:
    Rates(const SensorStatistics& before, const SensorStatistics& now) noexcept;

    [[nodiscard]] bool known() const noexcept { return seconds_ > 0; }
    [[nodiscard]] double seconds() const noexcept { return seconds_; }

    // 0 unless known; 0 for a counter that fell.
    [[nodiscard]] double of(std::uint64_t before, std::uint64_t now) const noexcept;

    [[nodiscard]] std::string text(std::uint64_t before, std::uint64_t now) const;  // "1234/s"
    [[nodiscard]] std::string bit_text(std::uint64_t bytes_before, std::uint64_t bytes_now) const;

private:
    double seconds_ = 0;
};

// "999 bit/s", then three digits: "1.21 kbit/s", "12.1 Mbit/s".
[[nodiscard]] std::string bit_rate_text(double bits_per_second);

}  // namespace flowgauge
