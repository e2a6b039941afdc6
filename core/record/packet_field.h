// Packet fields: what a computed feature can look at of each packet, NFStream's NFPacket and more.
// Thread: any.
#pragma once

#include "core/record/column.h"

#include <span>

namespace flowgauge {

// Named "packet.NAME". Their readers require RecordView::packet.
[[nodiscard]] std::span<const Column> packet_fields() noexcept;

}  // namespace flowgauge
