#include "service/notify.h"

#include "core/base/format.h"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace flowgauge {
namespace {

// What fails here fails for systemd, which then sees no answer and does what the unit says.
void notify(const std::string& state) {
    static_cast<void>(::sd_notify(0, state.c_str()));
}

}  // namespace

void notify_ready() {
    notify("READY=1");
}

void notify_reloading() {
    using std::chrono::microseconds;
    using std::chrono::steady_clock;  // CLOCK_MONOTONIC, as sd_notify(3) wants
    const auto now =
        std::chrono::duration_cast<microseconds>(steady_clock::now().time_since_epoch());
    notify(format("RELOADING=1\nMONOTONIC_USEC={}", now.count()));
}

void notify_stopping() {
    notify("STOPPING=1");
}

void notify_status(std::string_view text) {
    std::string line = format("STATUS={}", text);
    std::ranges::replace(line, '\n', ' ');  // a line more would be another assignment
    notify(line);
}

void notify_watchdog() {
    notify("WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog_period() {
    std::uint64_t period_us = 0;
    if (::sd_watchdog_enabled(0, &period_us) <= 0) {
        return std::nullopt;
    }
    return std::chrono::microseconds(period_us);
}

}  // namespace flowgauge
