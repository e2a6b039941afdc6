// Makes the golden captures that no program sends by itself: tags, tunnels, fragments, timeouts,
// damage.
//
//     make_captures DIRECTORY
//
// Writes DIRECTORY/CASE/input.pcap (or .pcapng) for each case; the same bytes every time. What must
// come out of them is in CASE/expected.csv (run_golden.py).
#include "capture/pcapng_writer.h"
#include "tests/support/packet_builder.h"
#include "tests/support/tunnel_builder.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

constexpr std::uint64_t kBegin = 1'700'000'000;

// Writes frames one after the other, a millisecond apart unless told otherwise.
class Story {
public:
    explicit Story(LinkType link_type = LinkType::kEthernet) : pcap_(link_type) {}

    Story& then(BytesView frame) {
        pcap_.add({.seconds = kBegin + ms_ / 1000, .nanoseconds = ms_ % 1000 * 1'000'000}, frame);
        ++ms_;
        return *this;
    }
    Story& at_ms(std::uint32_t ms, BytesView frame) {
        ms_ = ms;
        return then(frame);
    }
    [[nodiscard]] const Bytes& bytes() const { return pcap_.bytes(); }

private:
    PcapWriter pcap_;
    std::uint32_t ms_ = 0;
};

constexpr char kA[] = "10.0.0.1";
constexpr char kB[] = "10.0.0.2";
constexpr char kA6[] = "2001:db8::1";
constexpr char kB6[] = "2001:db8::2";

Bytes udp4(bool forward, std::uint16_t port, std::size_t payload = 20) {
    const Bytes datagram = forward ? udp_datagram(port, 53, pattern(payload))
                                   : udp_datagram(53, port, pattern(payload));
    return ip_packet({.source = forward ? kA : kB, .destination = forward ? kB : kA}, datagram);
}

Bytes udp6(bool forward, std::uint16_t port, std::size_t payload = 20) {
    const Bytes datagram = forward ? udp_datagram(port, 53, pattern(payload))
                                   : udp_datagram(53, port, pattern(payload));
    return ip_packet({.source = forward ? kA6 : kB6, .destination = forward ? kB6 : kA6}, datagram);
}

Bytes tcp4(bool forward, std::uint8_t flags, std::size_t payload = 0) {
    const TcpHeader header{
        .source_port = static_cast<std::uint16_t>(forward ? 40000 : 80),
        .destination_port = static_cast<std::uint16_t>(forward ? 80 : 40000),
        .flags = flags};
    return ip_packet(
        {.source = forward ? kA : kB, .destination = forward ? kB : kA, .protocol = 6},
        tcp_segment(header, pattern(payload))
    );
}

Bytes on_wire(BytesView ip) {
    const bool version6 = !ip.empty() && (ip[0] >> 4) == 6;
    return ethernet_frame(version6 ? kEtherIpv6 : kEtherIpv4, ip);
}

Bytes tags() {
    Story story;
    for (const bool forward : {true, false}) {
        story.then(on_wire(udp4(forward, 1000)));
        story.then(with_tag(on_wire(udp4(forward, 1001)), kEtherVlan, 10));
        // Priority 2 and 3 put a 4 or 6 where a careless reader looks for an IP version.
        for (const unsigned priority : {2U, 3U}) {
            const auto tci = static_cast<std::uint16_t>(priority << 13 | 20);
            story.then(with_tag(
                with_tag(on_wire(udp4(forward, 1002)), kEtherVlan, 30), kEtherProviderVlan, tci
            ));
        }
        story.then(with_tag(with_tag(on_wire(udp4(forward, 1003)), kEtherVlan, 20), kEtherVlan, 10)
        );
        story.then(ethernet_frame(kEtherMpls, mpls(3, udp4(forward, 1004))));
        story.then(
            ethernet_frame(kEtherPppoe, pppoe_session(ppp(kPppProtocolIpv4, udp4(forward, 1005))))
        );
        story.then(
            ethernet_frame(kEtherPppoe, pppoe_session(ppp(kPppProtocolIpv6, udp6(forward, 1006))))
        );
        story.then(ethernet_8023(llc_snap(kEtherIpv4, udp4(forward, 1007))));
        story.then(ethernet_frame(kEtherArp, pattern(28)));
        story.then(ethernet_frame(0x1234, udp4(forward, 1008)));
        story.then(ethernet_frame(kEtherPppoe, pppoe_session(ppp(kPppProtocolLcp, pattern(10)))));
    }
    return story.bytes();
}

