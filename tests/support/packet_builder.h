// Frames that read like prose: each function puts one header in front of its payload.
//
//     ethernet_frame(kEtherIpv4, ip_packet({.source = "10.0.0.1", .destination = "10.0.0.2"},
//                                          udp_datagram(1000, 53, text("hello"))))
//
// Checksums are left 0, which flow metering does not mind. Addresses are text; one that is neither
// IPv4 nor IPv6 gives no bytes, and a test that fails.
#pragma once

#include "core/base/time.h"
#include "core/packet/frame.h"
#include "core/packet/link_type.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge::test {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

// Ethertypes.
constexpr std::uint16_t kEtherIpv4 = 0x0800;
constexpr std::uint16_t kEtherArp = 0x0806;
constexpr std::uint16_t kEtherVlan = 0x8100;
constexpr std::uint16_t kEtherIpv6 = 0x86dd;
constexpr std::uint16_t kEtherMpls = 0x8847;
constexpr std::uint16_t kEtherPppoe = 0x8864;
constexpr std::uint16_t kEtherProviderVlan = 0x88a8;

// PPP protocols.
constexpr std::uint16_t kPppProtocolIpv4 = 0x0021;
constexpr std::uint16_t kPppProtocolIpv6 = 0x0057;
constexpr std::uint16_t kPppProtocolMpls = 0x0281;
constexpr std::uint16_t kPppProtocolLcp = 0xc021;

[[nodiscard]] Bytes text(std::string_view characters);
[[nodiscard]] Bytes joined(std::initializer_list<BytesView> parts);
[[nodiscard]] Bytes be16(std::size_t value);

// `count` bytes that differ from their neighbours, so that misplaced ones show.
[[nodiscard]] Bytes pattern(std::size_t count, std::uint8_t first = 0);

// Link headers
// --------------------------------------------------------------------------------------

// An Ethernet frame from 02:00:00:00:00:0a to 02:00:00:00:00:0b.
[[nodiscard]] Bytes ethernet_frame(std::uint16_t ether_type, BytesView payload);

// Returns the Ethernet `frame` with a tag put before its EtherType, where an earlier tag moves
// inwards.
[[nodiscard]] Bytes with_tag(Bytes frame, std::uint16_t tag_protocol, std::uint16_t tci);

// A stack of that many labels, the last one marked as the bottom.
[[nodiscard]] Bytes mpls(std::size_t labels, BytesView payload);

// `ppp_payload` begins with the PPP protocol field.
[[nodiscard]] Bytes pppoe_session(BytesView ppp_payload);

// The bare protocol field, in one byte if `compressed`.
[[nodiscard]] Bytes ppp(std::uint16_t protocol, BytesView payload, bool compressed = false);

// PPP in HDLC-like framing: ff 03 first.
[[nodiscard]] Bytes hdlc_ppp(std::uint16_t protocol, BytesView payload, bool compressed = false);

[[nodiscard]] Bytes cisco_hdlc(
    std::uint16_t ether_type, BytesView payload, std::uint8_t address = 0x0f
);

// LLC behind an IEEE 802.3 length: with SNAP, or IP directly under SAP 6. Use with ethernet_8023().
[[nodiscard]] Bytes llc_snap(std::uint16_t ether_type, BytesView payload);
[[nodiscard]] Bytes llc_ip(BytesView payload);
[[nodiscard]] Bytes ethernet_8023(BytesView llc);

enum class ByteOrder : std::uint8_t { kBig, kLittle };
[[nodiscard]] Bytes loopback(std::uint32_t family, ByteOrder order, BytesView payload);

// Linux cooked, versions 1 and 2.
[[nodiscard]] Bytes linux_cooked(std::uint16_t protocol, BytesView payload);
[[nodiscard]] Bytes linux_cooked2(std::uint16_t protocol, BytesView payload);

// IEEE 802.11
// ----------------------------------------------------------------------------------------

struct WirelessFrame {
    bool qos = false;
    bool four_addresses = false;
    bool swapped = false;      // the two bytes of frame control, as Cisco access points send them
    std::uint8_t type = 0x08;  // data
    std::uint16_t ether_type = kEtherIpv4;
    std::uint8_t ways = 1;         // 1 to, 2 from the distribution system; four addresses have both
    std::uint8_t flags = 0;        // more of the second byte: 0x40 protected, 0x80 order
    std::uint8_t fragment = 0;     // its number
    std::uint8_t qos_control = 0;  // first byte: 0x80 for several packets in one frame
};
// From 02:00:00:00:01:0a (transmitter) by 02:00:00:00:01:0c (receiver) to 02:00:00:00:01:0b (third
// address); the fourth ends in 0d. Order with QoS brings 4 bytes of HT control.
[[nodiscard]] Bytes wireless_frame(const WirelessFrame& header, BytesView inner);

struct RadiotapHeader {
    std::optional<std::uint8_t> flags = std::nullopt;
    bool time_stamp = false;
    std::size_t further_words = 0;  // of presence
    std::size_t more_bytes = 0;     // behind the fields
};
[[nodiscard]] Bytes radiotap(const RadiotapHeader& header, BytesView wireless);

// Per-Packet Information with `fields` and a frame of `link_type`.
[[nodiscard]] Bytes ppi(LinkType link_type, BytesView fields, BytesView frame);

