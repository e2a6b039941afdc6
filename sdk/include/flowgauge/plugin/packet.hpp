// flowgauge/plugin/packet.hpp: the packet that a plugin is called with.
#ifndef FLOWGAUGE_PLUGIN_PACKET_HPP
#define FLOWGAUGE_PLUGIN_PACKET_HPP

#include <flowgauge/plugin.h>

#include <cstdint>
#include <flowgauge/plugin/bytes.hpp>

namespace flowgauge::plugin {

// A packet of the flow, with the names of NFStream's NFPacket. Lasts as long as the call.
class Packet {
public:
    explicit Packet(const flowgauge_packet& packet) noexcept : packet_(&packet) {}

    [[nodiscard]] std::int64_t time() const noexcept { return packet_->time; }  // since 1970 UTC
    [[nodiscard]] std::int64_t delta_time() const noexcept { return packet_->delta_time; }
    [[nodiscard]] std::uint8_t direction() const noexcept { return packet_->direction; }

    // Bytes by the headers' word, whatever was captured.
    [[nodiscard]] std::uint32_t raw_size() const noexcept { return packet_->raw_size; }
    [[nodiscard]] std::uint32_t ip_size() const noexcept { return packet_->ip_size; }
    [[nodiscard]] std::uint32_t transport_size() const noexcept { return packet_->transport_size; }
    [[nodiscard]] std::uint32_t payload_size() const noexcept { return packet_->payload_size; }

    [[nodiscard]] std::uint8_t ip_version() const noexcept { return packet_->ip_version; }
    [[nodiscard]] std::uint8_t protocol() const noexcept { return packet_->protocol; }
    [[nodiscard]] std::uint8_t tunnel_id() const noexcept { return packet_->tunnel_id; }
    [[nodiscard]] std::uint16_t vlan_id() const noexcept { return packet_->vlan_id; }
    [[nodiscard]] Address src_ip() const noexcept { return {packet_->src_ip, ip_version()}; }
    [[nodiscard]] Address dst_ip() const noexcept { return {packet_->dst_ip, ip_version()}; }
    [[nodiscard]] std::uint16_t src_port() const noexcept { return packet_->src_port; }
    [[nodiscard]] std::uint16_t dst_port() const noexcept { return packet_->dst_port; }
    [[nodiscard]] Bytes src_mac() const noexcept { return {packet_->src_mac, 6}; }
    [[nodiscard]] Bytes dst_mac() const noexcept { return {packet_->dst_mac, 6}; }

    [[nodiscard]] std::uint8_t tcp_flags() const noexcept { return packet_->tcp_flags; }
    [[nodiscard]] bool fin() const noexcept { return (packet_->tcp_flags & 0x01) != 0; }
    [[nodiscard]] bool syn() const noexcept { return (packet_->tcp_flags & 0x02) != 0; }
    [[nodiscard]] bool rst() const noexcept { return (packet_->tcp_flags & 0x04) != 0; }
    [[nodiscard]] bool psh() const noexcept { return (packet_->tcp_flags & 0x08) != 0; }
    [[nodiscard]] bool ack() const noexcept { return (packet_->tcp_flags & 0x10) != 0; }
    [[nodiscard]] bool urg() const noexcept { return (packet_->tcp_flags & 0x20) != 0; }
    [[nodiscard]] bool ece() const noexcept { return (packet_->tcp_flags & 0x40) != 0; }
    [[nodiscard]] bool cwr() const noexcept { return (packet_->tcp_flags & 0x80) != 0; }

    // What was captured: from the IP header on, with padding of the frame; from the TCP, UDP or
    // ICMP header on; what is behind that. The latter two end where the IP packet ends.
    [[nodiscard]] Bytes ip_packet() const noexcept {
        return {packet_->ip_packet, packet_->ip_packet_size};
    }
    [[nodiscard]] Bytes transport() const noexcept { return last(packet_->transport_size); }
    [[nodiscard]] Bytes payload() const noexcept { return last(packet_->payload_size); }

private:
    [[nodiscard]] Bytes last(std::uint32_t size) const noexcept {
        const std::uint32_t ip_size = packet_->ip_size;
        return size == 0 || size > ip_size ? Bytes()
                                           : ip_packet().first(ip_size).from(ip_size - size);
    }

    const flowgauge_packet* packet_;
};

}  // namespace flowgauge::plugin

#endif
