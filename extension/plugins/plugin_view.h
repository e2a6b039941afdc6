// What a plugin sees of a packet and its flow, filled once a call.
#pragma once

#include "core/base/ip_address.h"
#include "core/extension/extension_part.h"
#include "core/flow/end_reason.h"
#include "core/flow/flow.h"
#include "core/flow/flow_observer.h"

#include <endian.h>
#include <flowgauge/plugin.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace flowgauge {

// In network order; of IPv4 the first four bytes, and zeros.
inline void put_address(
    std::uint8_t* out, const IpAddress& address, std::uint8_t ip_version
) noexcept {
    const std::array<std::uint64_t, 2> words =
        ip_version == 4 ? std::array{htobe64(address.low << 32), std::uint64_t{0}}
                        : std::array{htobe64(address.high), htobe64(address.low)};
    std::memcpy(out, words.data(), sizeof words);
}

inline void put_mac(std::uint8_t* out, const MacAddress& address) noexcept {
    std::memcpy(out, address.data(), address.size());
}

inline void fill(flowgauge_packet& out, const FlowEvent& event) noexcept {
    const Packet& packet = event.packet;
    out.size = sizeof out;
    out.direction = static_cast<std::uint8_t>(event.direction);
    out.ip_version = packet.ip_version;
    out.protocol = packet.protocol;
    out.tunnel_id = static_cast<std::uint8_t>(packet.tunnel_id);
    out.vlan_id = packet.vlan_id;
    out.src_port = packet.source_port;
    out.dst_port = packet.destination_port;
    out.tcp_flags = packet.tcp_flags;
    out.time = packet.tick;
    out.delta_time = event.gap;
    out.raw_size = packet.frame_bytes;
    out.ip_size = packet.ip_bytes;
    out.transport_size = packet.transport_bytes;
    out.payload_size = packet.payload_bytes;
    put_address(out.src_ip, packet.source, packet.ip_version);
    put_address(out.dst_ip, packet.destination, packet.ip_version);
    put_mac(out.src_mac, event.flow.source_mac);
    put_mac(out.dst_mac, event.flow.destination_mac);
    out.ip_packet_size = static_cast<std::uint32_t>(packet.ip.size());
    out.ip_packet = packet.ip.data();
}

// Of a flow that lives, the end reason of the record means nothing.
inline void fill(flowgauge_flow& out, const RecordView& view) noexcept {
    const Flow& flow = view.flow();
    const FlowKey& key = flow.key;
    out.size = sizeof out;
    out.ip_version = key.ip_version();
    out.protocol = key.protocol();
    out.tunnel_id = static_cast<std::uint8_t>(key.tunnel_id());
    out.expiration_id = view.packet != nullptr
                            ? std::int8_t{0}
                            : static_cast<std::int8_t>(expiration_id(view.record.end_reason));
    out.vlan_id = key.vlan_id();
    out.src_port = flow.source_port();
    out.dst_port = flow.destination_port();
    put_address(out.src_ip, flow.source(), out.ip_version);
    put_address(out.dst_ip, flow.destination(), out.ip_version);
    put_mac(out.src_mac, flow.source_mac);
    put_mac(out.dst_mac, flow.destination_mac);
    for (const std::size_t way : {0U, 1U}) {
        const bool any = flow.packets[way] != 0;
        out.first_seen[way] = any ? flow.first_seen[way] + view.record.clock_shift : 0;
        out.last_seen[way] = any ? flow.last_seen[way] + view.record.clock_shift : 0;
        out.packets[way] = flow.packets[way];
        out.bytes[way] = flow.bytes[way];
    }
}

}  // namespace flowgauge