// IP
// ------------------------------------------------------------------------------------------------

// An IPv6 extension header; its first byte is filled in when the chain is built.
struct ExtensionHeader {
    std::uint8_t type = 0;
    Bytes bytes;
};
[[nodiscard]] ExtensionHeader extension_header(std::uint8_t type, std::uint8_t further_8_bytes = 0);
[[nodiscard]] ExtensionHeader fragment_header(std::size_t offset, bool more, std::uint32_t id);

// An IP packet; both addresses IPv4 or both IPv6. Members that the other version has are ignored.
struct IpPacket {
    std::string source = "192.0.2.1";
    std::string destination = "192.0.2.2";
    std::uint8_t protocol = 17;
    std::uint16_t fragment_field = 0;  // IPv4: flags and offset
    std::uint16_t id = 0x1234;         // IPv4
    std::optional<std::uint16_t> length =
        std::nullopt;  // IPv4 total, IPv6 payload; else the true one
    std::optional<std::uint8_t> header_words = std::nullopt;  // IPv4 IHL; else the true one
    Bytes options = {};                                       // IPv4, a multiple of 4
    std::vector<ExtensionHeader> extensions = {};             // IPv6
};
[[nodiscard]] Bytes ip_packet(const IpPacket& header, BytesView payload);

// The same packet with an IPv4 or IPv6 header around: protocol 4 or 41.
[[nodiscard]] Bytes ip_in_ip(const IpPacket& outer, BytesView inner);

// The fragment that carries `length` payload bytes of `datagram` from `begin` on; the last one if
// that reaches the end. IPv4 keeps the identification; IPv6 puts the fragment header behind the
// extension headers that the first `unfragmentable` bytes hold.
struct Cut {
    std::size_t begin = 0;
    std::size_t length = 0;
    std::uint32_t id = 7;             // IPv6
    std::size_t unfragmentable = 40;  // IPv6
};
[[nodiscard]] Bytes fragment_of(const Bytes& datagram, const Cut& cut);

// All fragments in order, each of `piece_bytes` (a multiple of 8) but the last.
[[nodiscard]] std::vector<Bytes> fragments_of(
    const Bytes& datagram,
    std::size_t piece_bytes,
    std::uint32_t id = 7,
    std::size_t unfragmentable = 40
);

// Transport
// -----------------------------------------------------------------------------------------

struct TcpHeader {
    std::uint16_t source_port = 40000;
    std::uint16_t destination_port = 80;
    std::uint8_t flags = 0x18;
    std::uint8_t header_words = 5;  // as the field says; options are filled with NOP
    std::uint32_t sequence = 1;
    std::uint32_t acknowledgment = 0;
};
[[nodiscard]] Bytes tcp_segment(const TcpHeader& header, BytesView payload);

[[nodiscard]] Bytes udp_datagram(
    std::uint16_t source_port, std::uint16_t destination_port, BytesView payload
);

// An 8-byte header.
[[nodiscard]] Bytes icmp_message(std::uint8_t type, BytesView payload);

// Tunnels: what goes into udp_datagram()
// -------------------------------------------------------------

struct GtpHeader {
    std::uint8_t flags = 0x30;           // version 1, GTP; | 1 N-PDU, | 2 sequence, | 4 extensions
    std::uint8_t message = 0xff;         // T-PDU
    std::vector<Bytes> extensions = {};  // contents, 2 bytes less than a multiple of 4
};
[[nodiscard]] Bytes gtp(const GtpHeader& header, BytesView inner);

[[nodiscard]] Bytes capwap_data(
    BytesView wireless, std::uint8_t header_words = 2, std::uint8_t preamble = 0
);

// `tags` are whole, END included.
[[nodiscard]] Bytes tzsp(BytesView tags, BytesView frame, std::uint32_t header = 0x01000001);

// Frames and files
// ------------------------------------------------------------------------------------

// A Frame in heap memory of exactly its size and kFrameSlackBytes, so that a sanitizer sees every
// read beyond.
class HeapFrame {
public:
    explicit HeapFrame(
        BytesView bytes, LinkType link_type = LinkType::kEthernet, CaptureTime time = {}
    );

    // As if the snapshot length had cut it to `captured` bytes.
    HeapFrame& cut(std::size_t captured);

    // As a ring delivers it: without its outermost tag. Requires: Ethernet with a tag.
    HeapFrame& strip_tag();

    [[nodiscard]] Frame& operator*() noexcept { return frame_; }
    [[nodiscard]] Frame* operator->() noexcept { return &frame_; }

private:
    void hold(BytesView bytes);

    std::unique_ptr<std::uint8_t[]> memory_;
    Frame frame_;
};

// A classic pcap file with microseconds, little-endian.
class PcapWriter {
public:
    explicit PcapWriter(LinkType link_type = LinkType::kEthernet);

    // `wire_bytes` 0 stands for all of them captured.
    PcapWriter& add(CaptureTime time, BytesView frame, std::uint32_t wire_bytes = 0);

    [[nodiscard]] const Bytes& bytes() const noexcept { return bytes_; }

private:
    void u32(std::uint64_t value);

    Bytes bytes_;
};

}  // namespace flowgauge::test
