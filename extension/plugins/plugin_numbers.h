// PluginNumbers: what a plugin has done, for metrics and the log.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace flowgauge {

// Functions of a plugin that a worker calls (sdk/include/flowgauge/plugin.h).
enum class PluginFunction : std::uint8_t { kInit, kUpdate, kExpire, kDiscard, kCleanup, kCount };

constexpr std::size_t kPluginFunctionCount = static_cast<std::size_t>(PluginFunction::kCount);

[[nodiscard]] constexpr std::string_view to_string(PluginFunction function) noexcept {
    constexpr std::array<std::string_view, kPluginFunctionCount> kNames{
        "on_init", "on_update", "on_expire", "discard", "cleanup"};
    return kNames[static_cast<std::size_t>(function)];
}

// Why a plugin is called no more.
enum class PluginFault : std::uint8_t { kNone, kThrew, kError, kOverrun, kCount };

constexpr std::size_t kPluginFaultCount = static_cast<std::size_t>(PluginFault::kCount);

constexpr std::array<std::string_view, kPluginFaultCount> kPluginFaultNames{
    "", "exception", "error", "time"};

[[nodiscard]] constexpr std::string_view to_string(PluginFault fault) noexcept {
    return kPluginFaultNames[static_cast<std::size_t>(fault)];
}

// Of all workers of one plugin.
struct PluginNumbers {
    std::array<std::uint64_t, kPluginFunctionCount> calls{};
    std::uint64_t errors = 0;                // calls that threw, failed or lasted too long
    std::uint64_t expired_flows = 0;         // that it asked to end
    std::uint64_t values_of_wrong_type = 0;  // or for a column that it does not have
    double seconds = 0;                      // in its functions; sampled, so of short runs a guess
    PluginFault fault = PluginFault::kNone;  // disabled, unless none
    std::string why;                         // a sentence, empty unless disabled
};

}  // namespace flowgauge
