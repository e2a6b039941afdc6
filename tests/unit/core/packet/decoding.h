// What the tests of the decoder share: frames in, one comparable answer out.
#pragma once

#include "core/packet/decoder.h"
#include "tests/support/packet_builder.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>

#include <array>
#include <ostream>
#include <string>

namespace flowgauge {

// GoogleTest prints reasons by their words.
inline void PrintTo(Rejection reason, std::ostream* out) {
    *out << to_string(reason);
}

}  // namespace flowgauge

namespace flowgauge::test {

struct Decoded {
    DecodeStep step = DecodeStep::kRejected;
    Rejection reason = Rejection::kNone;
    Packet packet;  // its `ip` points into the frame
    Fragment fragment;
};

inline Decoded decode(HeapFrame& frame, const DecodeOptions& options = {}) {
    Decoded decoded;
    const DecodeResult result = Decoder(options).decode(*frame, decoded.packet, decoded.fragment);
    decoded.step = result.step;
    decoded.reason = result.reason;
    return decoded;
}

// For frames whose bytes need not be looked at afterwards.
inline Decoded decode_bytes(
    BytesView bytes, LinkType link_type = LinkType::kEthernet, const DecodeOptions& options = {}
) {
    HeapFrame frame(bytes, link_type);
    Decoded decoded = decode(frame, options);
    decoded.packet.ip = {};
    return decoded;
}

inline std::string to_text(const IpAddress& address, std::uint8_t version) {
    std::array<char, kIpTextMax> text{};
    return {text.data(), write_ip(text.data(), address, version)};
}

// "192.0.2.1:1000 > 192.0.2.2:53 / 17", or the reason of a rejection, or "fragment".
inline std::string summary(const Decoded& decoded) {
    if (decoded.step != DecodeStep::kPacket) {
        return decoded.step == DecodeStep::kFragment ? "fragment"
                                                     : std::string(to_string(decoded.reason));
    }
    const Packet& packet = decoded.packet;
    return to_text(packet.source, packet.ip_version) + ":" + std::to_string(packet.source_port) +
           " > " + to_text(packet.destination, packet.ip_version) + ":" +
           std::to_string(packet.destination_port) + " / " + std::to_string(packet.protocol);
}

// The packets that most rows carry, and what they decode to.
inline const IpPacket kFour{.source = "192.0.2.1", .destination = "192.0.2.2"};
inline const IpPacket kSix{.source = "2001:db8::1", .destination = "2001:db8::2"};
inline const IpPacket kOuterFour{.source = "10.0.0.1", .destination = "10.0.0.2"};
inline const IpPacket kOuterSix{.source = "fd00::1", .destination = "fd00::2"};
inline const Bytes kUdp = udp_datagram(1000, 53, text("twelve bytes"));
inline const Bytes kFourUdp = ip_packet(kFour, kUdp);
inline const Bytes kSixUdp = ip_packet(kSix, kUdp);
inline const std::string kFourSeen = "192.0.2.1:1000 > 192.0.2.2:53 / 17";
inline const std::string kSixSeen = "2001:db8::1:1000 > 2001:db8::2:53 / 17";

// `header` with another protocol.
inline IpPacket with_protocol(IpPacket header, std::uint8_t protocol) {
    header.protocol = protocol;
    return header;
}

inline Bytes first_bytes(const Bytes& bytes, std::size_t count) {
    return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace flowgauge::test
