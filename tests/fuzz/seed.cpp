#include "tests/fuzz/seed.h"

namespace flowgauge::test {

IpPacket with_protocol(IpPacket ip, std::uint8_t protocol) {
    ip.protocol = protocol;
    return ip;
}

Bytes pcap(LinkType link_type, const std::vector<Bytes>& frames) {
    PcapWriter file(link_type);
    std::uint32_t number = 0;
    for (const Bytes& frame : frames) {
        file.add({.seconds = 1'600'000'000 + number, .nanoseconds = number * 1'234'000}, frame);
        ++number;
    }
    return file.bytes();
}

Bytes raw(const std::vector<Bytes>& packets) {
    return pcap(LinkType::kRaw, packets);
}

Bytes udp(const IpPacket& ip, std::uint16_t port, BytesView payload) {
    return ip_packet(ip, udp_datagram(40'000, port, payload));
}

Bytes tcp(const IpPacket& ip, TcpHeader header, BytesView payload) {
    return ip_packet(with_protocol(ip, 6), tcp_segment(header, payload));
}

Bytes client_hello() {
    const Bytes name = text("example.org");
    const Bytes server_name = joined(
        {be16(0), be16(name.size() + 5), be16(name.size() + 3), Bytes{0}, be16(name.size()), name}
    );
    const Bytes alpn = joined({be16(16), be16(5), be16(3), Bytes{2}, text("h2")});
    const Bytes versions = joined({be16(43), be16(3), Bytes{2, 3, 4}});
    const Bytes extensions = joined({server_name, alpn, versions});
    const Bytes body = joined(
        {Bytes{3, 3},
         pattern(32),
         Bytes{0},
         be16(4),
         Bytes{0x13, 1, 0x13, 2},
         Bytes{1, 0},
         be16(extensions.size()),
         extensions}
    );
    const Bytes handshake = joined({Bytes{1, 0}, be16(body.size()), body});
    return joined({Bytes{22, 3, 1}, be16(handshake.size()), handshake});
}

Bytes dns_query() {
    return joined(
        {Bytes{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7},
         text("example"),
         Bytes{3},
         text("org"),
         Bytes{0, 0, 1, 0, 1}}
    );
}

Bytes quic_initial() {
    Bytes packet =
        joined({Bytes{0xc3, 0, 0, 0, 1, 8}, pattern(8), Bytes{0, 0, 0x44, 0x9e}, pattern(1178, 3)});
    packet.resize(1200);
    return packet;
}

std::vector<Bytes> http_exchange() {
    const Bytes request =
        text("GET /a HTTP/1.1\r\nHost: example.org\r\nUser-Agent: x\"y,z\r\n\r\n");
    const Bytes answer = text("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>");
    return {
        tcp(kFour, {.flags = 2, .header_words = 10, .sequence = 0}, {}),
        tcp(kFourBack, {.source_port = 80, .destination_port = 40'000, .flags = 0x12}, {}),
        tcp(kFour, {}, request),
        tcp(kFourBack, {.source_port = 80, .destination_port = 40'000}, answer),
        tcp(kFour, {.flags = 0x11}, {}),
    };
}

}  // namespace flowgauge::test
