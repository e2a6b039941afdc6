// Frame: the bytes of one capture record, as a file or a ring delivered them.
#pragma once

#include "core/base/time.h"
#include "core/packet/link_type.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace flowgauge {

// Bytes that must be readable after the end of every frame, because nDPI 4.2 reads a little past
// the packet that it is given. Sources keep them; their content does not matter.
constexpr std::size_t kFrameSlackBytes = 16;

// Observation points of one input. The flow key has 6 bits for them.
constexpr std::size_t kObservationPointsMax = 64;

// Ownership: `bytes` belongs to the source and is valid until the source's next call.
struct Frame {
    std::span<const std::uint8_t> bytes;  // captured, from the link header on
    std::uint32_t wire_bytes = 0;         // length on the wire, a stripped VLAN tag included
    CaptureTime time;
    LinkType link_type = LinkType::kEthernet;
    std::uint64_t position = 0;  // number of the frame in the input, from 0

    // Of the source, which interface or file it was: frames of different ones never share a flow.
    // RFC 7011 section 2. Below kObservationPointsMax.
    std::uint8_t observation_point = 0;

    // A VLAN tag that the kernel took out of the bytes (TP_STATUS_VLAN_VALID). It is the outermost.
    bool has_stripped_vlan = false;
    std::uint16_t stripped_vlan_tci = 0;
};

}  // namespace flowgauge
