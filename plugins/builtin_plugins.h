// One function for each plugin that is compiled in; its file says what it does.
#pragma once

#include <flowgauge/plugin.h>

namespace flowgauge::plugins {

[[nodiscard]] const flowgauge_plugin* flow_slicer() noexcept;

}  // namespace flowgauge::plugins
