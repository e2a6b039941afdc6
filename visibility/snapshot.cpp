#include "visibility/snapshot.h"

#include "visibility/end_search.h"

#include <algorithm>
#include <span>
#include <utility>

namespace flowgauge {
namespace {

// Whether packets to the address are for many: multicast (RFC 5771, RFC 4291 section 2.7) or the
// limited broadcast of IPv4 (RFC 919).
bool is_for_many(const IpAddress& address, std::uint8_t ip_version) noexcept {
    if (ip_version == 4) {
        return address.low >> 28 == 0xe || address.low == 0xffffffff;
    }
    return address.high >> 56 == 0xff;
}

FlowEnd source_of(const FlowEnds& flow) noexcept {
    return {
        .local = flow.source,
        .remote = flow.destination,
        .local_port = flow.source_port,
        .remote_port = flow.destination_port,
        .is_source = true};
}

FlowEnd destination_of(const FlowEnds& flow) noexcept {
    return {
        .local = flow.destination,
        .remote = flow.source,
        .local_port = flow.destination_port,
        .remote_port = flow.source_port,
        .for_many = is_for_many(flow.destination, flow.ip_version)};
}

}  // namespace

Finding Snapshot::find(const FlowEnds& flow) const {
    FlowEnd source = source_of(flow);
    FlowEnd destination = destination_of(flow);
    source.homes = parts_.addresses->find(source.local, flow.ip_version);
    destination.homes = parts_.addresses->find(destination.local, flow.ip_version);
    EndOwner sender = EndSearch(parts_, flow).search(source);
    EndOwner receiver = EndSearch(parts_, flow).search(destination);
    const bool is_sender = !source.homes.empty() || sender.owner != nullptr;
    const bool is_receiver = !destination.homes.empty() || receiver.owner != nullptr;
    const bool by_receiver =
        is_receiver && (!is_sender || (is_own(destination) && !is_own(source)));

    Finding finding;
    finding.settled = parts_.covered >= flow.last + flow.unit;
    EndOwner& own = by_receiver ? receiver : sender;
    EndOwner& other = by_receiver ? sender : receiver;
    if (!is_sender && !is_receiver) {
        own.reason = OwnerReason::kNotLocal;
        finding.settled = finding.settled || !destination.for_many;
    }
    finding.settled = finding.settled || (own.match == OwnerMatch::kEvent && !is_receiver);
    finding.attribution = {
        .owner = std::move(own.owner),
        .peer = std::move(other.owner),
        .match = own.match,
        .reason = own.reason,
        .at_destination = by_receiver};
    return finding;
}

bool Snapshot::is_own(const FlowEnd& end) const {
    return std::ranges::any_of(end.homes, [this](const LocalAddress& home) {
        return home.name_space == parts_.own_name_space;
    });
}

}  // namespace flowgauge
