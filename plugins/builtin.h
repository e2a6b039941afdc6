// The plugins that are compiled in: NFStream's, each also an example of <flowgauge/plugin.hpp>.
// Thread: any.
#pragma once

#include <flowgauge/plugin.h>

#include <span>
#include <string_view>

namespace flowgauge {

// Null: there is none of that name.
[[nodiscard]] const flowgauge_plugin* find_builtin_plugin(std::string_view name) noexcept;

[[nodiscard]] std::span<const std::string_view> builtin_plugin_names() noexcept;

}  // namespace flowgauge
