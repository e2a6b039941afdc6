#include "visibility/snapshot.h"

#include "visibility/end_search.h"

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
    const bool from_here = parts_.addresses->contains(flow.source, flow.ip_version);
    const bool to_here = parts_.addresses->contains(flow.destination, flow.ip_version);
    const FlowEnd destination = destination_of(flow);
    Finding finding;
    finding.settled = parts_.covered >= flow.last + flow.unit;
    if (!from_here && !to_here) {
        EndOwner many;
        if (destination.for_many) {
            many = EndSearch(parts_, flow).search(destination);
        }
        finding.attribution = {
            .owner = many.owner,
            .peer = nullptr,
            .match = many.match,
            .reason = many.owner == nullptr && many.reason == OwnerReason::kUnseen
                          ? OwnerReason::kNotLocal
                          : many.reason};
        finding.settled = finding.settled || !destination.for_many;
        return finding;
    }
    EndOwner own = EndSearch(parts_, flow).search(from_here ? source_of(flow) : destination);
    finding.settled = finding.settled || (own.match == OwnerMatch::kEvent && !to_here);
    finding.attribution = {
        .owner = std::move(own.owner), .peer = nullptr, .match = own.match, .reason = own.reason};
    if (from_here && to_here) {
        finding.attribution.peer = EndSearch(parts_, flow).search(destination).owner;
    }
    return finding;
}

}  // namespace flowgauge