// Inner flows of both directions, through outer pairs that differ, over IPv4 and IPv6.
Bytes tunnels() {
    Story story;
    for (const bool forward : {true, false}) {
        const Bytes inner = udp4(forward, 2000);
        const Bytes inner6 = udp6(forward, 2001);
        const IpPacket outer{.source = "198.51.100.1", .destination = "198.51.100.2"};
        const IpPacket other{.source = "198.51.100.9", .destination = "198.51.100.1"};
        const IpPacket outer6{.source = "2001:db8:ff::1", .destination = "2001:db8:ff::2"};
        story.then(
            on_wire(ip_packet(forward ? outer : other, udp_datagram(2152, 2152, gtp({}, inner))))
        );
        story.then(on_wire(ip_packet(
            outer6,
            udp_datagram(2152, 2152, gtp({.flags = 0x36, .extensions = {pattern(2, 1)}}, inner6))
        )));
        story.then(on_wire(ip_packet(outer, udp_datagram(2152, 2152, gtp({.message = 1}, {})))));
        story.then(on_wire(ip_packet(outer, udp_datagram(2152, 2152, gtp({}, pattern(30))))));
        story.then(on_wire(ip_packet(
            outer, udp_datagram(5247, 30000, capwap_data(wireless_frame({.qos = true}, inner)))
        )));
        story.then(on_wire(ip_packet(
            outer6, udp_datagram(5247, 30000, capwap_data(wireless_frame({.swapped = true}, inner)))
        )));
        story.then(on_wire(ip_packet(
            outer,
            udp_datagram(5247, 30000, capwap_data(wireless_frame({.type = 0x00}, pattern(60))))
        )));
        const Bytes tzsp_tags{10, 1, 0xc8, 0, 1};  // signal strength, padding, end
        story.then(
            on_wire(ip_packet(outer, udp_datagram(30001, 37008, tzsp(tzsp_tags, on_wire(inner)))))
        );
        story.then(on_wire(ip_in_ip(outer, inner)));
        story.then(on_wire(ip_in_ip(outer6, inner)));
        story.then(on_wire(ip_in_ip(outer, inner6)));
        story.then(on_wire(ip_in_ip(outer6, ip_in_ip(outer, inner6))));
    }
    return story.bytes();
}

constexpr char kOuterA[] = "198.51.100.1";
constexpr char kOuterB[] = "198.51.100.2";
constexpr char kOuterA6[] = "2001:db8:ff::1";
constexpr char kOuterB6[] = "2001:db8:ff::2";

Bytes outer_udp(bool forward, std::uint16_t port, BytesView payload) {
    const IpPacket outer{
        .source = forward ? kOuterA : kOuterB, .destination = forward ? kOuterB : kOuterA};
    return on_wire(ip_packet(outer, udp_datagram(forward ? 50'001 : 50'002, port, payload)));
}

Bytes outer_gre(bool forward, BytesView payload) {
    const IpPacket outer{
        .source = forward ? kOuterA6 : kOuterB6,
        .destination = forward ? kOuterB6 : kOuterA6,
        .protocol = 47};
    return on_wire(ip_packet(outer, payload));
}

