// The seeds of walk_fuzz: what they are made of, and the functions that make them.
#pragma once

#include "tests/support/packet_builder.h"

#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge::test {

struct Seed {
    std::string name;
    Bytes file;
    std::uint8_t first_option = 0;
    std::uint8_t second_option = 0;
};

inline const IpPacket kFour{.source = "192.0.2.1", .destination = "192.0.2.2"};
inline const IpPacket kSix{.source = "2001:db8::1", .destination = "2001:db8::2"};
inline const IpPacket kFourBack{.source = "192.0.2.2", .destination = "192.0.2.1"};

IpPacket with_protocol(IpPacket ip, std::uint8_t protocol);

// A file of frames, one a second and a bit; raw() is one of IP packets.
Bytes pcap(LinkType link_type, const std::vector<Bytes>& frames);
Bytes raw(const std::vector<Bytes>& packets);

Bytes udp(const IpPacket& ip, std::uint16_t port, BytesView payload);
Bytes tcp(const IpPacket& ip, TcpHeader header, BytesView payload);

// Payloads that dissectors look into.
Bytes client_hello();
Bytes dns_query();
Bytes quic_initial();
std::vector<Bytes> http_exchange();

// network_seeds.cpp
void add_links(std::vector<Seed>& seeds);
void add_wireless(std::vector<Seed>& seeds);
void add_networks(std::vector<Seed>& seeds);
void add_fragments(std::vector<Seed>& seeds);

// tunnel_seeds.cpp: NFStream's tunnels, then those of `decode_tunnels: all` over both versions.
void add_tunnels(std::vector<Seed>& seeds);
void add_more_tunnels(std::vector<Seed>& seeds);

}  // namespace flowgauge::test
