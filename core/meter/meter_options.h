// All that decides what records say: the metering process of RFC 7011 in one struct.
#pragma once

#include "core/dpi/dissection_options.h"
#include "core/flow/flow_options.h"
#include "core/packet/decode_options.h"

#include <cstdint>
#include <memory>

namespace flowgauge {

class RecordExtension;

// Records of one worker that may wait for the next look at sockets (pipeline/attribution_stage.h).
constexpr std::uint64_t kRecordsHeldMax = std::uint64_t{1} << 16;

// Defaults are NFStream 6.5.4's.
struct MeterOptions {
    DecodeOptions decode;
    FlowOptions flow;
    DissectionOptions dissection;
    bool statistical_analysis = false;  // the 48 post-mortem statistics
    std::uint16_t splt_analysis = 0;    // length of the early sequences, 0 for none
    bool layer_octets = false;          // what IPFIX counts (core/flow/layer_octets.h)
    bool attribution = false;           // which process it was: room in each record

    // Features, plugins and models (core/flow/flow_extension.h); null: none.
    std::shared_ptr<const RecordExtension> extension;
};

}  // namespace flowgauge
