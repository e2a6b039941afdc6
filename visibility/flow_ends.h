// FlowEnds: what of a flow says whose it was.
#pragma once

#include "core/base/ip_address.h"
#include "visibility/sighting.h"

#include <cstdint>

namespace flowgauge {

// Times are those of packets, so each may be earlier than the packet by the unit of the records.
struct FlowEnds {
    IpAddress source;
    IpAddress destination;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint8_t protocol = 0;
    std::uint8_t ip_version = 0;
    bool begins = false;          // TCP: the first packet asks for a connection
    bool closed = false;          // TCP: a FIN or RST was seen
    bool one_connection = false;  // TCP: another one would be another flow
    LookTime first = 0;           // the first packet was not before this
    LookTime last = 0;            // nor the last packet before this
    LookTime unit = 0;            // and neither was later by this or more
};

}  // namespace flowgauge
