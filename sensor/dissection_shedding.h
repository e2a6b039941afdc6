// DissectionShedding: a worker whose rings fill up dissects no further flows until they are empty
// again. The order of giving way under overload: first the kernel's ring takes the burst, then
// dissection gives way, then (max_flows) the flows that were idle longest.
#pragma once

#include "sensor/kernel_time.h"

#include <algorithm>
#include <cstdint>

namespace flowgauge {

// Hysteresis: it begins when the longest run of full blocks is half a ring, and ends when it was
// below a tenth for kCalm. Thread: the worker's. Refers to what the dissection reads.
class DissectionShedding {
public:
    static constexpr std::uint32_t kBeginPermille = 500;
    static constexpr std::uint32_t kEndPermille = 100;
    static constexpr KernelTime kCalm = 5 * kNanosecondsPerSecond;

    // For how long the gauge shows a run of full blocks, at least; twice that at most.
    static constexpr KernelTime kShown = 5 * kNanosecondsPerSecond;

    explicit DissectionShedding(bool& shedding) noexcept : shedding_(shedding) {}

    // Whether it may happen at all (`dissection.shed`).
    void allow(bool allowed) noexcept {
        allowed_ = allowed;
        shedding_ = shedding_ && allowed;
    }

    // Takes the longest run of full blocks since the last call, at `steady` time. Returns the
    // longest of the last seconds.
    std::uint32_t look(std::uint32_t streak_permille, KernelTime steady) noexcept {
        if (streak_permille > kEndPermille) {
            last_busy_ = steady;
        }
        if (streak_permille >= kBeginPermille) {
            shedding_ = allowed_;
        } else if (shedding_ && steady >= last_busy_ + kCalm) {
            shedding_ = false;
        }
        if (steady >= shown_since_ + kShown) {
            shown_since_ = steady;
            before_ = worst_;
            worst_ = 0;
        }
        worst_ = std::max(worst_, streak_permille);
        return std::max(worst_, before_);
    }

    [[nodiscard]] bool is_shedding() const noexcept { return shedding_; }

private:
    bool& shedding_;
    bool allowed_ = false;
    KernelTime last_busy_ = 0;
    KernelTime shown_since_ = 0;
    std::uint32_t worst_ = 0;
    std::uint32_t before_ = 0;
};

}  // namespace flowgauge