// One inner flow for each tunnel, and what looks like one but is not.
Bytes tunnels_all() {
    Story story;
    for (const bool forward : {true, false}) {
        const auto frame = [&](std::uint16_t port) {
            return on_wire(udp4(forward, port));
        };
        const Bytes arp = ethernet_frame(kEtherArp, pattern(28));
        story.then(outer_udp(forward, 2152, gtp({}, udp4(forward, 7000))));
        story.then(outer_udp(forward, 4789, vxlan(with_tag(frame(7001), kEtherVlan, 20))));
        story.then(outer_udp(forward, 4789, vxlan(arp)));
        story.then(outer_udp(forward, 4789, pattern(30)));
        story.then(outer_udp(forward, 4790, vxlan_gpe(2, udp6(forward, 7002))));
        story.then(outer_udp(forward, 4790, vxlan_gpe(4, pattern(30))));
        story.then(outer_udp(forward, 6081, geneve({.option_words = 2}, frame(7003))));
        const Bytes teredo = joined({teredo_origin(), udp6(forward, 7004)});
        story.then(outer_udp(forward, 3544, teredo));
        story.then(outer_udp(forward, 3544, joined({teredo, Bytes{0}})));
        const L2tpHeader sequenced{.flags = 0x4802};
        const Bytes lcp = ppp(kPppProtocolLcp, pattern(8));
        story.then(
            outer_udp(forward, 1701, l2tp(sequenced, ppp(kPppProtocolIpv4, udp4(forward, 7005))))
        );
        story.then(outer_udp(forward, 1701, l2tp(sequenced, lcp)));
        story.then(outer_udp(forward, 1701, l2tp({.flags = 0xc802}, pattern(20))));
        story.then(outer_gre(forward, gre(kEtherIpv4, udp4(forward, 7006))));
        story.then(outer_gre(forward, gre(kEtherBridged, frame(7007), 0x2000)));
        story.then(outer_gre(forward, gre(kEtherMpls, mpls(2, udp6(forward, 7008)), 0xb000)));
        story.then(outer_gre(forward, pptp(hdlc_ppp(kPppProtocolIpv4, udp4(forward, 7009)), 0x80)));
        story.then(outer_gre(forward, gre(0, pattern(4))));
        story.then(outer_gre(forward, erspan_one(frame(7010))));
        story.then(outer_gre(forward, erspan_two(frame(7011))));
        story.then(outer_gre(forward, erspan_three(frame(7012), true)));
        // A mirrored overlay, in pieces.
        const Bytes overlay = outer_udp(forward, 4789, vxlan(on_wire(udp6(forward, 7013, 1400))));
        const Bytes mirror = ip_packet(
            {.source = kOuterA6, .destination = kOuterB6, .protocol = 47}, erspan_two(overlay)
        );
        for (const Bytes& piece : fragments_of(mirror, 1232, forward ? 1 : 2)) {
            story.then(on_wire(piece));
        }
    }
    return story.bytes();
}

// Both directions of a station, and each kind of frame that holds no readable packet.
Bytes radiotap_link() {
    Story story(LinkType::kRadiotap);
    const RadiotapHeader plain{.flags = std::uint8_t{0}, .time_stamp = true, .more_bytes = 9};
    const RadiotapHeader checked{.flags = std::uint8_t{0x10}, .further_words = 2};
    const RadiotapHeader damaged{.flags = std::uint8_t{0x50}, .time_stamp = true};
    for (const bool forward : {true, false}) {
        const WirelessFrame data{.ways = static_cast<std::uint8_t>(forward ? 1 : 2)};
        WirelessFrame qos = data;
        qos.qos = true;
        qos.flags = 0x80;
        qos.ether_type = kEtherIpv6;
        story.then(radiotap(plain, wireless_frame(data, udp4(forward, 5000))));
        story.then(
            radiotap(checked, joined({wireless_frame(qos, udp6(forward, 5001)), Bytes(4, 0xcc)}))
        );
        story.then(radiotap(
            {},
            wireless_frame(
                {.four_addresses = true, .ether_type = kEtherVlan},
                joined({Bytes{0, 30}, be16(kEtherIpv4), udp4(forward, 5002)})
            )
        ));
        story.then(radiotap(damaged, wireless_frame(data, udp4(forward, 5003))));
        story.then(radiotap(plain, wireless_frame({.type = 0x80}, pattern(60))));
        story.then(radiotap(plain, Bytes{0xd4, 0, 0, 0, 2, 0, 0, 0, 1, 0xA}));
        story.then(radiotap(plain, wireless_frame({.type = 0x48}, {})));
        story.then(radiotap(plain, wireless_frame({.flags = 0x40}, pattern(60))));
        story.then(radiotap(plain, wireless_frame({.qos = true, .qos_control = 0x80}, pattern(90)))
        );
        story.then(radiotap(plain, wireless_frame({.fragment = 1}, pattern(60))));
    }
    return story.bytes();
}

