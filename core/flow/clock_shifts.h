// ClockShifts: what to add to a shard's time to get the system clock's, for flows of any age.
#pragma once

#include "core/base/time.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace flowgauge {

// A shard's time goes on evenly when the system clock is set. Times are exported as the system
// clock said when the flow began. Thread: the shard's worker. Bound: the last kKept steps are kept;
// a flow from before them gets the shift of the oldest.
class ClockShifts {
public:
    static constexpr std::size_t kKept = 16;

    // After `since`, which never falls, the system's time is the shard's plus `shift`.
    void add(Tick since, Tick shift) noexcept {
        if (count_ == kKept) {
            forgotten_ = shifts_.front().shift;
            std::copy(shifts_.begin() + 1, shifts_.end(), shifts_.begin());
            --count_;
        }
        shifts_[count_++] = {.since = since, .shift = shift};
    }

    // Of a flow that began at `first`.
    [[nodiscard]] Tick at(Tick first) const noexcept {
        if (count_ == 0) [[likely]] {
            return 0;
        }
        for (std::size_t i = count_; i > 0; --i) {
            if (first > shifts_[i - 1].since) {
                return shifts_[i - 1].shift;
            }
        }
        return forgotten_;
    }

private:
    struct Shift {
        Tick since = 0;
        Tick shift = 0;
    };
    std::array<Shift, kKept> shifts_{};
    std::size_t count_ = 0;
    Tick forgotten_ = 0;  // of the time before the oldest that is kept
};

}  // namespace flowgauge
