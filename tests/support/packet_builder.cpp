#include "tests/support/packet_builder.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>

namespace flowgauge::test {
namespace {

constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kIpv6Header = 40;
constexpr std::uint8_t kHopLimit = 64;
constexpr std::uint8_t kFragmentHeader = 44;

void append(Bytes& bytes, BytesView more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

void append_be16(Bytes& bytes, std::size_t value) {
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes.push_back(static_cast<std::uint8_t>(value));
}

void append_be32(Bytes& bytes, std::size_t value) {
    append_be16(bytes, value >> 16);
    append_be16(bytes, value);
}

void put_be16(Bytes& bytes, std::size_t at, std::size_t value) {
    bytes[at] = static_cast<std::uint8_t>(value >> 8);
    bytes[at + 1] = static_cast<std::uint8_t>(value);
}

Bytes address_bytes(const std::string& text) {
    Bytes bytes(text.find(':') == std::string::npos ? 4 : 16);
    const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
    if (::inet_pton(family, text.c_str(), bytes.data()) != 1) {
        bytes.clear();
    }
    return bytes;
}

Bytes ipv4_packet(const IpPacket& header, BytesView payload) {
    const std::size_t header_bytes = kIpv4Header + header.options.size();
    const std::size_t words = header.header_words.value_or(header_bytes / 4);
    Bytes packet = {static_cast<std::uint8_t>(0x40 | words), 0};
    append_be16(packet, header.length.value_or(header_bytes + payload.size()));
    append_be16(packet, header.id);
    append_be16(packet, header.fragment_field);
    packet.push_back(kHopLimit);
    packet.push_back(header.protocol);
    append_be16(packet, 0);  // checksum
    append(packet, address_bytes(header.source));
    append(packet, address_bytes(header.destination));
    append(packet, header.options);
    append(packet, payload);
    return packet;
}

Bytes ipv6_packet(const IpPacket& header, BytesView payload) {
    Bytes chain;
    for (std::size_t i = 0; i < header.extensions.size(); ++i) {
        const bool last = i + 1 == header.extensions.size();
        Bytes bytes = header.extensions[i].bytes;
        bytes[0] = last ? header.protocol : header.extensions[i + 1].type;
        append(chain, bytes);
    }
    Bytes packet = {0x60, 0, 0, 0};
    append_be16(packet, header.length.value_or(chain.size() + payload.size()));
    packet.push_back(header.extensions.empty() ? header.protocol : header.extensions[0].type);
    packet.push_back(kHopLimit);
    append(packet, address_bytes(header.source));
    append(packet, address_bytes(header.destination));
    append(packet, chain);
    append(packet, payload);
    return packet;
}

std::size_t header_bytes_of(const Bytes& datagram, std::size_t unfragmentable) {
    return datagram[0] >> 4 == 4 ? std::size_t{datagram[0] & 0x0fU} * 4 : unfragmentable;
}

// Where the byte is that names the header behind the first `unfragmentable` bytes.
std::size_t naming_byte(const Bytes& datagram, std::size_t unfragmentable) {
    std::size_t named_at = 6;
    for (std::size_t at = kIpv6Header; at < unfragmentable;
         at += (std::size_t{datagram[at + 1]} + 1) * 8) {
        named_at = at;
    }
    return named_at;
}

}  // namespace

Bytes text(std::string_view characters) {
    return {characters.begin(), characters.end()};
}

Bytes joined(std::initializer_list<BytesView> parts) {
    Bytes whole;
    for (const BytesView part : parts) {
        append(whole, part);
    }
    return whole;
}

Bytes be16(std::size_t value) {
    Bytes bytes;
    append_be16(bytes, value);
    return bytes;
}

Bytes pattern(std::size_t count, std::uint8_t first) {
    Bytes bytes(count);
    for (std::size_t i = 0; i < count; ++i) {
        bytes[i] = static_cast<std::uint8_t>(first + i + i / 251);
    }
    return bytes;
}

Bytes ethernet_frame(std::uint16_t ether_type, BytesView payload) {
    Bytes frame = {2, 0, 0, 0, 0, 0xB, 2, 0, 0, 0, 0, 0xA};
    append_be16(frame, ether_type);
    append(frame, payload);
    return frame;
}

Bytes with_tag(Bytes frame, std::uint16_t tag_protocol, std::uint16_t tci) {
    constexpr std::ptrdiff_t kAddressBytes = 12;
    Bytes tag;
    append_be16(tag, tag_protocol);
    append_be16(tag, tci);
    frame.insert(frame.begin() + kAddressBytes, tag.begin(), tag.end());
    return frame;
}

Bytes mpls(std::size_t labels, BytesView payload) {
    Bytes stack;
    for (std::size_t i = 0; i < labels; ++i) {
        const auto bottom = static_cast<std::uint8_t>(i + 1 == labels ? 1 : 0);
        append(stack, Bytes{0, static_cast<std::uint8_t>(i + 1), bottom, 64});
    }
    append(stack, payload);
    return stack;
}

Bytes pppoe_session(BytesView ppp_payload) {
    Bytes session = {0x11, 0, 0, 9};
    append_be16(session, ppp_payload.size());
    append(session, ppp_payload);
    return session;
}

Bytes ppp(std::uint16_t protocol, BytesView payload, bool compressed) {
    Bytes packet = be16(protocol);
    if (compressed) {
        packet.erase(packet.begin());
    }
    append(packet, payload);
    return packet;
}

Bytes hdlc_ppp(std::uint16_t protocol, BytesView payload, bool compressed) {
    return joined({Bytes{0xff, 0x03}, ppp(protocol, payload, compressed)});
}

Bytes cisco_hdlc(std::uint16_t ether_type, BytesView payload, std::uint8_t address) {
    return joined({Bytes{address, 0}, be16(ether_type), payload});
}

Bytes llc_snap(std::uint16_t ether_type, BytesView payload) {
    return joined({Bytes{0xaa, 0xaa, 0x03, 0, 0, 0}, be16(ether_type), payload});
}

Bytes llc_ip(BytesView payload) {
    return joined({Bytes{0x06, 0x06, 0x03}, payload});
}

Bytes ethernet_8023(BytesView llc) {
    return ethernet_frame(static_cast<std::uint16_t>(llc.size()), llc);
}

Bytes loopback(std::uint32_t family, ByteOrder order, BytesView payload) {
    Bytes header;
    append_be32(header, family);
    if (order == ByteOrder::kLittle) {
        std::reverse(header.begin(), header.end());
    }
    append(header, payload);
    return header;
}

Bytes linux_cooked(std::uint16_t protocol, BytesView payload) {
    return joined({Bytes{0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 0xA, 0, 0}, be16(protocol), payload});
}

Bytes linux_cooked2(std::uint16_t protocol, BytesView payload) {
    const Bytes rest = {0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 0xA, 0, 0};
    return joined({be16(protocol), rest, payload});
}

Bytes wireless_frame(const WirelessFrame& header, BytesView inner) {
    const auto type = static_cast<std::uint8_t>(header.type | (header.qos ? 0x80 : 0));
    const std::uint8_t ways = header.four_addresses ? 3 : header.ways;
    const auto flags = static_cast<std::uint8_t>(header.flags | ways);
    Bytes frame = header.swapped ? Bytes{flags, type} : Bytes{type, flags};
    append(frame, Bytes{0, 0});                // duration
    append(frame, Bytes{2, 0, 0, 0, 1, 0xC});  // receiver
    append(frame, Bytes{2, 0, 0, 0, 1, 0xA});  // transmitter
    append(frame, Bytes{2, 0, 0, 0, 1, 0xB});  // third
    append(frame, Bytes{header.fragment, 0});  // sequence control
    if (header.four_addresses) {
        append(frame, Bytes{2, 0, 0, 0, 1, 0xD});
    }
    if (header.qos) {
        append(frame, Bytes{header.qos_control, 0});
    }
    if (header.qos && (header.flags & 0x80) != 0) {
        append(frame, Bytes(4));
    }
    append(frame, llc_snap(header.ether_type, inner));
    return frame;
}

Bytes radiotap(const RadiotapHeader& header, BytesView wireless) {
    Bytes bytes = {0, 0, 0, 0};
    for (std::size_t word = 0; word <= header.further_words; ++word) {
        const bool last = word == header.further_words;
        const unsigned fields = (header.flags ? 2U : 0U) | (header.time_stamp ? 1U : 0U);
        const auto present = static_cast<std::uint8_t>(word == 0 ? fields : 0U);
        append(bytes, Bytes{present, 0, 0, static_cast<std::uint8_t>(last ? 0 : 0x80)});
    }
    if (header.time_stamp) {
        bytes.resize((bytes.size() + 7) / 8 * 8 + 8, 0x55);
    }
    if (header.flags) {
        bytes.push_back(*header.flags);
    }
    bytes.resize(bytes.size() + header.more_bytes, 0x77);
    bytes[2] = static_cast<std::uint8_t>(bytes.size());
    bytes[3] = static_cast<std::uint8_t>(bytes.size() >> 8);
    append(bytes, wireless);
    return bytes;
}

Bytes ppi(LinkType link_type, BytesView fields, BytesView frame) {
    const std::size_t length = 8 + fields.size();
    const auto number = static_cast<unsigned>(link_type);
    const Bytes header = {
        0,
        0,
        static_cast<std::uint8_t>(length),
        static_cast<std::uint8_t>(length >> 8),
        static_cast<std::uint8_t>(number),
        static_cast<std::uint8_t>(number >> 8),
        0,
        0};
    return joined({header, fields, frame});
}

ExtensionHeader extension_header(std::uint8_t type, std::uint8_t further_8_bytes) {
    Bytes bytes((std::size_t{further_8_bytes} + 1) * 8);
    bytes[1] = further_8_bytes;
    return {.type = type, .bytes = bytes};
}

ExtensionHeader fragment_header(std::size_t offset, bool more, std::uint32_t id) {
    Bytes bytes = {0, 0};
    append_be16(bytes, offset | (more ? 1U : 0U));
    append_be32(bytes, id);
    return {.type = kFragmentHeader, .bytes = bytes};
}

Bytes ip_packet(const IpPacket& header, BytesView payload) {
    return header.source.find(':') == std::string::npos ? ipv4_packet(header, payload)
                                                        : ipv6_packet(header, payload);
}

Bytes ip_in_ip(const IpPacket& outer, BytesView inner) {
    IpPacket header = outer;
    header.protocol = inner[0] >> 4 == 4 ? 4 : 41;
    return ip_packet(header, inner);
}

Bytes fragment_of(const Bytes& datagram, const Cut& cut) {
    const bool four = datagram[0] >> 4 == 4;
    const std::size_t header_bytes = header_bytes_of(datagram, cut.unfragmentable);
    const std::size_t payload_bytes = datagram.size() - header_bytes;
    const std::size_t length = std::min(cut.length, payload_bytes - cut.begin);
    const bool more = cut.begin + length < payload_bytes;
    Bytes piece(datagram.begin(), datagram.begin() + static_cast<std::ptrdiff_t>(header_bytes));
    if (four) {
        put_be16(piece, 2, header_bytes + length);
        put_be16(piece, 6, (more ? 0x2000U : 0U) | cut.begin / 8);
    } else {
        const std::size_t named_at = naming_byte(datagram, header_bytes);
        Bytes header = fragment_header(cut.begin, more, cut.id).bytes;
        header[0] = piece[named_at];
        piece[named_at] = kFragmentHeader;
        put_be16(piece, 4, header_bytes - kIpv6Header + header.size() + length);
        append(piece, header);
    }
    append(piece, BytesView(datagram).subspan(header_bytes + cut.begin, length));
    return piece;
}

std::vector<Bytes> fragments_of(
    const Bytes& datagram, std::size_t piece_bytes, std::uint32_t id, std::size_t unfragmentable
) {
    std::vector<Bytes> pieces;
    const std::size_t payload = datagram.size() - header_bytes_of(datagram, unfragmentable);
    for (std::size_t begin = 0; begin < payload; begin += piece_bytes) {
        const Cut cut{
            .begin = begin, .length = piece_bytes, .id = id, .unfragmentable = unfragmentable};
        pieces.push_back(fragment_of(datagram, cut));
    }
    return pieces;
}

Bytes tcp_segment(const TcpHeader& header, BytesView payload) {
    constexpr std::size_t kHeaderBytes = 20;
    Bytes segment = be16(header.source_port);
    append_be16(segment, header.destination_port);
    append_be32(segment, header.sequence);
    append_be32(segment, header.acknowledgment);
    segment.push_back(static_cast<std::uint8_t>(header.header_words << 4));
    segment.push_back(header.flags);
    append_be16(segment, 0xffff);  // window
    append_be32(segment, 0);       // checksum, urgent pointer
    segment.resize(std::max<std::size_t>(kHeaderBytes, header.header_words * 4U), 1);
    append(segment, payload);
    return segment;
}

Bytes udp_datagram(std::uint16_t source_port, std::uint16_t destination_port, BytesView payload) {
    constexpr std::size_t kHeaderBytes = 8;
    Bytes datagram = be16(source_port);
    append_be16(datagram, destination_port);
    append_be16(datagram, kHeaderBytes + payload.size());
    append_be16(datagram, 0);  // no checksum
    append(datagram, payload);
    return datagram;
}

Bytes icmp_message(std::uint8_t type, BytesView payload) {
    return joined({Bytes{type, 0, 0, 0, 0, 1, 0, 1}, payload});
}

Bytes gtp(const GtpHeader& header, BytesView inner) {
    constexpr std::uint8_t kExtensionType = 0x85;  // PDU session container
    Bytes optional;
    if ((header.flags & 0x07) != 0) {
        const bool chain = !header.extensions.empty();
        optional = {0, 1, 2, chain ? kExtensionType : std::uint8_t{0}};
        for (std::size_t i = 0; i < header.extensions.size(); ++i) {
            const Bytes& content = header.extensions[i];
            optional.push_back(static_cast<std::uint8_t>((content.size() + 2) / 4));
            append(optional, content);
            const bool last = i + 1 == header.extensions.size();
            optional.push_back(last ? std::uint8_t{0} : kExtensionType);
        }
    }
    Bytes packet = {header.flags, header.message};
    append_be16(packet, optional.size() + inner.size());
    append_be32(packet, 0x01020304);  // tunnel endpoint
    append(packet, optional);
    append(packet, inner);
    return packet;
}

Bytes capwap_data(BytesView wireless, std::uint8_t header_words, std::uint8_t preamble) {
    Bytes packet(std::max<std::size_t>(header_words * 4U, 8));
    packet[0] = preamble;
    packet[1] = static_cast<std::uint8_t>(header_words << 3);
    append(packet, wireless);
    return packet;
}

Bytes tzsp(BytesView tags, BytesView frame, std::uint32_t header) {
    Bytes packet;
    append_be32(packet, header);
    append(packet, tags);
    append(packet, frame);
    return packet;
}

HeapFrame::HeapFrame(BytesView bytes, LinkType link_type, CaptureTime time) {
    hold(bytes);
    frame_.wire_bytes = static_cast<std::uint32_t>(bytes.size());
    frame_.link_type = link_type;
    frame_.time = time;
}

void HeapFrame::hold(BytesView bytes) {
    constexpr std::uint8_t kSlackContent = 0xEE;
    auto memory = std::make_unique<std::uint8_t[]>(bytes.size() + kFrameSlackBytes);
    std::copy(bytes.begin(), bytes.end(), memory.get());
    std::fill_n(memory.get() + bytes.size(), kFrameSlackBytes, kSlackContent);
    memory_ = std::move(memory);
    frame_.bytes = {memory_.get(), bytes.size()};
}

HeapFrame& HeapFrame::cut(std::size_t captured) {
    hold(frame_.bytes.first(std::min(captured, frame_.bytes.size())));
    return *this;
}

HeapFrame& HeapFrame::strip_tag() {
    Bytes bytes(frame_.bytes.begin(), frame_.bytes.end());
    frame_.has_stripped_vlan = true;
    frame_.stripped_vlan_tci = static_cast<std::uint16_t>((bytes[14] << 8) | bytes[15]);
    bytes.erase(bytes.begin() + 12, bytes.begin() + 16);
    hold(bytes);
    return *this;
}

PcapWriter::PcapWriter(LinkType link_type) {
    u32(0xA1B2C3D4);
    append(bytes_, Bytes{2, 0, 4, 0});  // version 2.4
    u32(0);
    u32(0);
    u32(262144);  // snapshot length
    u32(static_cast<std::uint32_t>(link_type));
}

PcapWriter& PcapWriter::add(CaptureTime time, BytesView frame, std::uint32_t wire_bytes) {
    u32(time.seconds);
    u32(time.nanoseconds / 1000);
    u32(frame.size());
    u32(wire_bytes == 0 ? frame.size() : wire_bytes);
    append(bytes_, frame);
    return *this;
}

void PcapWriter::u32(std::uint64_t value) {
    for (int shift = 0; shift < 32; shift += 8) {
        bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

}  // namespace flowgauge::test
