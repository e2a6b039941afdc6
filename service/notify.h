// What systemd is told about this process (sd_notify(3)). Without systemd every call does nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace flowgauge {

// Thread: the control thread's.
void notify_ready();
void notify_reloading();  // with MONOTONIC_USEC; notify_ready() ends it
void notify_stopping();
void notify_status(std::string_view text);
void notify_watchdog();

// The period after which systemd kills a process that has not called notify_watchdog().
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_period();

}  // namespace flowgauge
