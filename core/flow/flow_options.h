// What makes a flow end, and how much of them there may be. Defaults are NFStream's where it has
// one.
#pragma once

#include "core/base/time.h"

#include <chrono>
#include <cstdint>

namespace flowgauge {

// Which length counts as a packet's size; NFStream's accounting_mode.
enum class AccountingMode : std::uint8_t { kLink = 0, kIp = 1, kTransport = 2, kPayload = 3 };

// Whether the end of its connection ends a TCP flow; else the timeouts alone do, as in NFStream.
enum class EndOnTcp : std::uint8_t { kNone, kFinRst };

struct FlowOptions {
    // A flow without a packet for this long is over; 0 makes every packet a flow of its own.
    std::chrono::milliseconds idle_timeout{120'000};

    // A flow that has lasted this long is cut by its own next packet; 0 as above.
    std::chrono::milliseconds active_timeout{1'800'000};

    // Of kFinRst: core/flow/tcp_closing.h says when that is.
    EndOnTcp end_on_tcp = EndOnTcp::kNone;

    AccountingMode accounting_mode = AccountingMode::kLink;

    // Flows alive at one time in all shards together; the longest idle one gives way.
    std::uint64_t max_flows = 1'000'000;

    TimeUnit time_unit = TimeUnit::kMilliseconds;
};

// Returns `duration` in ticks of `unit`, the largest tick when it does not fit.
[[nodiscard]] constexpr Tick ticks(std::chrono::milliseconds duration, TimeUnit unit) noexcept {
    const Tick per_millisecond = ticks_per_second(unit) / 1000;
    return duration.count() > kTickMax / per_millisecond ? kTickMax
                                                         : duration.count() * per_millisecond;
}

}  // namespace flowgauge
