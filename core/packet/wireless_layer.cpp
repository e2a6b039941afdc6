#include "core/packet/wireless_layer.h"

#include "core/packet/link_layer.h"

#include <algorithm>

namespace flowgauge {
namespace {

// Frame control, first byte: version, type and subtype. Second byte: flags.
constexpr std::uint8_t kVersionMask = 0x03;
constexpr std::uint8_t kTypeMask = 0x0c;
constexpr std::uint8_t kTypeData = 0x08;
constexpr std::uint8_t kSubtypeNoData = 0x40;
constexpr std::uint8_t kSubtypeQos = 0x80;
constexpr std::uint8_t kWays = 0x03;  // to and from the distribution system
constexpr std::uint8_t kFromAccessPoint = 0x02;
constexpr std::uint8_t kToAccessPoint = 0x01;
constexpr std::uint8_t kProtected = 0x40;
constexpr std::uint8_t kOrder = 0x80;

constexpr std::size_t kFirstAddress = 4;
constexpr std::size_t kSecondAddress = 10;
constexpr std::size_t kThirdAddress = 16;
constexpr std::size_t kSequenceControl = 22;
constexpr std::size_t kFourthAddress = 24;
constexpr std::uint8_t kFragmentNumberMask = 0x0f;
constexpr std::uint8_t kAggregate = 0x80;  // of the first byte of QoS control
constexpr std::size_t kHighThroughputControl = 4;

constexpr std::uint32_t kChecksumBytes = 4;

// Of a data frame, up to QoS control.
std::size_t data_header_bytes(std::uint8_t type, std::uint8_t ways) noexcept {
    return 24U + (ways == kWays ? 6U : 0U) + ((type & kSubtypeQos) != 0 ? 2U : 0U);
}

// Requires: 6 bytes at `offset`.
void copy_mac(const ByteCursor& bytes, std::size_t offset, MacAddress& mac) noexcept {
    std::ranges::copy(bytes.view(offset, mac.size()), mac.begin());
}

// IEEE 802.11-2020 table 9-30. Requires: the header of a data frame.
void read_macs(const ByteCursor& bytes, std::uint8_t ways, Packet& packet) noexcept {
    const bool to = (ways & kToAccessPoint) != 0;
    const bool from = (ways & kFromAccessPoint) != 0;
    const std::size_t both = to ? kFourthAddress : kThirdAddress;
    copy_mac(bytes, to ? kThirdAddress : kFirstAddress, packet.destination_mac);
    copy_mac(bytes, from ? both : kSecondAddress, packet.source_mac);
}

// Why the data frame at `bytes`, whose header is all there, does not hold one packet in the clear.
Rejection obstacle(const ByteCursor& bytes, std::size_t header_bytes) noexcept {
    const std::uint8_t type = bytes.u8(0);
    if ((type & kSubtypeNoData) != 0) {
        return Rejection::kWirelessControl;
    }
    if ((bytes.u8(1) & kProtected) != 0) {
        return Rejection::kWirelessEncrypted;
    }
    if ((bytes.u8(kSequenceControl) & kFragmentNumberMask) != 0) {
        return Rejection::kWirelessFragment;
    }
    const bool aggregate = (bytes.u8(header_bytes - 2) & kAggregate) != 0;
    const bool has_qos = (type & kSubtypeQos) != 0;
    return has_qos && aggregate ? Rejection::kWirelessAggregate : Rejection::kNone;
}

// Opens an 802.11 frame. `alignment` 4 says that the header was padded to such a multiple.
Rejection open_frame(Layer& layer, Packet& packet, std::size_t alignment) noexcept {
    if (!layer.bytes.has(2)) {
        return Rejection::kTruncatedLink;
    }
    const std::uint8_t type = layer.bytes.u8(0);
    const std::uint8_t flags = layer.bytes.u8(1);
    if ((type & kVersionMask) != 0) {
        return Rejection::kNotIp;
    }
    if ((type & kTypeMask) != kTypeData) {
        return Rejection::kWirelessControl;
    }
    const std::uint8_t ways = flags & kWays;
    std::size_t header = data_header_bytes(type, ways);
    if (!layer.bytes.has(header)) {
        return Rejection::kTruncatedLink;
    }
    if (const Rejection reason = obstacle(layer.bytes, header); reason != Rejection::kNone) {
        return reason;
    }
    read_macs(layer.bytes, ways, packet);
    if ((type & kSubtypeQos) != 0 && (flags & kOrder) != 0) {
        header += kHighThroughputControl;
    }
    header = (header + alignment - 1) / alignment * alignment;
    return layer.skip(header) ? open_logical_link(layer, packet) : Rejection::kTruncatedLink;
}

// The field "flags" of a radiotap header, or 0 when it has none. Bit 31 of each word of presence
// says that another one follows; the fields come behind the last. The time stamp, which alone comes
// before the flags, is aligned to its 8 bytes.
std::uint8_t radiotap_flags(const ByteCursor& bytes, std::size_t header_bytes) noexcept {
    constexpr std::uint32_t kTimeStampPresent = 0x01;
    constexpr std::uint32_t kFlagsPresent = 0x02;
    constexpr std::uint32_t kAnotherWord = 0x80000000;
    const std::uint32_t present = bytes.le32(4);
    std::size_t at = 8;
    for (int word = 0; word < kTagsMax && (bytes.le32(at - 4) & kAnotherWord) != 0; ++word) {
        at += 4;
    }
    if ((present & kTimeStampPresent) != 0) {
        at = (at + 7) / 8 * 8 + 8;
    }
    const bool present_here = (present & kFlagsPresent) != 0 && at < header_bytes;
    return present_here ? bytes.u8(at) : std::uint8_t{0};
}

// Takes the checksum off the end of the frame, as far as it was captured.
void drop_checksum(Layer& layer) noexcept {
    layer.wire_bytes -= std::min(layer.wire_bytes, kChecksumBytes);
    const std::size_t kept = std::min<std::size_t>(layer.bytes.remaining(), layer.wire_bytes);
    layer.bytes = ByteCursor(layer.bytes.rest().first(kept));
}

}  // namespace

Rejection open_wireless(Layer& layer, Packet& packet) noexcept {
    return open_frame(layer, packet, 1);
}

Rejection open_radiotap(Layer& layer, Packet& packet) noexcept {
    constexpr std::size_t kHeaderMin = 8;
    constexpr std::uint8_t kChecksumAtEnd = 0x10;
    constexpr std::uint8_t kPadded = 0x20;
    constexpr std::uint8_t kBadChecksum = 0x40;
    if (!layer.bytes.has(kHeaderMin)) {
        return Rejection::kTruncatedLink;
    }
    const std::size_t header = layer.bytes.le16(2);
    if (layer.bytes.u8(0) != 0 || header < kHeaderMin) {
        return Rejection::kLinkType;  // there is no other version than 0
    }
    const std::uint8_t flags = radiotap_flags(layer.bytes, header);
    if (!layer.skip(header)) {
        return Rejection::kTruncatedLink;
    }
    if ((flags & kBadChecksum) != 0) {
        return Rejection::kWirelessDamaged;
    }
    if ((flags & kChecksumAtEnd) != 0) {
        drop_checksum(layer);
    }
    return open_frame(layer, packet, (flags & kPadded) != 0 ? 4 : 1);
}

bool open_access_point_frame(Layer& layer, Packet& packet) noexcept {
    // Cisco access points send the two bytes of frame control swapped (Wireshark has a preference
    // for it); a data frame says so in either order.
    const bool swapped = (layer.bytes.u8(0) & kTypeMask) != kTypeData;
    const std::uint8_t type = layer.bytes.u8(swapped ? 1 : 0);
    const std::uint8_t ways = layer.bytes.u8(swapped ? 0 : 1) & kWays;
    if ((type & kTypeMask) != kTypeData) {
        return false;
    }
    const ByteCursor frame = layer.bytes;
    if (!layer.skip(data_header_bytes(type, ways))) {
        return false;
    }
    const std::uint16_t ether_type = layer.bytes.be16(6);
    if (layer.bytes.be16(0) != 0xaaaa || (ether_type != 0x0800 && ether_type != 0x86dd)) {
        return false;
    }
    copy_mac(frame, kSecondAddress, packet.source_mac);
    copy_mac(frame, kThirdAddress, packet.destination_mac);
    return layer.skip(8);
}

}  // namespace flowgauge
