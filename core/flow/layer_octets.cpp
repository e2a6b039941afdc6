#include "core/flow/layer_octets.h"

#include <new>

namespace flowgauge {
namespace {

void add(LayerOctets& octets, const FlowEvent& event) noexcept {
    const auto row = static_cast<std::size_t>(event.direction);
    octets.ip[row] += event.packet.ip_bytes;
    octets.frame[row] += event.packet.frame_bytes;
    octets.tcp_flags[row] |= event.packet.tcp_flags;
}

}  // namespace

void LayerOctetsObserver::init(std::byte* state, const FlowEvent& event) noexcept {
    auto* made = ::new (static_cast<void*>(state)) LayerOctets;  // NOLINT(tree): placement
    add(*made, event);
}

void LayerOctetsObserver::update(std::byte* state, const FlowEvent& event) noexcept {
    add(*std::launder(reinterpret_cast<LayerOctets*>(state)), event);
}

}  // namespace flowgauge
