#include "tests/fuzz/seed.h"
#include "tests/support/tunnel_builder.h"

#include <algorithm>
#include <vector>

namespace flowgauge::test {

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

}  // namespace flowgauge::test
