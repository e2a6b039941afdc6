// Sighting: a socket that existed at known times, and whose it was.
//
// A look at all sockets sees each of them at some instant between two known ones, and nothing of
// what comes and goes between two looks. So four times bound the life of a socket: it surely
// existed from `first` to `last`, and surely not before `not_before` nor after `not_after`. Where
// the kernel told of its beginning, `not_before` and `first` are that moment.
#pragma once

#include "core/attribution/attribution.h"
#include "visibility/sockets/socket_row.h"

#include <cstdint>
#include <limits>

namespace flowgauge {

// Nanoseconds since 1970 in the time of the shards, which no setting of the clock disturbs.
using LookTime = std::int64_t;

constexpr LookTime kStillThere = std::numeric_limits<LookTime>::max();

struct Sighting {
    SocketKey key;
    LookTime not_before = 0;
    LookTime first = 0;
    LookTime last = kStillThere;                // kStillThere: until the latest look
    LookTime not_after = kStillThere;           // kStillThere: not known to be gone
    std::uint32_t name_space = 0;               // 0: not known
    std::uint32_t owner = 0;                    // number of its SocketOwner
    OwnerReason reason = OwnerReason::kUnseen;  // why no process is known, or kOk
    bool told = false;     // its beginning was told by an event, which names the process
    bool listens = false;  // TCP
    bool v6_only = false;
    bool taken = false;  // whether this is a sighting at all, or room for one
};

}  // namespace flowgauge
