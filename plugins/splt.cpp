// splt: direction, size and gap of each of the first packets of a flow, as NFStream's SPLT.
#include "plugins/builtin_plugins.h"

#include <cstddef>
#include <cstdint>
#include <flowgauge/plugin.hpp>
#include <vector>

namespace flowgauge::plugins {
namespace {

class Splt {
public:
    static constexpr const char* kName = "splt";
    static constexpr std::size_t kLengthMax = 5000;  // 13 bytes each of a flow's 65,536

    explicit Splt(plugin::Setup& setup)
        : length_(setup.required<std::size_t>("sequence_length", 1, kLengthMax)),
          accounting_mode_(setup.optional<unsigned>("accounting_mode", 0, 0, 3)),
          direction_(setup.column<plugin::Integers>(
              "splt_direction", "direction of each packet, 0 src2dst, 1 dst2src, -1 no packet"
          )),
          ps_(setup.column<plugin::Integers>(
              "splt_ps", "size of each packet by accounting_mode, -1 no packet", "bytes"
          )),
          piat_ms_(setup.column<plugin::Integers>(
              "splt_piat_ms", "time since the packet before of each packet, -1 no packet", "ms"
          )),
          directions_(setup.array<std::uint8_t>(length_)),
          sizes_(setup.array<std::uint32_t>(length_)),
          gaps_(setup.array<std::int64_t>(length_)) {}

    void open(const plugin::Host& host) noexcept { ticks_per_second_ = host.ticks_per_second(); }

    void on_packet(const plugin::Packet& packet, plugin::Flow& flow) const {
        const std::uint64_t packets = flow.packets();
        if (packets == 0 || packets > length_) {
            return;
        }
        const auto place = static_cast<std::size_t>(packets - 1);
        flow.array(directions_)[place] = packet.direction();
        flow.array(sizes_)[place] = size_of(packet);
        flow.array(gaps_)[place] = packet.delta_time();
    }

    void on_expire(plugin::Flow& flow) {
        const std::uint64_t packets = flow.packets();
        const std::size_t count = packets < length_ ? static_cast<std::size_t>(packets) : length_;
        values_.assign(length_, -1);
        for (std::size_t i = 0; i < count; ++i) {
            values_[i] = flow.array(directions_)[i];
        }
        flow.set(direction_, values_);
        for (std::size_t i = 0; i < count; ++i) {
            values_[i] = flow.array(sizes_)[i];
        }
        flow.set(ps_, values_);
        for (std::size_t i = 0; i < count; ++i) {
            values_[i] = flow.array(gaps_)[i] / (ticks_per_second_ / 1000);
        }
        flow.set(piat_ms_, values_);
    }

private:
    [[nodiscard]] std::uint32_t size_of(const plugin::Packet& packet) const noexcept {
        switch (accounting_mode_) {
        case 0:
            return packet.raw_size();
        case 1:
            return packet.ip_size();
        case 2:
            return packet.transport_size();
        default:
            return packet.payload_size();
        }
    }

    std::size_t length_;
    unsigned accounting_mode_;
    std::int64_t ticks_per_second_ = 1000;
    plugin::Column<plugin::Integers> direction_;
    plugin::Column<plugin::Integers> ps_;
    plugin::Column<plugin::Integers> piat_ms_;
    plugin::FlowArray<std::uint8_t> directions_;
    plugin::FlowArray<std::uint32_t> sizes_;
    plugin::FlowArray<std::int64_t> gaps_;
    std::vector<std::int64_t> values_;  // of the column that is being set
};

}  // namespace

const flowgauge_plugin* splt() noexcept {
    return plugin::plugin_of<Splt>();
}

}  // namespace flowgauge::plugins