void add_pieces(Story& story, const std::vector<Bytes>& pieces, bool reversed) {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        story.then(on_wire(pieces[reversed ? pieces.size() - 1 - i : i]));
    }
}

Bytes datagram4(std::uint16_t id, std::size_t payload) {
    return ip_packet(
        {.source = kA, .destination = kB, .id = id}, udp_datagram(3000, 53, pattern(payload))
    );
}

Bytes fragments() {
    Story story;
    add_pieces(story, fragments_of(datagram4(1, 4000), 1480), false);
    add_pieces(story, fragments_of(datagram4(2, 4000), 1480), true);
    add_pieces(story, fragments_of(udp6(true, 3001, 3000), 1232, 3), false);
    add_pieces(story, fragments_of(udp6(false, 3001, 3000), 1232, 4), true);
    // An exact copy is refused alone.
    const std::vector<Bytes> copied = fragments_of(datagram4(5, 2000), 1480);
    story.then(on_wire(copied[0])).then(on_wire(copied[0])).then(on_wire(copied[1]));
    // Pieces that contradict each other cost the datagram.
    const Bytes whole = datagram4(6, 2000);
    story.then(on_wire(fragment_of(whole, {.begin = 0, .length = 1480})));
    story.then(on_wire(fragment_of(whole, {.begin = 1472, .length = 536})));
    // A tunnel in pieces, and pieces in a tunnel.
    const IpPacket outer{.source = "198.51.100.1", .destination = "198.51.100.2", .id = 7};
    const Bytes in_pieces =
        ip_packet(outer, udp_datagram(2152, 2152, gtp({}, udp4(true, 3002, 2000))));
    add_pieces(story, fragments_of(in_pieces, 1480), false);
    for (const Bytes& piece : fragments_of(datagram4(8, 2000), 1000)) {
        story.then(on_wire(ip_packet(outer, udp_datagram(2152, 2152, gtp({}, piece)))));
    }
    // Never whole: the first is too old when the last packet comes, the second is cut off.
    story.then(on_wire(fragment_of(datagram4(9, 2000), {.begin = 0, .length = 1480})));
    story.at_ms(40'000, on_wire(udp4(true, 3003)));
    story.then(on_wire(fragment_of(datagram4(10, 2000), {.begin = 0, .length = 1480})));
    return story.bytes();
}

// The boundaries of idle (20 s) and active (60 s) timeout; see parameters.txt.
Bytes timeouts() {
    Story story;
    story.at_ms(0, on_wire(udp4(true, 4000))).at_ms(19'999, on_wire(udp4(false, 4000)));
    story.at_ms(39'999, on_wire(udp4(false, 4000)));  // exactly idle: a new flow, now from B
    for (std::uint32_t second = 40; second <= 110; second += 10) {
        story.at_ms(second * 1000, on_wire(tcp4(true, 0x10, 100)));
        story.then(on_wire(tcp4(false, 0x18, 200)));
    }
    story.at_ms(111'000, on_wire(udp4(true, 4001)));
    story.at_ms(105'000, on_wire(udp4(true, 4002)));  // earlier: takes the latest time
    story.at_ms(112'000, on_wire(tcp4(true, 0x11))).then(on_wire(tcp4(false, 0x14)));
    return story.bytes();
}

// Connections from port 41000 on that end in every way; see parameters.txt.
Bytes tcp_end() {
    Story story;
    std::uint16_t port = 41000;
    const auto segment = [&](bool forward,
                             std::uint8_t flags,
                             std::uint32_t seq,
                             std::uint32_t ack,
                             std::size_t payload = 0) {
        const TcpHeader header{
            .source_port = forward ? port : std::uint16_t{80},
            .destination_port = forward ? std::uint16_t{80} : port,
            .flags = flags,
            .sequence = seq,
            .acknowledgment = ack};
        return on_wire(ip_packet(
            {.source = forward ? kA : kB, .destination = forward ? kB : kA, .protocol = 6},
            tcp_segment(header, pattern(payload))
        ));
    };
    const auto begin = [&] {
        story.then(segment(true, 0x02, 0xfffffff0, 0)).then(segment(false, 0x12, 500, 0xfffffff1));
        story.then(segment(true, 0x18, 0xfffffff1, 501, 40));
    };
    begin();  // closed by both ends, numbers wrap; a late segment belongs to it, a later one not
    story.then(segment(false, 0x11, 501, 25, 10)).then(segment(true, 0x11, 25, 512));
    story.then(segment(false, 0x10, 512, 26));
    ++port;
    begin();  // reset, and begun anew within 5 s
    story.then(segment(false, 0x14, 501, 25));
    ++port;
    begin();  // half closed for long
    story.then(segment(true, 0x11, 25, 501)).then(segment(false, 0x10, 501, 26));
    port = 41000;
    story.at_ms(4000, segment(true, 0x10, 26, 512));
    ++port;
    story.at_ms(4500, segment(true, 0x02, 9000, 0)).then(segment(false, 0x14, 0, 9001));
    port = 41000;
    story.at_ms(6000, segment(true, 0x10, 26, 512));
    port = 41003;
    begin();  // one FIN is never acknowledged: idle
    story.then(segment(true, 0x11, 25, 501)).then(segment(false, 0x11, 501, 26));
    port = 41002;
    story.at_ms(15'000, segment(false, 0x18, 501, 26, 100));
    story.at_ms(16'000, segment(false, 0x11, 601, 26)).then(segment(true, 0x10, 26, 602));
    port = 41004;
    begin();  // reset shortly before the capture ends
    story.at_ms(30'000, segment(true, 0x04, 25, 0));
    return story.bytes();
}

Bytes link_types(LinkType type) {
    Story story(type);
    for (const bool forward : {true, false}) {
        switch (type) {
        case LinkType::kNull:
            story.then(loopback(2, ByteOrder::kLittle, udp4(forward, 5000)));
            story.then(loopback(30, ByteOrder::kBig, udp6(forward, 5001)));
            break;
        case LinkType::kLinuxCooked:
            story.then(linux_cooked(kEtherIpv4, udp4(forward, 5000)));
            story.then(linux_cooked(kEtherIpv6, udp6(forward, 5001)));
            break;
        case LinkType::kLinuxCooked2:
            story.then(linux_cooked2(kEtherIpv4, udp4(forward, 5000)));
            story.then(linux_cooked2(kEtherIpv6, udp6(forward, 5001)));
            story.then(linux_cooked2(kEtherArp, pattern(28)));
            break;
        case LinkType::kPpi:
            story.then(ppi(LinkType::kEthernet, {}, on_wire(udp4(forward, 5000))));
            story.then(
                ppi(LinkType::kWireless, pattern(24), wireless_frame({}, udp4(forward, 5001)))
            );
            story.then(ppi(LinkType::kRawBsd, {}, udp6(forward, 5002)));
            story.then(ppi(LinkType::kPpi, {}, ppi(LinkType::kRaw, {}, udp4(forward, 5003))));
            break;
        default:
            story.then(hdlc_ppp(kPppProtocolIpv4, udp4(forward, 5000)));
            story.then(ppp(kPppProtocolIpv6, udp6(forward, 5001), true));
            story.then(cisco_hdlc(kEtherIpv4, udp4(forward, 5002)));
            break;
        }
    }
    return story.bytes();
}

// A capture that ends in the middle of its last record.
Bytes truncated() {
    Story story;
    for (std::uint16_t port = 6000; port < 6003; ++port) {
        story.then(on_wire(udp4(true, port)));
    }
    Bytes bytes = story.bytes();
    bytes.resize(bytes.size() - 7);
    return bytes;
}

// What `read --rejected` must write: frames of several link types, one of them not read, cut ones,
// one that the filter of the case refuses, fragments that fail early and late, and a time that
// nanoseconds since 1970 cannot hold.
bool write_rejected(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder / "rejected");
    Result<PcapngWriter> file = PcapngWriter::open(folder / "rejected" / "input.pcapng");
    if (!file) {
        return false;
    }
    std::uint64_t seconds = kBegin;
    const auto add = [&](BytesView bytes, LinkType type = LinkType::kEthernet, std::size_t cut = 0
                     ) {
        HeapFrame frame(bytes, type, {.seconds = seconds++, .nanoseconds = 123'456'789});
        if (cut != 0) {
            frame.cut(cut);
        }
        file.value().write(*frame, "");
    };
    const auto piece = [](std::uint16_t id, std::size_t begin) {
        return on_wire(fragment_of(datagram4(id, 184), {.begin = begin, .length = 64}));
    };
    add(on_wire(udp4(true, 7000)));
    add(piece(1, 64));  // never whole: too old later
    add(ethernet_frame(kEtherArp, pattern(28)));
    add(pattern(33), static_cast<LinkType>(147));
    add(udp4(true, 7001), LinkType::kRaw, 25);
    add(on_wire(udp4(true, 7002)), LinkType::kEthernet, 30);
    add(on_wire(udp4(true, 9)));  // refused by the filter
    add(piece(2, 0));
    add(piece(2, 128));
    add(piece(2, 0));  // a copy
    add(piece(2, 64));
    add(piece(3, 64));
    add(piece(3, 0));
    add(piece(3, 72));  // contradicts
    add(piece(3, 128));
    seconds += 30;
    add(udp4(false, 7001), LinkType::kRaw);
    add(piece(4, 0));
    add(piece(4, 64));
    seconds = 4'734'258'265'061;
    add(ethernet_8023(pattern(40)));
    seconds = kBegin + 60;
    add(piece(5, 128));
    return file.value().close().has_value();
}

bool write_case(const std::filesystem::path& folder, const std::string& name, const Bytes& bytes) {
    std::filesystem::create_directories(folder / name);
    std::ofstream file(folder / name / "input.pcap", std::ios::binary);
    file.write(
        reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())
    );
    return file.good();
}

int make_all(const std::filesystem::path& folder) {
    const std::pair<const char*, Bytes> cases[] = {
        {"tags", tags()},
        {"tunnels", tunnels()},
        {"fragments", fragments()},
        {"fragments_first_only", fragments()},
        {"timeouts", timeouts()},
        {"timeouts_us", timeouts()},
        {"tcp_end", tcp_end()},
        {"link_null", link_types(LinkType::kNull)},
        {"link_ppp", link_types(LinkType::kPpp)},
        {"link_cooked", link_types(LinkType::kLinuxCooked)},
        {"link_cooked_v2", link_types(LinkType::kLinuxCooked2)},
        {"link_radiotap", radiotap_link()},
        {"link_ppi", link_types(LinkType::kPpi)},
        {"tunnels_all", tunnels_all()},
        {"truncated", truncated()},
    };
    bool written = write_rejected(folder);
    for (const auto& [name, bytes] : cases) {
        written = write_case(folder, name, bytes) && written;
    }
    return written ? 0 : 1;
}

}  // namespace
}  // namespace flowgauge::test

int main(int argc, char** argv) {
    if (argc != 2) {
        static_cast<void>(std::fprintf(stderr, "usage: make_captures DIRECTORY\n"));
        return 2;
    }
    return flowgauge::test::make_all(argv[1]);
}
