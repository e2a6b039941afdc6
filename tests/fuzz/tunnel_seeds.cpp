#include "tests/fuzz/seed.h"
#include "tests/support/tunnel_builder.h"

#include <string>
#include <utility>
#include <vector>

namespace flowgauge::test {

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

}  // namespace flowgauge::test
