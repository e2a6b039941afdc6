#include "core/dpi/dissection_observer.h"

#include <new>

namespace flowgauge {

std::size_t DissectionObserver::state_bytes() noexcept {
    return sizeof(State);
}

std::uint32_t DissectionObserver::limit_of(std::uint8_t protocol) const noexcept {
    switch (protocol) {
    case kProtocolTcp:
        return options_.limits.tcp;
    case kProtocolUdp:
        return options_.limits.udp;
    default:
        return options_.limits.other;
    }
}

void DissectionObserver::init(std::byte* state, const FlowEvent& event) {
    auto* made = ::new (static_cast<void*>(state)) State;  // NOLINT(tree): placement, in the slot
    if (desk_->shedding) {
        ++desk_->counters.flows_shed;
        return;
    }
    if (desk_->counters.flows_active >= options_.flows_max) {
        ++desk_->counters.flows_refused;
        return;
    }
    made->dissected = module_->new_flow();
    if (made->dissected == nullptr) {
        ++desk_->counters.flows_refused;
        return;
    }
    ++desk_->counters.flows_active;
    dissect(*made, event);
}

void DissectionObserver::update(std::byte* state, const FlowEvent& event) {
    auto& own = *std::launder(reinterpret_cast<State*>(state));
    if (own.dissected != nullptr) {
        dissect(own, event);
    }
}

// NFStream's and ndpiReader's rule: done when the application is known and nDPI wants nothing more,
// or with the packet that reaches the limit. Refused packets count towards the limit.
void DissectionObserver::dissect(State& state, const FlowEvent& event) {
    const Packet& packet = event.packet;
    if (NdpiModule::admits(packet.ip, event.flow.key.ip_version(), event.flow.key.protocol())) {
        ++desk_->counters.packets;
        const auto milliseconds = static_cast<std::uint64_t>(packet.tick / ticks_per_millisecond_);
        module_->process(state.dissected, packet.ip, milliseconds, state.application);
    } else {
        ++desk_->counters.packets_refused;
    }
    const bool known = state.application.app != 0;
    if (event.flow.all_packets() >= limit_of(event.flow.key.protocol()) ||
        (known && !module_->wants_more(state.dissected))) {
        conclude(state);
    }
}

void DissectionObserver::conclude(State& state) {
    if (state.application.app == 0) {
        module_->give_up(state.dissected, options_.guess, state.application);
    }
    NdpiModule::harvest(state.dissected, state.application);
    module_->free_flow(state.dissected);
    state.dissected = nullptr;
    --desk_->counters.flows_active;
}

void DissectionObserver::expire(std::byte* state, const Flow& flow) {
    auto& own = *std::launder(reinterpret_cast<State*>(state));
    if (own.dissected != nullptr) {
        conclude(own);
    }
    if (options_.count_applications) {
        desk_->applications.add(
            own.application, {.flows = 1, .packets = flow.all_packets(), .bytes = flow.all_bytes()}
        );
    }
}

void DissectionObserver::discard(std::byte* state) noexcept {
    auto& own = *std::launder(reinterpret_cast<State*>(state));
    if (own.dissected != nullptr) {
        module_->free_flow(own.dissected);
        --desk_->counters.flows_active;
    }
    own.~State();
}

const Application& DissectionObserver::read(const std::byte* state) noexcept {
    return std::launder(reinterpret_cast<const State*>(state))->application;
}

}  // namespace flowgauge
