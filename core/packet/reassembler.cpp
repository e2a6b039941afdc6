#include "core/packet/reassembler.h"

#include "core/packet/frame.h"

#include <algorithm>

namespace flowgauge {
namespace {

constexpr std::uint32_t kDatagramMax = 65535;  // that a length field can say
constexpr std::uint32_t kIpv6Header = 40;
constexpr std::uint64_t kIpv4TimeoutSeconds = 30;
constexpr std::uint64_t kIpv6TimeoutSeconds = 60;

// More pieces than this are an attack: 64 KiB in 64-byte pieces. Bounds the walk in place_of().
constexpr std::uint32_t kPiecesMax = 1024;

// Largest header in front of a payload: 60 bytes of IPv4, or IPv6 with kExtensionHeadersMax headers
// of 2 KiB. Longer chains are cut off when the datagram is rebuilt.
constexpr std::size_t kHeaderMax = 40 + std::size_t{kExtensionHeadersMax} * 2048;
constexpr std::size_t kScratchBytes = kHeaderMax + kDatagramMax + kFrameSlackBytes;

bool is_too_old(const FragmentedDatagram& datagram, CaptureTime now) noexcept {
    const std::uint64_t timeout =
        datagram.key.ip_version == 6 ? kIpv6TimeoutSeconds : kIpv4TimeoutSeconds;
    const CaptureTime& first = datagram.first_time;
    if (now <= first) {
        return false;
    }
    const std::uint64_t seconds = now.seconds - first.seconds;
    return seconds > timeout || (seconds == timeout && now.nanoseconds >= first.nanoseconds);
}

DatagramKey key_of(const Packet& packet, const IpHeader& header) noexcept {
    return {
        .source = packet.source,
        .destination = packet.destination,
        .id = header.fragment_id,
        .vlan_id = packet.vlan_id,
        .protocol = header.version == 4 ? header.protocol : std::uint8_t{0},
        .ip_version = header.version,
        .tunnel_id = static_cast<std::uint8_t>(packet.tunnel_id),
        .encapsulations = packet.encapsulations,
        .observation_point = packet.observation_point};
}

void put_be16(std::uint8_t* at, std::size_t value) noexcept {
    at[0] = static_cast<std::uint8_t>(value >> 8);
    at[1] = static_cast<std::uint8_t>(value);
}

}  // namespace

void Reassembler::open_store() {
    if (store_ == nullptr) {
        store_ = std::make_unique<FragmentStore>(memory_bytes_);
        scratch_ = std::make_unique<std::uint8_t[]>(kScratchBytes);
    }
}

Reassembler::Step Reassembler::refuse(Rejection reason) noexcept {
    reason_ = reason;
    return Step::kRejected;
}

Reassembler::Step Reassembler::add(Packet& packet, const IpHeader& header, RejectionTally& tally) {
    open_store();
    const std::uint32_t length = header.total_bytes - header.header_bytes;
    const bool misaligned = header.more_fragments && length % 8 != 0;
    // What the datagram's length field counts in front of the payload: nothing of IPv6's own
    // header.
    const std::uint32_t in_front =
        header.version == 4 ? header.header_bytes : header.fragment_header_offset - kIpv6Header;
    if (length == 0 || misaligned || in_front + header.fragment_offset + length > kDatagramMax) {
        return refuse(Rejection::kMalformedIp);
    }
    expire(packet.time, tally);
    const std::uint32_t index = find_or_create(packet, header, tally);
    if (index == kNoIndex) {
        return refuse(Rejection::kFragmentMemory);
    }
    FragmentedDatagram& datagram = store_->datagram(index);
    if (datagram.poisoned) {
        return refuse(Rejection::kFragmentOverlap);
    }
    const std::span<const std::uint8_t> behind = packet.ip.subspan(header.header_bytes);
    const std::uint32_t kept_header =
        header.version == 4 ? header.header_bytes : header.fragment_header_offset;
    const bool first = header.fragment_offset == 0;
    const Incoming incoming{
        .header = header,
        .length = length,
        .ip_header = packet.ip.first(first ? kept_header : 0),
        .payload = behind.first(std::min<std::size_t>(behind.size(), length))};
    const Step step = insert(index, packet, incoming, tally);
    if (step == Step::kHeld && datagram.total_bytes != 0 &&
        datagram.payload_bytes == datagram.total_bytes) {
        complete(index, packet, tally);
        return Step::kComplete;
    }
    return step;
}

std::uint32_t Reassembler::find_or_create(
    const Packet& packet, const IpHeader& header, RejectionTally& tally
) {
    const DatagramKey key = key_of(packet, header);
    std::uint32_t index = store_->find(key);
    if (index != kNoIndex && is_too_old(store_->datagram(index), packet.time)) {
        drop(index, Rejection::kFragmentTimeout, tally);
        index = kNoIndex;
    }
    if (index != kNoIndex) {
        return index;
    }
    index = store_->create(key, packet.time);
    if (index == kNoIndex && give_way(kNoIndex, tally)) {
        index = store_->create(key, packet.time);
    }
    return index;
}

// Finds where the fragment goes among the pieces, and whether it agrees with them.
Reassembler::Place Reassembler::place_of(
    FragmentedDatagram& datagram, const Incoming& incoming
) noexcept {
    const std::uint32_t begin = incoming.header.fragment_offset;
    const std::uint32_t end = begin + incoming.length;
    std::uint32_t before = kNoIndex;
    std::uint32_t at = datagram.first_piece;
    if (datagram.last_piece != kNoIndex) {
        const FragmentPiece& last = store_->piece(datagram.last_piece);
        if (begin >= last.offset + last.length) {
            before = datagram.last_piece;  // in order: no walk
            at = kNoIndex;
        }
    }
    while (at != kNoIndex && store_->piece(at).offset + store_->piece(at).length <= begin) {
        before = at;
        at = store_->piece(at).next;
    }
    if (at != kNoIndex && store_->piece(at).offset < end) {
        const FragmentPiece& held = store_->piece(at);
        const std::uint32_t header_bytes = held.stored - held.captured;
        const bool same = held.offset == begin && held.length == incoming.length &&
                          held.more == incoming.header.more_fragments &&
                          store_->ends_with(held, header_bytes, incoming.payload);
        return {.fit = same ? Fit::kDuplicate : Fit::kContradiction};
    }
    // A last fragment fixes the size; nothing may lie beyond it, and there is only one.
    const bool beyond = datagram.total_bytes != 0 &&
                        (end > datagram.total_bytes || !incoming.header.more_fragments);
    const bool cuts = !incoming.header.more_fragments && at != kNoIndex;
    return {.fit = beyond || cuts ? Fit::kContradiction : Fit::kNew, .before = before};
}

Reassembler::Step Reassembler::insert(
    std::uint32_t index, const Packet& packet, const Incoming& incoming, RejectionTally& tally
) {
    FragmentedDatagram& datagram = store_->datagram(index);
    const Place place = place_of(datagram, incoming);
    if (place.fit == Fit::kDuplicate) {
        return refuse(Rejection::kFragmentDuplicate);
    }
    if (place.fit == Fit::kContradiction) {
        poison(datagram, tally);
        return refuse(Rejection::kFragmentOverlap);
    }
    std::uint32_t made = kNoIndex;
    while (datagram.frames < kPiecesMax) {
        made = store_->create_piece(incoming.ip_header, incoming.payload);
        if (made != kNoIndex || !give_way(index, tally)) {
            break;
        }
    }
    if (made == kNoIndex) {
        drop(index, Rejection::kFragmentMemory, tally);
        return refuse(Rejection::kFragmentMemory);
    }
    FragmentPiece& piece = store_->piece(made);
    piece.position = packet.position;
    piece.offset = incoming.header.fragment_offset;
    piece.length = incoming.length;
    piece.captured = static_cast<std::uint32_t>(incoming.payload.size());
    piece.more = incoming.header.more_fragments;
    link(datagram, made, place.before);
    datagram.newest_piece = made;
    ++datagram.frames;
    ++held_frames_;
    datagram.payload_bytes += piece.length;
    datagram.frame_bytes += packet.frame_bytes;
    if (!piece.more) {
        datagram.total_bytes = piece.offset + piece.length;
    }
    if (piece.offset == 0) {
        datagram.packet = packet;
        datagram.header_bytes = static_cast<std::uint32_t>(incoming.ip_header.size());
        datagram.next_header_offset = incoming.header.next_header_offset;
        datagram.next_header = incoming.header.protocol;
    }
    return Step::kHeld;
}

void Reassembler::link(
    FragmentedDatagram& datagram, std::uint32_t made, std::uint32_t before
) noexcept {
    FragmentPiece& piece = store_->piece(made);
    if (before == kNoIndex) {
        piece.next = datagram.first_piece;
        datagram.first_piece = made;
    } else {
        piece.next = store_->piece(before).next;
        store_->piece(before).next = made;
    }
    if (piece.next == kNoIndex) {
        datagram.last_piece = made;
    }
}

// Drops the oldest datagram but `index`. Returns false when there is no other.
bool Reassembler::give_way(std::uint32_t index, RejectionTally& tally) {
    std::uint32_t candidates[] = {store_->oldest(4), store_->oldest(6)};
    for (std::uint32_t& candidate : candidates) {
        if (candidate != kNoIndex && candidate == index) {
            candidate = store_->datagram(index).newer;
        }
    }
    const auto [four, six] = candidates;
    std::uint32_t oldest = four == kNoIndex ? six : four;
    if (four != kNoIndex && six != kNoIndex &&
        store_->datagram(six).first_time < store_->datagram(four).first_time) {
        oldest = six;
    }
    if (oldest == kNoIndex) {
        return false;
    }
    drop(oldest, Rejection::kFragmentMemory, tally);
    return true;
}

// Every held frame of the datagram but that of the piece `but`, in the order of their offsets.
void Reassembler::reject_pieces(
    FragmentedDatagram& datagram, Rejection reason, std::uint32_t but, RejectionTally& tally
) {
    for (std::uint32_t at = datagram.first_piece; at != kNoIndex; at = store_->piece(at).next) {
        if (at != but) {
            tally.add(store_->piece(at).position, reason);
        }
    }
}

// Gives the pieces back, and keeps the datagram to refuse what is still to come of it.
void Reassembler::poison(FragmentedDatagram& datagram, RejectionTally& tally) {
    reject_pieces(datagram, Rejection::kFragmentOverlap, kNoIndex, tally);
    held_frames_ -= datagram.frames;
    datagram.frames = 0;
    datagram.poisoned = true;
    store_->release_pieces(datagram);
}

void Reassembler::drop(std::uint32_t index, Rejection reason, RejectionTally& tally) {
    FragmentedDatagram& datagram = store_->datagram(index);
    reject_pieces(datagram, reason, kNoIndex, tally);
    held_frames_ -= datagram.frames;
    store_->release(index);
}

void Reassembler::complete(std::uint32_t index, Packet& packet, RejectionTally& tally) {
    FragmentedDatagram& datagram = store_->datagram(index);
    const std::size_t bytes = build(datagram);
    datagram_.bytes = ByteCursor({scratch_.get(), bytes});
    datagram_.wire_bytes = datagram.header_bytes + datagram.total_bytes;
    const CaptureTime time = packet.time;
    const std::uint64_t position = packet.position;
    packet = datagram.packet;
    packet.time = time;
    packet.position = position;
    packet.frame_bytes = datagram.frame_bytes;
    --packet.encapsulations;  // its header is read again, whole
    reject_pieces(datagram, Rejection::kReassembledFragment, datagram.newest_piece, tally);
    held_frames_ -= datagram.frames;
    store_->release(index);
}

// Puts the datagram together in scratch_ up to the first byte that the snapshot length cut. Returns
// its length.
std::size_t Reassembler::build(FragmentedDatagram& datagram) noexcept {
    std::uint8_t* const out = scratch_.get();
    std::size_t end = 0;
    for (std::uint32_t at = datagram.first_piece; at != kNoIndex; at = store_->piece(at).next) {
        const FragmentPiece& piece = store_->piece(at);
        store_->copy_out(piece, out + end);
        end += piece.stored;
        if (piece.captured < piece.length) {
            break;
        }
    }
    const std::size_t total = datagram.header_bytes + datagram.total_bytes;
    // A first header longer than those of the other fragments may pass 64 KiB; 0 makes the decoder
    // take the length from the layer instead.
    const std::size_t field = datagram.key.ip_version == 4 ? total : total - kIpv6Header;
    if (datagram.key.ip_version == 4) {
        put_be16(out + 2, field > kDatagramMax ? 0 : field);
        put_be16(out + 6, out[6] & 0x40 ? 0x4000 : 0);
    } else {
        put_be16(out + 4, field > kDatagramMax ? 0 : field);
        out[datagram.next_header_offset] = datagram.next_header;
    }
    return end;
}

void Reassembler::expire(CaptureTime now, RejectionTally& tally) {
    if (store_ == nullptr) {
        return;
    }
    for (const std::uint8_t version : {std::uint8_t{4}, std::uint8_t{6}}) {
        std::uint32_t index = store_->oldest(version);
        while (index != kNoIndex && is_too_old(store_->datagram(index), now)) {
            drop(index, Rejection::kFragmentTimeout, tally);
            index = store_->oldest(version);
        }
    }
}

void Reassembler::finish(CaptureTime end, RejectionTally& tally) {
    if (store_ == nullptr) {
        return;
    }
    for (const std::uint8_t version : {std::uint8_t{4}, std::uint8_t{6}}) {
        std::uint32_t index = store_->oldest(version);
        while (index != kNoIndex) {
            const bool old = is_too_old(store_->datagram(index), end);
            drop(index, old ? Rejection::kFragmentTimeout : Rejection::kFragmentEndOfInput, tally);
            index = store_->oldest(version);
        }
    }
}

}  // namespace flowgauge
