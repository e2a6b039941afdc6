// EndSearch: who was at one end of a flow, among all sockets that are remembered.
#pragma once

#include "visibility/snapshot.h"

#include <cstdint>
#include <initializer_list>
#include <span>

namespace flowgauge {

// One end of a flow, seen from there.
struct FlowEnd {
    IpAddress local;
    IpAddress remote;
    std::uint16_t local_port = 0;
    std::uint16_t remote_port = 0;
    bool is_source = false;
    bool for_many = false;  // `local` is a multicast or broadcast address

    // The namespaces that have `local`; none: it is an address of nobody that is known.
    std::span<const LocalAddress> homes{};

    [[nodiscard]] bool is_known() const noexcept { return for_many || !homes.empty(); }
};

// Null, with why, if no process is known for sure; what is known of the socket then is in `owner`.
struct EndOwner {
    std::shared_ptr<const SocketOwner> owner;
    OwnerMatch match = OwnerMatch::kNone;
    OwnerReason reason = OwnerReason::kUnseen;
};

// Goes from the socket with both ends to those that any could have sent to. Thread: the caller's.
class EndSearch {
public:
    // Requires: both outlive the search.
    EndSearch(const SnapshotParts& parts, const FlowEnds& flow) noexcept
        : parts_(parts),
          flow_(flow) {}

    [[nodiscard]] EndOwner search(const FlowEnd& end);

private:
    // What one step has found: no socket, one owner, or several.
    struct Step {
        const Sighting* found = nullptr;
        bool several = false;
    };
    enum class Kind : std::uint8_t { kExact, kListener, kUnconnected };

    [[nodiscard]] EndOwner search_tcp(const FlowEnd& end);
    [[nodiscard]] EndOwner search_udp(const FlowEnd& end);
    [[nodiscard]] EndOwner search_other(const FlowEnd& end);

    [[nodiscard]] Step exact(const FlowEnd& end);
    [[nodiscard]] Step local(const FlowEnd& end, Kind kind);
    void look_at(const FlowEnd& end, const SocketKey& key, Kind kind, Step& step);
    void find_told(const FlowEnd& end, const SocketKey& key, std::uint64_t hash);
    void add(const Sighting& sighting, Kind kind, Step& step) const;
    [[nodiscard]] bool is_one_service(const Sighting& a, const Sighting& b) const;
    [[nodiscard]] bool is_at_home(const Sighting& sighting, const FlowEnd& end) const;

    [[nodiscard]] bool fits(const Sighting& sighting, const FlowEnd& end, Kind kind) const noexcept;
    [[nodiscard]] bool fits_as_told(const Sighting& sighting) const noexcept;
    [[nodiscard]] bool fits_connection(const Sighting& sighting) const noexcept;
    [[nodiscard]] bool was_there(const Sighting& sighting) const noexcept;
    [[nodiscard]] LookTime last_of(const Sighting& sighting) const noexcept;
    [[nodiscard]] LookTime latest_begin() const noexcept { return flow_.first + flow_.unit - 1; }
    [[nodiscard]] LookTime latest_end() const noexcept { return flow_.last + flow_.unit - 1; }

    // The answer of the first step that knows a process; else that of the first that knows
    // anything.
    struct Answer {
        Step step;
        OwnerMatch match = OwnerMatch::kNone;
    };
    [[nodiscard]] EndOwner first_of(std::initializer_list<Answer> answers) const;

    const SnapshotParts& parts_;
    const FlowEnds& flow_;
    // What told of a socket with the ends that are looked at may be the flow's own beginning: from
    // here on.
    LookTime told_from_ = 0;
};

}  // namespace flowgauge
