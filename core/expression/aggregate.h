// Aggregate: what a feature computes over the packets of a flow: sum(packet.raw_size where ...).
#pragma once

#include "core/expression/term.h"

#include <cstdint>

namespace flowgauge {

enum class AggregateKind : std::uint8_t {
    kCount,
    kSum,
    kMin,
    kMax,
    kMean,
    kStddev,
    kFirst,
    kLast,
    kAny,
    kAll,
};

// Evaluated with each packet, in the frame that Expression::packet_frame() makes. Packets without a
// value, absent or NaN, are left out.
struct Aggregate {
    AggregateKind kind = AggregateKind::kCount;

    // Of kMean and kStddev a real, of kSum, kMin and kMax a number, of kFirst and kLast any value
    // but a list. Null of kCount, kAny and kAll: their condition says all.
    AnyTerm argument;

    // Which packets have a part in it, of kAll: which refute it. Never absent. Null: each.
    TermOf<bool> condition;
};

}  // namespace flowgauge
