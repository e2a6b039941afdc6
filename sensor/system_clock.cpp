#include "sensor/system_clock.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

namespace flowgauge {
namespace {

KernelTime read_clock(clockid_t clock) noexcept {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<KernelTime>(time.tv_sec) * kNanosecondsPerSecond +
           static_cast<KernelTime>(time.tv_nsec);
}

std::int64_t difference_of(const ClockReading& reading) noexcept {
    return static_cast<std::int64_t>(reading.system - reading.steady);
}

// Whole milliseconds, so that what is exported is what the system's clock showed, in any unit.
std::int64_t in_whole_milliseconds(std::int64_t nanoseconds) noexcept {
    constexpr std::int64_t kMillisecond = 1'000'000;
    return nanoseconds / kMillisecond * kMillisecond;
}

}  // namespace

ClockReading MachineClock::read() const noexcept {
    // One after the other: what lies between is far below kStepMin unless the thread was stopped
    // there, and then the next reading corrects it.
    ClockReading reading;
    KernelTime before = 0;
    do {
        before = read_clock(CLOCK_BOOTTIME);
        reading.system = read_clock(CLOCK_REALTIME);
        reading.steady = read_clock(CLOCK_BOOTTIME);
    } while (reading.steady - before > SystemClock::kStepMin / 4);
    return reading;
}

SystemClock::SystemClock(const ClockSource& source) noexcept
    : source_(source),
      difference_(difference_of(source.read())) {}

std::uint64_t SystemClock::look(const ClockReading& reading, KernelTime began) {
    const std::lock_guard lock(mutex_);
    const std::int64_t step = difference_of(reading) - difference_;
    const std::uint64_t count = count_.load(std::memory_order_relaxed);
    if (std::abs(step) < static_cast<std::int64_t>(kStepMin)) {
        difference_ += step;
        return count;
    }
    const ClockEra& last = eras_[(count - 1) % kErasKept];
    const std::int64_t absorbed = in_whole_milliseconds(step);
    eras_[count % kErasKept] = {
        .offset = last.offset - absorbed, .began = std::max(began, last.began)};
    difference_ += step;
    count_.store(count + 1, std::memory_order_release);
    return count + 1;
}

ClockEra SystemClock::era(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    const std::uint64_t count = count_.load(std::memory_order_relaxed);
    const std::uint64_t oldest = count > kErasKept ? count - kErasKept : 0;
    return eras_[std::max(number, oldest) % kErasKept];
}

}  // namespace flowgauge
