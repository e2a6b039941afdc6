// The line that says how far a reading is, as text of numbers: no clock, no terminal.
#pragma once

#include "offline/file_walk.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace flowgauge {

// Speed of late: a mean in which what is older than some seconds hardly counts.
class ProgressRate {
public:
    // Takes `point` at `seconds` since the beginning. Requires: neither ever falls.
    void add(double seconds, const WalkPoint& point) noexcept;

    [[nodiscard]] double bytes_per_second() const noexcept { return bytes_per_second_; }
    [[nodiscard]] double packets_per_second() const noexcept { return packets_per_second_; }

private:
    double seconds_ = 0;
    WalkPoint last_;
    double bytes_per_second_ = 0;
    double packets_per_second_ = 0;
};

// "42%  1.23 of 2.93 GiB  456 MiB/s  12.3M pkts 3.21M/s  12345 flows  4.12s left" in at most
// `columns`. What matters least is left out first, and percent and time left without a total.
// Returns ASCII.
[[nodiscard]] std::string progress_text(
    const WalkPoint& point,
    const ProgressRate& rate,
    std::optional<std::uint64_t> total_bytes,
    std::size_t columns
);

}  // namespace flowgauge
