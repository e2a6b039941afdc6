// Snapshot: all that is known of sockets and their owners at one time, and the answer for a flow.
#pragma once

#include "core/attribution/attribution.h"
#include "visibility/flow_ends.h"
#include "visibility/sighting_table.h"
#include "visibility/sockets/local_addresses.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace flowgauge {

struct FlowEnd;

// An answer, and whether a later look may give a better one.
struct Finding {
    Attribution attribution;
    bool settled = true;
};

// What a look does not change from one snapshot to the next is shared by both.
struct SnapshotParts {
    std::shared_ptr<const SightingTable> sightings;
    std::shared_ptr<const LocalAddresses> addresses;
    std::shared_ptr<const std::vector<std::shared_ptr<const SocketOwner>>> owners;
    LookTime covered = 0;               // everything until then was looked at
    LookTime told_since = kStillThere;  // all connections since then were told by events
    LookTime period = 0;                // between two looks
    std::uint32_t own_name_space = 0;
    std::size_t name_spaces = 1;  // that are known
};

// Immutable. Thread: any number of readers. Cost of find(): some look-ups, no lock, no allocation;
// a reference is counted for each owner.
class Snapshot {
public:
    explicit Snapshot(SnapshotParts parts) noexcept : parts_(std::move(parts)) {}

    // Who was at the ends of a flow. `owner` is at the source if that is an address of this
    // machine, else at the destination; an address of the own network namespace goes before one of
    // another. Never a guess: where several could be meant, or where only something else on the
    // same port is known, the answer has no process and says why.
    [[nodiscard]] Finding find(const FlowEnds& flow) const;

    [[nodiscard]] LookTime covered() const noexcept { return parts_.covered; }
    [[nodiscard]] const SnapshotParts& parts() const noexcept { return parts_; }

private:
    // Whether an end has an address of the own namespace.
    [[nodiscard]] bool is_own(const FlowEnd& end) const;

    SnapshotParts parts_;
};

}  // namespace flowgauge
