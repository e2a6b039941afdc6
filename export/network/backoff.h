// Backoff: how long to wait before the next attempt.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace flowgauge {

struct BackoffOptions {
    std::chrono::milliseconds first{500};
    std::chrono::milliseconds longest{30'000};
};

// Each wait is half as long again as the one before, and up to a quarter shorter by chance, so that
// many sensors do not come at once. With a factor of 1.5, a peer that was away for five seconds is
// found within two. Thread: one.
class Backoff {
public:
    // Equal seeds give equal waits.
    Backoff(BackoffOptions options, std::uint32_t seed);

    [[nodiscard]] std::chrono::milliseconds next();

    // The next wait is a first one.
    void reset() noexcept { base_ = options_.first; }

private:
    BackoffOptions options_;
    std::chrono::milliseconds base_;
    std::minstd_rand chance_;
};

}  // namespace flowgauge
