// make_walk_corpus DIRECTORY: writes the seeds of walk_fuzz, each two bytes of options and a
// capture.
//
// The committed files under tests/fuzz/corpus/walk were made by it.
#include "tests/fuzz/seed.h"
#include "tests/support/tunnel_builder.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

// Closed by both ends and begun anew, reset, outlived; with the options that end flows so.
std::vector<Bytes> connections() {
    const auto there = [](std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgment
                       ) {
        const TcpHeader header{
            .flags = flags, .sequence = sequence, .acknowledgment = acknowledgment};
        return tcp(kFour, header, {});
    };
    const auto back = [](std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgment) {
        const TcpHeader header{
            .source_port = 80,
            .destination_port = 40'000,
            .flags = flags,
            .sequence = sequence,
            .acknowledgment = acknowledgment};
        return tcp(kFourBack, header, {});
    };
    std::vector<Bytes> frames{
        there(0x02, 0xffffffff, 0),
        back(0x12, 50, 0),
        there(0x11, 0, 51),
        back(0x11, 51, 1),
        there(0x10, 1, 52),
        there(0x02, 900, 0),
        back(0x14, 0, 901)};
    frames.insert(frames.end(), 6, there(0x10, 901, 1));
    return frames;
}

void add_payloads(std::vector<Seed>& seeds) {
    seeds.push_back({"tls", raw({tcp(kFour, {.destination_port = 443}, client_hello())})});
    seeds.push_back({"tls6", raw({tcp(kSix, {.destination_port = 443}, client_hello())}), 128, 2});
    seeds.push_back({"http", raw(http_exchange()), 192, 16});
    seeds.push_back({"connections", raw(connections()), 1, 32});
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

// Blocks of pcapng.
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
