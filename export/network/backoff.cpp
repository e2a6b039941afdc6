#include "export/network/backoff.h"

#include <algorithm>

namespace flowgauge {

Backoff::Backoff(BackoffOptions options, std::uint32_t seed)
    : options_(options),
      base_(options.first),
      chance_(seed) {}

std::chrono::milliseconds Backoff::next() {
    const std::chrono::milliseconds longest = base_;
    base_ = std::min(base_ * 3 / 2, options_.longest);
    std::uniform_int_distribution<std::int64_t> pick((longest * 3 / 4).count(), longest.count());
    return std::chrono::milliseconds(pick(chance_));
}

}  // namespace flowgauge
