#include "pipeline/worker_count.h"

#include <sched.h>

#include <algorithm>

namespace flowgauge {

std::uint32_t worker_count(std::uint32_t asked) noexcept {
    constexpr int kAutomaticMax = 8;
    if (asked != 0) {
        return asked;
    }
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return 1;
    }
    return static_cast<std::uint32_t>(std::clamp(CPU_COUNT(&allowed), 1, kAutomaticMax));
}

}  // namespace flowgauge
