#include "visibility/end_search.h"

#include <algorithm>

namespace flowgauge {
namespace {

constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kUdpLite = 136;

// A SYN waits for its neighbour's link-layer address for up to three seconds; a connection that was
// told longer before the flow's first packet is another one, whose successor was not told.
constexpr LookTime kFirstPacketAfter = 5'000'000'000;

// As a rule it follows at once.
constexpr LookTime kFirstPacketSoon = 2'000'000;

bool is_ping(std::uint8_t protocol) noexcept {
    return protocol == 1 || protocol == 58;
}

}  // namespace

EndOwner EndSearch::search(const FlowEnd& end) {
    switch (flow_.protocol) {
    case kTcp:
        return search_tcp(end);
    case kUdp:
    case kUdpLite:
        return search_udp(end);
    default:
        return search_other(end);
    }
}

EndOwner EndSearch::search_tcp(const FlowEnd& end) {
    const Step own = exact(end);
    if (!end.is_known() || (end.is_source && flow_.begins)) {
        return first_of({{own, OwnerMatch::kExact}});  // who connects does not listen there
    }
    if (own.found != nullptr && own.found->reason == OwnerReason::kOk) {
        return first_of({{own, OwnerMatch::kExact}});
    }
    return first_of(
        {{own, OwnerMatch::kExact}, {local(end, Kind::kListener), OwnerMatch::kListener}}
    );
}

EndOwner EndSearch::search_udp(const FlowEnd& end) {
    const Step own = end.for_many ? Step{} : exact(end);
    if (!end.is_known()) {
        return first_of({{own, OwnerMatch::kExact}});
    }
    if (own.found != nullptr && own.found->reason == OwnerReason::kOk) {
        return first_of({{own, OwnerMatch::kExact}});
    }
    return first_of({{own, OwnerMatch::kExact}, {local(end, Kind::kUnconnected), OwnerMatch::kUdp}}
    );
}

// Sockets of other protocols share what arrives; and the kernel answers echo requests itself. So
// only one that was there all the time, alone, may be the one that sent.
EndOwner EndSearch::search_other(const FlowEnd& end) {
    if (!end.is_known() || (is_ping(flow_.protocol) && !end.is_source)) {
        return {};
    }
    const Step own = exact(end);
    return first_of({{own, OwnerMatch::kExact}, {local(end, Kind::kUnconnected), OwnerMatch::kUdp}}
    );
}

EndSearch::Step EndSearch::exact(const FlowEnd& end) {
    Step step;
    look_at(
        end,
        {.local = end.local,
         .remote = end.remote,
         .local_port = end.local_port,
         .remote_port = end.remote_port,
         .protocol = flow_.protocol,
         .ip_version = flow_.ip_version},
        Kind::kExact,
        step
    );
    return step;
}

// The kernel prefers a socket that is bound to the address to one that is bound to any, and one of
// the packet's own family to one that takes both.
EndSearch::Step EndSearch::local(const FlowEnd& end, Kind kind) {
    Step step;
    SocketKey key{
        .local = end.local,
        .remote = {},
        .local_port = end.local_port,
        .remote_port = 0,
        .protocol = flow_.protocol,
        .ip_version = flow_.ip_version};
    look_at(end, key, kind, step);
    if (step.found == nullptr) {
        key.local = {};
        look_at(end, key, kind, step);
    }
    if (step.found == nullptr && flow_.ip_version == 4) {
        key.ip_version = 6;
        look_at(end, key, kind, step);
    }
    return step;
}

void EndSearch::look_at(const FlowEnd& end, const SocketKey& key, Kind kind, Step& step) {
    const std::uint64_t hash = parts_.sightings->hash(key);
    told_from_ = 0;
    if (kind == Kind::kExact) {
        find_told(end, key, hash);
    }
    const bool takes_both = key.ip_version != flow_.ip_version;
    parts_.sightings->each(key, hash, [&](const Sighting& sighting) {
        if ((takes_both && sighting.v6_only) || !is_at_home(sighting, end) ||
            !fits(sighting, end, kind)) {
            return;
        }
        add(sighting, kind, step);
        // At some time after the first packet the socket was not there yet, so there was one
        // before it.
        step.several = step.several || (kind == Kind::kExact && end.is_source && flow_.begins &&
                                        sighting.not_before > latest_begin());
    });
}

// Only one connection at a time has these ends, so the latest that begins before the first packet
// is the flow's own. Which of two it is cannot be told where one is so close to the first packet
// that the unit of its time hides which came first.
void EndSearch::find_told(const FlowEnd& end, const SocketKey& key, std::uint64_t hash) {
    LookTime surely_before = 0;
    LookTime perhaps_before = kStillThere;
    parts_.sightings->each(key, hash, [&](const Sighting& sighting) {
        const bool failed_before = sighting.not_after < flow_.first;
        if (!sighting.told || failed_before || !is_at_home(sighting, end)) {
            return;
        }
        if (sighting.first <= flow_.first) {
            surely_before = std::max(surely_before, sighting.first);
        } else if (sighting.first <= latest_begin()) {
            perhaps_before = std::min(perhaps_before, sighting.first);
        }
    });
    const bool decided =
        perhaps_before == kStillThere || flow_.first - surely_before > kFirstPacketSoon;
    told_from_ = decided && perhaps_before != kStillThere ? perhaps_before : surely_before;
}

// An event may not say in which namespace it was: then the only one that has the address is meant.
bool EndSearch::is_at_home(const Sighting& sighting, const FlowEnd& end) const {
    if (end.for_many) {
        return sighting.name_space == parts_.own_name_space;
    }
    if (!end.is_known()) {
        return true;  // with both ends: a namespace that has come and gone since addresses were
                      // read
    }
    if (sighting.name_space == 0) {
        return end.homes.size() == 1 &&
               (parts_.name_spaces == 1 || !is_loopback(end.local, flow_.ip_version));
    }
    return std::ranges::any_of(end.homes, [&](const LocalAddress& home) {
        return home.name_space == sighting.name_space;
    });
}

void EndSearch::add(const Sighting& sighting, Kind kind, Step& step) const {
    if (step.found == nullptr || step.found->owner == sighting.owner) {
        step.found = step.found == nullptr ? &sighting : step.found;
        return;
    }
    if (kind == Kind::kExact || !is_one_service(*step.found, sighting)) {
        step.several = true;
        return;
    }
    const auto& owners = *parts_.owners;
    if (owners[sighting.owner]->start < owners[step.found->owner]->start) {
        step.found = &sighting;
    }
}

// Sockets of several processes of one program share a port (SO_REUSEPORT) or were inherited: the
// oldest process stands for them.
bool EndSearch::is_one_service(const Sighting& a, const Sighting& b) const {
    const SocketOwner& one = *(*parts_.owners)[a.owner];
    const SocketOwner& other = *(*parts_.owners)[b.owner];
    return a.reason == OwnerReason::kOk && b.reason == OwnerReason::kOk && one.name == other.name &&
           one.executable == other.executable && one.uid == other.uid;
}

bool EndSearch::fits(const Sighting& sighting, const FlowEnd& end, Kind kind) const noexcept {
    if (sighting.listens != (kind == Kind::kListener) || sighting.first > latest_end()) {
        return kind == Kind::kExact && !sighting.listens && flow_.protocol == kTcp &&
               fits_connection(sighting);
    }
    if (kind == Kind::kListener && flow_.begins && sighting.first > latest_begin()) {
        return false;
    }
    if (sighting.told && (kind != Kind::kExact || end.is_source || flow_.protocol != kTcp)) {
        return fits_as_told(sighting);
    }
    if (kind == Kind::kExact && flow_.protocol == kTcp) {
        return fits_connection(sighting);
    }
    if (flow_.protocol != kTcp && flow_.protocol != kUdp && flow_.protocol != kUdpLite) {
        return sighting.first <= flow_.first && last_of(sighting) >= latest_end();
    }
    return was_there(sighting);
}

LookTime EndSearch::last_of(const Sighting& sighting) const noexcept {
    return sighting.last == kStillThere ? parts_.covered : sighting.last;
}

bool EndSearch::was_there(const Sighting& sighting) const noexcept {
    return sighting.first <= latest_end() && last_of(sighting) >= flow_.first;
}

// All beginnings are told, so the latest one before the flow is the flow's own until the socket is
// known to be gone; a loss of events ends that. One that comes later is that of another connection
// in the same flow.
bool EndSearch::fits_as_told(const Sighting& sighting) const noexcept {
    if (sighting.first > latest_begin()) {
        return !(flow_.one_connection && flow_.begins && flow_.closed);
    }
    if (sighting.first < told_from_) {
        return false;
    }
    return was_there(sighting) ||
           (sighting.first >= parts_.told_since && sighting.not_after >= flow_.first &&
            (sighting.listens || flow_.first - sighting.first <= kFirstPacketAfter));
}

// A connection has its ends for itself. Where nothing was seen of its end, a socket that was found
// later is its own; where nothing was seen of its beginning, one that was found before.
bool EndSearch::fits_connection(const Sighting& sighting) const noexcept {
    if (sighting.first > latest_end()) {
        return !sighting.told && !flow_.closed && sighting.not_before <= latest_end();
    }
    if (last_of(sighting) < flow_.first) {
        return !flow_.begins && sighting.not_after >= flow_.first;
    }
    return true;
}

EndOwner EndSearch::first_of(std::initializer_list<Answer> answers) const {
    EndOwner known;
    for (const Answer& answer : answers) {
        if (answer.step.several) {
            if (known.owner == nullptr) {
                known.reason = OwnerReason::kAmbiguous;
            }
            return known;
        }
        if (answer.step.found == nullptr) {
            continue;
        }
        const Sighting& found = *answer.step.found;
        const auto& owner = (*parts_.owners)[found.owner];
        if (found.reason == OwnerReason::kOk) {
            const bool told = found.told && answer.match != OwnerMatch::kListener;
            return {
                .owner = owner,
                .match = told ? OwnerMatch::kEvent : answer.match,
                .reason = OwnerReason::kOk};
        }
        if (known.owner == nullptr) {
            known = {.owner = owner, .match = OwnerMatch::kUidOnly, .reason = found.reason};
        }
    }
    return known;
}

}  // namespace flowgauge
