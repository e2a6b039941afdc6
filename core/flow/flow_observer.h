// How anything adds columns to a flow: NFStream's three moments, init, update and expire.
//
// An observer is a class with a State that lives in the cold bytes of each flow:
//
//     static constexpr ... State                     what it keeps of one flow
//     std::size_t state_bytes() const                how many cold bytes that takes
//     void init(std::byte* state, const FlowEvent&)  the first packet; constructs the State
//     void update(std::byte* state, const FlowEvent&)  each later packet
//     void expire(std::byte* state, const Flow&)     the flow has ended; its values are final
//     void discard(std::byte* state)                 the record was written; destroys the State
//
// One whose init() and update() return bool ends the flow with the packet when they return true.
//
// Built-in observers are composed at compile time, so that what is not configured costs nothing.
#pragma once

#include "core/flow/flow.h"
#include "core/packet/packet.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

namespace flowgauge {

// Every state begins at a multiple of this in the cold bytes.
constexpr std::size_t kStateAlignment = 8;

[[nodiscard]] constexpr std::size_t aligned_state_bytes(std::size_t bytes) noexcept {
    return (bytes + kStateAlignment - 1) / kStateAlignment * kStateAlignment;
}

// A packet as its flow sees it. The flow's counters include this packet already.
struct FlowEvent {
    const Packet& packet;
    const Flow& flow;
    Direction direction = Direction::kSrc2Dst;
    std::uint32_t bytes = 0;  // by accounting mode
    Tick gap = 0;             // since the flow's previous packet; 0 for the first
    Tick direction_gap = 0;   // since the previous one of this direction; 0 for the first
};

// The observers of one shard and where in the cold bytes each keeps its state.
template <typename... Observers>
class ObserverChain {
public:
    static constexpr std::size_t kCount = sizeof...(Observers);

    // Whether one of them may end a flow.
    static constexpr bool kMayEnd =
        (std::is_same_v<
             decltype(std::declval<Observers&>()
                          .update(std::declval<std::byte*>(), std::declval<const FlowEvent&>())),
             bool> ||
         ...);

    explicit ObserverChain(Observers... observers) : observers_(std::move(observers)...) {
        lay_out(std::index_sequence_for<Observers...>{});
    }

    [[nodiscard]] std::size_t cold_bytes() const noexcept { return cold_bytes_; }

    // Both return whether the flow ends with this packet.
    bool init(std::byte* cold, const FlowEvent& event) {
        bool ends = false;
        each([&](auto& observer, std::size_t at) {
            if constexpr (std::is_void_v<decltype(observer.init(cold, event))>) {
                observer.init(cold + at, event);
            } else {
                ends = observer.init(cold + at, event) || ends;
            }
        });
        return ends;
    }
    bool update(std::byte* cold, const FlowEvent& event) {
        bool ends = false;
        each([&](auto& observer, std::size_t at) {
            if constexpr (std::is_void_v<decltype(observer.update(cold, event))>) {
                observer.update(cold + at, event);
            } else {
                ends = observer.update(cold + at, event) || ends;
            }
        });
        return ends;
    }
    void expire(std::byte* cold, const Flow& flow) {
        each([&](auto& observer, std::size_t at) { observer.expire(cold + at, flow); });
    }
    void discard(std::byte* cold) {
        each([&](auto& observer, std::size_t at) { observer.discard(cold + at); });
    }

private:
    template <typename Visit>
    void each(Visit&& visit) {
        visit_each(visit, std::index_sequence_for<Observers...>{});
    }
    template <typename Visit, std::size_t... Is>
    void visit_each(Visit& visit, std::index_sequence<Is...> /*positions*/) {
        (visit(std::get<Is>(observers_), offsets_[Is]), ...);
    }
    template <std::size_t... Is>
    void lay_out(std::index_sequence<Is...> /*positions*/) {
        ((offsets_[Is] = cold_bytes_,
          cold_bytes_ += aligned_state_bytes(std::get<Is>(observers_).state_bytes())),
         ...);
    }

    std::tuple<Observers...> observers_;
    std::array<std::size_t, kCount + 1> offsets_{};  // one more, so that none is an array too
    std::size_t cold_bytes_ = 0;
};

}  // namespace flowgauge
