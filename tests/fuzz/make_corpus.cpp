// make_walk_corpus DIRECTORY: writes the seeds of walk_fuzz, each two bytes of options and a
// capture.
//
// The committed files under tests/fuzz/corpus/walk were made by it.
#include "tests/support/packet_builder.h"
#include "tests/support/tunnel_builder.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge::test {
namespace {

const IpPacket kFour{.source = "192.0.2.1", .destination = "192.0.2.2"};
const IpPacket kSix{.source = "2001:db8::1", .destination = "2001:db8::2"};
const IpPacket kFourBack{.source = "192.0.2.2", .destination = "192.0.2.1"};

struct Seed {
    std::string name;
    Bytes file;
    std::uint8_t first_option = 0;
    std::uint8_t second_option = 0;
};

IpPacket with_protocol(IpPacket ip, std::uint8_t protocol) {
    ip.protocol = protocol;
    return ip;
}

// One frame a second and a bit.
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

// pcapng -----------------------------------------------------------------------------------------

Bytes le(std::uint64_t value, std::size_t bytes) {
    Bytes out;
    for (std::size_t i = 0; i < bytes; ++i) {
        out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    return out;
}

Bytes block(std::uint32_t type, Bytes body) {
    body.resize((body.size() + 3) / 4 * 4);
    const Bytes length = le(12 + body.size(), 4);
    return joined({le(type, 4), length, body, length});
}

Bytes section() {
    return block(0x0A0D0D0A, joined({le(0x1A2B3C4D, 4), le(1, 2), le(0, 2), le(~0ULL, 8)}));
}

Bytes interface(LinkType type, std::uint32_t snaplen, BytesView options = {}) {
    return block(
        1, joined({le(static_cast<std::uint16_t>(type), 2), le(0, 2), le(snaplen, 4), options})
    );
}

Bytes enhanced(std::uint32_t interface_id, std::uint64_t time, BytesView frame) {
    return block(
        6,
        joined(
            {le(interface_id, 4),
             le(time >> 32, 4),
             le(time & 0xffffffff, 4),
             le(frame.size(), 4),
             le(frame.size(), 4),
             frame}
        )
    );
}

// Payloads that dissectors look into
// ---------------------------------------------------------------

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

// The seeds
// ------------------------------------------------------------------------------------------

void add_links(std::vector<Seed>& seeds) {
    const Bytes four = udp(kFour, 53, dns_query());
    const Bytes six = udp(kSix, 53, dns_query());
    const Bytes plain = ethernet_frame(kEtherIpv4, four);
    seeds.push_back(
        {"ethernet", pcap(LinkType::kEthernet, {plain, ethernet_frame(kEtherIpv6, six)})}
    );
    seeds.push_back(
        {"tags",
         pcap(
             LinkType::kEthernet,
             {with_tag(plain, kEtherVlan, 5),
              with_tag(with_tag(plain, kEtherVlan, 5), kEtherProviderVlan, 0x4006)}
         )}
    );
    seeds.push_back({"other_type", pcap(LinkType::kEthernet, {ethernet_frame(0x1234, four)}), 0, 64}
    );
    seeds.push_back({"mpls", pcap(LinkType::kEthernet, {ethernet_frame(kEtherMpls, mpls(3, six))})}
    );
    seeds.push_back(
        {"pppoe",
         pcap(
             LinkType::kEthernet,
             {ethernet_frame(kEtherPppoe, pppoe_session(ppp(kPppProtocolIpv4, four)))}
         )}
    );
    seeds.push_back(
        {"llc",
         pcap(
             LinkType::kEthernet,
             {ethernet_8023(llc_snap(kEtherIpv6, six)),
              ethernet_8023(llc_ip(four)),
              ethernet_frame(kEtherArp, Bytes(46))}
         )}
    );
    const std::vector<Bytes> serial = {
        ppp(kPppProtocolIpv4, four),
        ppp(kPppProtocolIpv6, six, true),
        hdlc_ppp(kPppProtocolMpls, mpls(1, four)),
        cisco_hdlc(kEtherIpv4, four)};
    seeds.push_back({"ppp", pcap(LinkType::kPpp, serial)});
    seeds.push_back({"ppp_serial", pcap(LinkType::kPppSerial, serial)});
    seeds.push_back({"cisco_hdlc", pcap(LinkType::kCiscoHdlc, serial)});
    const std::vector<Bytes> loop = {
        loopback(2, ByteOrder::kLittle, four), loopback(30, ByteOrder::kBig, six)};
    seeds.push_back({"null", pcap(LinkType::kNull, loop)});
    seeds.push_back({"loop", pcap(LinkType::kLoop, loop)});
    seeds.push_back({"cooked", pcap(LinkType::kLinuxCooked, {linux_cooked(kEtherIpv4, four)}), 4});
    seeds.push_back({"raw", raw({four, six}), 16});
    seeds.push_back({"raw_bsd", pcap(LinkType::kRawBsd, {four, six})});
    seeds.push_back({"ipv4", pcap(LinkType::kIpv4, {four})});
    seeds.push_back({"ipv6", pcap(LinkType::kIpv6, {six})});
}

void add_wireless(std::vector<Seed>& seeds) {
    const Bytes four = udp(kFour, 53, dns_query());
    const Bytes six = udp(kSix, 53, dns_query());
    const Bytes plain = wireless_frame({}, four);
    const Bytes full = wireless_frame(
        {.qos = true, .four_addresses = true, .ether_type = kEtherIpv6, .flags = 0x80}, six
    );
    const RadiotapHeader fields{
        .flags = std::uint8_t{0x30}, .time_stamp = true, .further_words = 1, .more_bytes = 5};
    seeds.push_back(
        {"wireless",
         pcap(
             LinkType::kWireless,
             {plain,
              full,
              wireless_frame({.type = 0x80}, {}),
              wireless_frame({.flags = 0x40}, four),
              wireless_frame({.qos = true, .qos_control = 0x80}, four),
              wireless_frame({.fragment = 1}, four)}
         )}
    );
    seeds.push_back(
        {"radiotap",
         pcap(
             LinkType::kRadiotap,
             {radiotap({}, full),
              radiotap(fields, joined({plain, Bytes(4)})),
              radiotap({.flags = std::uint8_t{0x40}}, plain)}
         )}
    );
    seeds.push_back(
        {"ppi",
         pcap(
             LinkType::kPpi,
             {ppi(LinkType::kEthernet, {}, ethernet_frame(kEtherIpv4, four)),
              ppi(LinkType::kWireless, pattern(12), plain),
              ppi(LinkType::kPpi, {}, ppi(LinkType::kRaw, {}, four))}
         )}
    );
    seeds.push_back(
        {"cooked2",
         pcap(
             LinkType::kLinuxCooked2,
             {linux_cooked2(kEtherIpv4, four), linux_cooked2(kEtherIpv6, six)}
         )}
    );
}

void add_networks(std::vector<Seed>& seeds) {
    IpPacket options = kFour;
    options.options = Bytes(12, 1);
    IpPacket offloaded = with_protocol(kFour, 6);
    offloaded.length = 0;
    IpPacket extended = kSix;
    extended.extensions = {
        extension_header(0),
        extension_header(43, 1),
        fragment_header(0, false, 1),
        extension_header(60)};
    IpPacket jumbo = with_protocol(kSix, 6);
    jumbo.length = 0;
    seeds.push_back({"options", raw({udp(options, 53, dns_query())})});
    seeds.push_back(
        {"offloaded",
         raw(
             {ip_packet(offloaded, tcp_segment({}, pattern(300))),
              ip_packet(jumbo, tcp_segment({}, pattern(300)))}
         )}
    );
    seeds.push_back({"extensions", raw({udp(extended, 53, dns_query())}), 32});
    seeds.push_back(
        {"protocols",
         raw(
             {ip_packet(with_protocol(kFour, 1), icmp_message(8, pattern(40))),
              ip_packet(with_protocol(kSix, 58), icmp_message(128, pattern(40))),
              ip_packet(with_protocol(kFour, 132), pattern(40)),
              ip_packet(with_protocol(kSix, 59), {})}
         )}
    );
    PcapWriter cut(LinkType::kRaw);
    const Bytes whole = tcp(kFour, {}, pattern(400));
    cut.add({.seconds = 1}, BytesView(whole).first(60), 440);
    cut.add({.seconds = 2}, BytesView(whole).first(30), 440);
    seeds.push_back({"snapshot", cut.bytes(), 64});
}

void add_fragments(std::vector<Seed>& seeds) {
    const Bytes four = udp(kFour, 53, pattern(200));
    const Bytes six = udp(kSix, 53, pattern(200));
    std::vector<Bytes> pieces = fragments_of(four, 64);
    seeds.push_back({"fragments4", raw(pieces)});
    seeds.push_back({"fragments4_first_only", raw(pieces), 1});
    seeds.push_back({"fragments4_ignored", raw(pieces), 0, 32});
    std::reverse(pieces.begin(), pieces.end());
    pieces.push_back(pieces[0]);
    seeds.push_back({"fragments4_reversed", raw(pieces)});
    seeds.push_back({"fragments6", raw(fragments_of(six, 64)), 0, 1});
    IpPacket extended = kSix;
    extended.extensions = {extension_header(0), extension_header(43, 1)};
    seeds.push_back(
        {"fragments6_extensions", raw(fragments_of(udp(extended, 53, pattern(200)), 72, 7, 64))}
    );
    seeds.push_back(
        {"fragments_overlap",
         raw(
             {fragment_of(four, {.begin = 0, .length = 64}),
              fragment_of(four, {.begin = 56, .length = 64}),
              fragment_of(six, {.begin = 64, .length = 64})}
         )}
    );
    std::vector<Bytes> nested;
    for (const Bytes& inner : fragments_of(six, 104)) {
        const std::vector<Bytes> outer = fragments_of(ip_in_ip(kFour, inner), 80);
        nested.insert(nested.end(), outer.begin(), outer.end());
    }
    seeds.push_back({"fragments_nested", raw(nested)});
    seeds.push_back(
        {"fragments_gtp",
         raw(fragments_of(udp(kSix, 2152, gtp({}, udp(kFour, 53, dns_query()))), 48))}
    );
}

void add_tunnels(std::vector<Seed>& seeds) {
    const Bytes four = udp(kFour, 53, dns_query());
    const Bytes six = udp(kSix, 53, dns_query());
    const Bytes two_bytes = {0, 9};
    for (const auto& [name, outer] : {std::pair{"4", kFour}, std::pair{"6", kSix}}) {
        seeds.push_back(
            {std::string("gtp") + name,
             raw(
                 {udp(outer, 2152, gtp({}, four)),
                  udp(outer, 2152, gtp({.flags = 0x34, .extensions = {two_bytes, two_bytes}}, six)),
                  udp(outer, 2152, gtp({.message = 1}, {}))}
             )}
        );
        seeds.push_back(
            {std::string("capwap") + name,
             raw(
                 {udp(outer, 5247, capwap_data(wireless_frame({}, four))),
                  udp(outer,
                      5247,
                      capwap_data(wireless_frame(
                          {.qos = true, .four_addresses = true, .swapped = true}, four
                      )))}
             )}
        );
        seeds.push_back(
            {std::string("tzsp") + name,
             raw({udp(outer, 37008, tzsp(Bytes{0, 10, 1, 5, 1}, ethernet_frame(kEtherIpv4, four)))}
             )}
        );
        seeds.push_back(
            {std::string("ip_in_ip") + name,
             raw({ip_in_ip(outer, four), ip_in_ip(outer, ip_in_ip(kFour, six))}),
             2}
        );
    }
}

// The tunnels of `decode_tunnels: all`, over both versions.
void add_more_tunnels(std::vector<Seed>& seeds) {
    const Bytes four = udp(kFour, 53, dns_query());
    const Bytes six = udp(kSix, 53, dns_query());
    const Bytes frame = ethernet_frame(kEtherIpv4, four);
    const Bytes tagged = with_tag(ethernet_frame(kEtherIpv6, six), kEtherVlan, 5);
    for (const auto& [name, outer] : {std::pair{"4", kFour}, std::pair{"6", kSix}}) {
        const IpPacket outer_gre = with_protocol(outer, 47);
        seeds.push_back(
            {std::string("overlays") + name,
             raw(
                 {udp(outer, 4789, vxlan(tagged)),
                  udp(outer, 4789, vxlan(frame, 0x88480001)),
                  udp(outer, 4790, vxlan_gpe(1, four)),
                  udp(outer, 4790, vxlan_gpe(5, mpls(2, six))),
                  udp(outer, 6081, geneve({.option_words = 2}, frame)),
                  udp(outer, 6081, geneve({.type = kEtherIpv6}, six))}
             )}
        );
        seeds.push_back(
            {std::string("l2tp") + name,
             raw(
                 {udp(outer, 1701, l2tp({}, ppp(kPppProtocolIpv4, four))),
                  udp(outer, 1701, l2tp({.flags = 0x4b02}, hdlc_ppp(kPppProtocolIpv6, six, true)))}
             )}
        );
        seeds.push_back(
            {std::string("teredo") + name,
             raw(
                 {udp(outer, 3544, six),
                  udp(outer, 3544, joined({teredo_authentication(2, 3), teredo_origin(), six}))}
             )}
        );
        seeds.push_back(
            {std::string("gre") + name,
             raw(
                 {ip_packet(outer_gre, gre(kEtherIpv4, four, 0xb000)),
                  ip_packet(outer_gre, gre(kEtherBridged, tagged, 0x2000)),
                  ip_packet(outer_gre, gre(kEtherIpv6, ip_packet(outer_gre, gre(0x0800, four)))),
                  ip_packet(outer_gre, pptp(ppp(kPppProtocolIpv4, four), 0x80))}
             )}
        );
        seeds.push_back(
            {std::string("erspan") + name,
             raw(
                 {ip_packet(outer_gre, erspan_one(frame)),
                  ip_packet(outer_gre, erspan_two(tagged)),
                  ip_packet(outer_gre, erspan_three(frame, true)),
                  ip_packet(outer_gre, erspan_three(six, false, 2))}
             )}
        );
    }
    const Bytes large = ip_packet(kFour, udp_datagram(40'000, 53, pattern(200)));
    std::vector<Bytes> pieces;
    for (const Bytes& piece : fragments_of(large, 104)) {
        const Bytes mirrored = erspan_two(ethernet_frame(kEtherIpv4, piece));
        const std::vector<Bytes> outer =
            fragments_of(ip_packet(with_protocol(kSix, 47), mirrored), 80);
        pieces.insert(pieces.end(), outer.begin(), outer.end());
    }
    seeds.push_back({"fragments_erspan", raw(pieces)});
}

void add_payloads(std::vector<Seed>& seeds) {
    seeds.push_back({"tls", raw({tcp(kFour, {.destination_port = 443}, client_hello())})});
    seeds.push_back({"tls6", raw({tcp(kSix, {.destination_port = 443}, client_hello())}), 128, 2});
    seeds.push_back({"http", raw(http_exchange()), 192, 16});
    seeds.push_back({"quic", raw({udp(kFour, 443, quic_initial())})});
    seeds.push_back(
        {"ssh", raw({tcp(kFour, {.destination_port = 22}, text("SSH-2.0-OpenSSH_9\r\n"))})}
    );
    seeds.push_back(
        {"sip", raw({udp(kFour, 5060, text("INVITE sip:a@b SIP/2.0\r\nTo: <sip:a@b>\r\n\r\n"))})}
    );
    std::vector<Bytes> many;
    for (std::uint16_t port = 1; port <= 8; ++port) {
        many.push_back(udp(kFour, port, text("x")));
    }
    many.insert(many.end(), many.begin(), many.begin() + 4);
    seeds.push_back({"many_flows", raw(many), 0, 8});
}

void add_pcapng(std::vector<Seed>& seeds) {
    const Bytes four = udp(kFour, 53, dns_query());
    const Bytes six = udp(kSix, 53, dns_query());
    const Bytes nanoseconds = joined({le(9, 2), le(1, 2), Bytes{9, 0, 0, 0}});
    const Bytes seconds = joined({le(9, 2), le(1, 2), Bytes{0, 0, 0, 0}});
    const Bytes offset = joined({le(14, 2), le(8, 2), le(1000, 8)});
    seeds.push_back(
        {"pcapng",
         joined(
             {section(),
              interface(LinkType::kEthernet, 0),
              interface(LinkType::kRaw, 262144, joined({nanoseconds, offset})),
              enhanced(0, 1'600'000'000'000'000, ethernet_frame(kEtherIpv4, four)),
              enhanced(1, 1'600'000'000'000'000'000, six)}
         )}
    );
    seeds.push_back(
        {"pcapng_simple",
         joined(
             {section(),
              interface(LinkType::kRaw, 60),
              block(3, joined({le(four.size(), 4), four}))}
         )}
    );
    seeds.push_back(
        {"pcapng_time_range",
         joined({section(), interface(LinkType::kRaw, 0, seconds), enhanced(0, ~0ULL, four)}),
         32}
    );
    seeds.push_back(
        {"pcapng_sections",
         joined(
             {section(),
              interface(LinkType::kRaw, 0),
              enhanced(0, 5, four),
              section(),
              interface(LinkType::kNull, 0),
              enhanced(0, 6, loopback(2, ByteOrder::kLittle, four))}
         )}
    );
}

// Loose frames (walk_fuzz.cpp, file_of) below 256 bytes, a second apart.
Bytes loose(const std::vector<Bytes>& packets, std::uint8_t link_type = 101) {
    Bytes bytes = {link_type};
    for (const Bytes& packet : packets) {
        bytes = joined({bytes, Bytes{1, static_cast<std::uint8_t>(packet.size())}, packet});
    }
    return bytes;
}

void add_loose(std::vector<Seed>& seeds) {
    constexpr std::uint8_t kLooseFrames = 128;
    const Bytes four = udp(kFour, 53, dns_query());
    std::vector<Bytes> pieces = fragments_of(udp(kSix, 2152, gtp({}, four)), 32);
    const std::vector<Bytes> more = fragments_of(ip_in_ip(kFour, udp(kSix, 53, pattern(100))), 56);
    pieces.insert(pieces.end(), more.rbegin(), more.rend());
    seeds.push_back({"loose_fragments", loose(pieces), 0, kLooseFrames});
    seeds.push_back({"loose_http", loose(http_exchange()), 0, kLooseFrames});
    const auto radiotap_type = static_cast<std::uint8_t>(LinkType::kRadiotap);
    const Bytes in_the_air = wireless_frame({.qos = true}, four);
    seeds.push_back(
        {"loose_radiotap",
         loose({radiotap({.flags = std::uint8_t{0}}, in_the_air)}, radiotap_type),
         0,
         kLooseFrames}
    );
    seeds.push_back(
        {"loose_cooked2", loose({linux_cooked2(kEtherIpv4, four)}, 255), 0, kLooseFrames}
    );
    const Bytes mirrored_overlay =
        ethernet_frame(kEtherIpv6, udp(kSix, 4789, vxlan(ethernet_frame(kEtherIpv4, four))));
    seeds.push_back(
        {"loose_overlays",
         loose(
             {ip_packet(with_protocol(kFour, 47), erspan_two(mirrored_overlay)),
              ip_packet(with_protocol(kSix, 47), gre(kEtherIpv4, four, 0xb000)),
              udp(kFour, 6081, geneve({.option_words = 1}, ethernet_frame(kEtherIpv4, four))),
              udp(kFour, 1701, l2tp({.flags = 0x4b02}, ppp(kPppProtocolIpv4, four)))}
         ),
         0,
         kLooseFrames}
    );
    const Bytes wireless = capwap_data(wireless_frame({.qos = true}, four));
    const Bytes mirrored = tzsp(Bytes{10, 1, 5, 1}, ethernet_frame(kEtherIpv4, four));
    seeds.push_back(
        {"loose_tunnels",
         loose(
             {udp(kSix, 5247, wireless),
              udp(kFour, 37008, mirrored),
              udp(kFour, 443, client_hello()),
              tcp(kSix, {.destination_port = 443}, client_hello())}
         ),
         16,
         kLooseFrames}
    );
}

bool write(const std::string& directory, const Seed& seed) {
    const Bytes bytes = joined({Bytes{seed.first_option, seed.second_option}, seed.file});
    std::ofstream file(directory + "/" + seed.name, std::ios::binary);
    for (const std::uint8_t byte : bytes) {
        file.put(static_cast<char>(byte));
    }
    return static_cast<bool>(file.flush());
}

}  // namespace
}  // namespace flowgauge::test

int main(int argc, char** argv) {
    using namespace flowgauge::test;  // NOLINT(google-build-using-namespace): the whole program
    if (argc != 2) {
        static_cast<void>(std::fprintf(stderr, "usage: make_walk_corpus DIRECTORY\n"));
        return 2;
    }
    std::vector<Seed> seeds;
    add_links(seeds);
    add_wireless(seeds);
    add_networks(seeds);
    add_fragments(seeds);
    add_tunnels(seeds);
    add_more_tunnels(seeds);
    add_payloads(seeds);
    add_pcapng(seeds);
    add_loose(seeds);
    const bool written = std::all_of(seeds.begin(), seeds.end(), [&](const Seed& seed) {
        return write(argv[1], seed);
    });
    return written ? 0 : 1;
}
