// Decoding of a frame, by what lies in it.
#include "core/packet/decoder.h"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

namespace flowgauge {
namespace {

using Bytes = std::vector<std::uint8_t>;

void append(Bytes& bytes, const Bytes& more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

Bytes ethernet(std::uint16_t type) {
    return {
        2,
        0,
        0,
        0,
        0,
        1,
        2,
        0,
        0,
        0,
        0,
        2,
        static_cast<std::uint8_t>(type >> 8),
        static_cast<std::uint8_t>(type)};
}

Bytes ipv4(std::uint8_t protocol, std::uint16_t payload_bytes) {
    const auto total = static_cast<std::uint16_t>(payload_bytes + 20);
    return {
        0x45,
        0,
        static_cast<std::uint8_t>(total >> 8),
        static_cast<std::uint8_t>(total),
        0,
        1,
        0x40,
        0,
        64,
        protocol,
        0,
        0,
        10,
        0,
        0,
        1,
        10,
        0,
        0,
        2};
}

Bytes udp(std::uint16_t port, std::uint16_t payload_bytes) {
    const auto total = static_cast<std::uint16_t>(payload_bytes + 8);
    return {
        0x9c,
        0x40,
        static_cast<std::uint8_t>(port >> 8),
        static_cast<std::uint8_t>(port),
        static_cast<std::uint8_t>(total >> 8),
        static_cast<std::uint8_t>(total),
        0,
        0};
}

Bytes tcp_frame() {
    Bytes bytes = ethernet(0x0800);
    append(bytes, ipv4(6, 40));
    append(
        bytes, {0x9c, 0x40, 1, 0xbb, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0}
    );
    bytes.resize(bytes.size() + 20);
    return bytes;
}

Bytes vlan_udp_frame() {
    Bytes bytes = ethernet(0x8100);
    append(bytes, {0, 10, 0x08, 0});
    append(bytes, ipv4(17, 108));
    append(bytes, udp(53, 100));
    bytes.resize(bytes.size() + 100);
    return bytes;
}

Bytes ipv6_udp_frame() {
    Bytes bytes = ethernet(0x86dd);
    append(bytes, {0x60, 0, 0, 0, 0, 108, 17, 64});
    for (const std::uint8_t host : {std::uint8_t{1}, std::uint8_t{2}}) {
        append(bytes, {0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host});
    }
    append(bytes, udp(53, 100));
    bytes.resize(bytes.size() + 100);
    return bytes;
}

// GTP-U with a T-PDU: another IPv4 packet inside.
Bytes gtp_frame() {
    Bytes inner = ipv4(17, 108);
    append(inner, udp(53, 100));
    inner.resize(inner.size() + 100);
    const auto bytes_inside = static_cast<std::uint8_t>(inner.size());
    Bytes bytes = ethernet(0x0800);
    append(bytes, ipv4(17, static_cast<std::uint16_t>(inner.size() + 16)));
    append(bytes, udp(2152, static_cast<std::uint16_t>(inner.size() + 8)));
    append(bytes, {0x30, 0xff, 0, bytes_inside, 0, 0, 0, 1});
    append(bytes, inner);
    return bytes;
}

Bytes arp_frame() {
    Bytes bytes = ethernet(0x0806);
    bytes.resize(60);
    return bytes;
}

void decode_frame(benchmark::State& state, const Bytes& made, DecodeStep expected) {
    Bytes bytes = made;
    const std::size_t length = bytes.size();
    bytes.resize(length + kFrameSlackBytes);
    const Frame frame{
        .bytes = {bytes.data(), length},
        .wire_bytes = static_cast<std::uint32_t>(length),
        .time = {.seconds = 1}};
    const Decoder decoder{DecodeOptions{}};
    Packet packet;
    Fragment fragment;
    if (decoder.decode(frame, packet, fragment).step != expected) {
        state.SkipWithError("the frame is not what it should be");
    }
    for ([[maybe_unused]] auto _ : state) {
        benchmark::DoNotOptimize(decoder.decode(frame, packet, fragment));
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(decode_frame, tcp, tcp_frame(), DecodeStep::kPacket);
BENCHMARK_CAPTURE(decode_frame, vlan_udp, vlan_udp_frame(), DecodeStep::kPacket);
BENCHMARK_CAPTURE(decode_frame, ipv6_udp, ipv6_udp_frame(), DecodeStep::kPacket);
BENCHMARK_CAPTURE(decode_frame, gtp, gtp_frame(), DecodeStep::kPacket);
BENCHMARK_CAPTURE(decode_frame, arp, arp_frame(), DecodeStep::kRejected);

}  // namespace
}  // namespace flowgauge
