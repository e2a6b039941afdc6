// Packets with real bytes for nDPI, with the slack behind them that it needs, and a shard that
// dissects them.
#pragma once

#include "core/dpi/dissection_observer.h"
#include "core/flow/observed_shard.h"
#include "core/packet/frame.h"
#include "tests/support/plain_packet.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge::test {

using Bytes = std::vector<std::uint8_t>;

// Owns the bytes that packet.ip points to.
struct WirePacket {
    Packet packet;
    Bytes bytes;

    WirePacket(Packet made, Bytes ip) : packet(made), bytes(std::move(ip)) {
        const std::size_t length = bytes.size();
        bytes.resize(length + kFrameSlackBytes);
        packet.ip = {bytes.data(), length};
    }
};

inline void put_be16(Bytes& bytes, std::size_t value) {
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes.push_back(static_cast<std::uint8_t>(value));
}

// An IPv4 packet around `transport`; checksums are 0.
inline Bytes ipv4_bytes(const Packet& packet, std::span<const std::uint8_t> transport) {
    Bytes bytes{0x45, 0};
    put_be16(bytes, 20 + transport.size());
    bytes.insert(bytes.end(), {0, 1, 0, 0, 64, packet.protocol, 0, 0});
    for (const IpAddress& address : {packet.source, packet.destination}) {
        put_be16(bytes, address.low >> 16);
        put_be16(bytes, address.low & 0xffff);
    }
    bytes.insert(bytes.end(), transport.begin(), transport.end());
    return bytes;
}

inline Bytes udp_bytes(const Packet& packet, std::string_view payload) {
    Bytes bytes;
    put_be16(bytes, packet.source_port);
    put_be16(bytes, packet.destination_port);
    put_be16(bytes, 8 + payload.size());
    put_be16(bytes, 0);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
}

inline Bytes tcp_bytes(const Packet& packet, std::uint32_t sequence, std::string_view payload) {
    Bytes bytes;
    put_be16(bytes, packet.source_port);
    put_be16(bytes, packet.destination_port);
    put_be16(bytes, sequence >> 16);
    put_be16(bytes, sequence & 0xffff);
    bytes.insert(bytes.end(), {0, 0, 0, 1, 0x50, packet.tcp_flags, 0xff, 0xff, 0, 0, 0, 0});
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
}

inline WirePacket udp_wire(
    std::string_view source, std::string_view destination, std::string_view payload, Tick tick = 0
) {
    const Packet packet = udp_packet(source, destination, {.tick = tick});
    return {packet, ipv4_bytes(packet, udp_bytes(packet, payload))};
}

inline WirePacket tcp_wire(
    std::string_view source,
    std::string_view destination,
    std::uint8_t flags,
    std::uint32_t sequence,
    std::string_view payload
) {
    const Packet packet = tcp_packet(source, destination, {.tcp_flags = flags});
    return {packet, ipv4_bytes(packet, tcp_bytes(packet, sequence, payload))};
}

// A query for the A record of `name` ("www.example.org", at most 63 bytes a label).
inline std::string dns_query(std::string_view name) {
    std::string query("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
    while (!name.empty()) {
        const std::string_view label = name.substr(0, name.find('.'));
        query += static_cast<char>(label.size());
        query += label;
        name.remove_prefix(std::min(name.size(), label.size() + 1));
    }
    return query + std::string("\x00\x00\x01\x00\x01", 5);
}

// One shard with nDPI alone. Records are kept until the shard is gone.
class DissectingShard final : private RecordOutlet {
public:
    explicit DissectingShard(const DissectionOptions& options, std::uint64_t max_flows = 100'000)
        : module_(open(options)),
          shard_(
              {.flow = {}, .max_flows = max_flows, .identity = {}},
              Chain{DissectionObserver{options, TimeUnit::kMilliseconds, *module_, desk_}},
              *this
          ) {}
    DissectingShard(const DissectingShard&) = delete;
    DissectingShard& operator=(const DissectingShard&) = delete;
    ~DissectingShard() override { release_all(); }

    void add(const WirePacket& wire) { shard_.add(wire.packet); }
    void add(const Packet& packet) { shard_.add(packet); }

    // Ends all flows. Returns what is known of the flow of record `index`.
    const Application& finish(std::size_t index = 0) {
        shard_.finish(kTickMax / 2, EndReason::kEndOfInput);
        return DissectionObserver::read(records_.at(index).cold);
    }

    void release_all() {
        for (const FlowRecord& record : records_) {
            shard_.release(record);
        }
        records_.clear();
    }

    [[nodiscard]] const std::vector<FlowRecord>& records() const { return records_; }
    [[nodiscard]] const DissectionCounters& counters() const { return desk_.counters; }
    [[nodiscard]] std::shared_ptr<const ApplicationNames> names() const { return module_->names(); }

private:
    using Chain = ObserverChain<DissectionObserver>;

    static std::unique_ptr<NdpiModule> open(const DissectionOptions& options) {
        Result<NdpiModule> module = NdpiModule::open(options);
        return std::make_unique<NdpiModule>(std::move(module).value());
    }

    [[nodiscard]] bool emit(const FlowRecord& record) override {
        records_.push_back(record);
        return true;
    }
    void reached(Tick /*moment*/) override {}

    std::vector<FlowRecord> records_;
    std::unique_ptr<NdpiModule> module_;
    DissectionDesk desk_;
    ObservedShard<Chain> shard_;
};

}  // namespace flowgauge::test
