// One function for each plugin that is compiled in; its file says what it does.
#pragma once

#include <flowgauge/plugin.h>

namespace flowgauge::plugins {

[[nodiscard]] const flowgauge_plugin* dhcp() noexcept;
[[nodiscard]] const flowgauge_plugin* flow_slicer() noexcept;
[[nodiscard]] const flowgauge_plugin* ja4() noexcept;
[[nodiscard]] const flowgauge_plugin* mdns() noexcept;
[[nodiscard]] const flowgauge_plugin* splt() noexcept;
[[nodiscard]] const flowgauge_plugin* wf() noexcept;

}  // namespace flowgauge::plugins
