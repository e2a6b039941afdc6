// IEEE 802.11: from a radiotap or 802.11 header to the IP header, on a link and inside CAPWAP.
#pragma once

#include "core/packet/layer.h"
#include "core/packet/packet.h"
#include "core/packet/rejection.h"

namespace flowgauge {

// Opens the 802.11 frame at `layer` (IEEE 802.11-2020 section 9.2): sets the MACs of `packet` to
// those of source and destination, and vlan_id if there is a tag, and leaves `layer` at what should
// be an IP header. Only data frames that hold one packet in the clear have one.
[[nodiscard]] Rejection open_wireless(Layer& layer, Packet& packet) noexcept;

// The same behind a radiotap header of any length (radiotap.org), whose flags say whether the frame
// was damaged, ends with its checksum, and is padded behind its header.
[[nodiscard]] Rejection open_radiotap(Layer& layer, Packet& packet) noexcept;

// Opens the 802.11 frame that a CAPWAP access point sent. It is read with less suspicion, because
// the tunnel has said what it is: the MACs are those of transmitter and third address, as
// NFStream's are, and the two bytes of frame control may be swapped. Returns false when it is not a
// data frame with LLC/SNAP and IP inside; `layer` and `packet` then are of no use.
[[nodiscard]] bool open_access_point_frame(Layer& layer, Packet& packet) noexcept;

}  // namespace flowgauge
