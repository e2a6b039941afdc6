// Why a flow ended. The words are the same in the end_reason column, metrics and documentation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flowgauge {

enum class EndReason : std::uint8_t {
    kIdle,        // no packet for idle_timeout
    kActive,      // lasted active_timeout; cut by its next packet
    kEndOfInput,  // the files are read
    kShutdown,    // live capture was stopped
    kTcpEnd,      // FIN or RST
    kEvicted,     // longest idle when max_flows was reached
    kMaxNflows,   // max_nflows records were written; never a row
    kPlugin,      // a plugin asked for it
    kCount,
};

constexpr std::size_t kEndReasonCount = static_cast<std::size_t>(EndReason::kCount);

[[nodiscard]] constexpr std::string_view to_string(EndReason reason) noexcept {
    constexpr std::array<std::string_view, kEndReasonCount> kNames{
        "idle", "active", "end_of_input", "shutdown", "tcp_end", "evicted", "max_nflows", "plugin"};
    return kNames[static_cast<std::size_t>(reason)];
}

// NFStream's expiration_id of the same flow.
[[nodiscard]] constexpr int expiration_id(EndReason reason) noexcept {
    switch (reason) {
    case EndReason::kActive:
        return 1;
    case EndReason::kPlugin:
        return -1;
    default:
        return 0;
    }
}

}  // namespace flowgauge
