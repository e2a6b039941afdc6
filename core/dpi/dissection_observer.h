// DissectionObserver: gives the first packets of each flow to nDPI and keeps the answer.
#pragma once

#include "core/base/time.h"
#include "core/dpi/application.h"
#include "core/dpi/application_tally.h"
#include "core/dpi/dissection_options.h"
#include "core/dpi/ndpi_module.h"
#include "core/flow/flow_observer.h"

#include <cstddef>
#include <cstdint>

namespace flowgauge {

// What dissection did in one shard. Thread: one writer.
struct DissectionCounters {
    std::uint64_t packets = 0;          // given to nDPI
    std::uint64_t packets_refused = 0;  // kept from it by NdpiModule::admits
    std::uint64_t flows_refused = 0;    // begun while flows_max were under dissection
    std::uint64_t flows_active = 0;     // under dissection now
    std::uint64_t flows_shed = 0;       // begun while the worker could not keep up
};

// What the observer shares with its worker. Thread: the worker's, the tally's readers apart.
struct DissectionDesk {
    DissectionCounters counters;
    bool shedding = false;  // no further flow is dissected
    ApplicationTally applications;
};

// Requires: module and desk outlive the shard. Cost: nDPI allocates per flow; its memory is
// given back as soon as the answer is final.
class DissectionObserver {
public:
    DissectionObserver(
        DissectionOptions options, TimeUnit unit, NdpiModule& module, DissectionDesk& desk
    ) noexcept
        : options_(std::move(options)),
          ticks_per_millisecond_(ticks_per_second(unit) / 1000),
          module_(&module),
          desk_(&desk) {}

    [[nodiscard]] static std::size_t state_bytes() noexcept;
    void init(std::byte* state, const FlowEvent& event);
    void update(std::byte* state, const FlowEvent& event);
    void expire(std::byte* state, const Flow& flow);
    void discard(std::byte* state) noexcept;

    // The answer for a flow. Requires: `state` was made by such an observer.
    [[nodiscard]] static const Application& read(const std::byte* state) noexcept;

private:
    struct State {
        Application application;
        NdpiModule::Flow* dissected = nullptr;  // null once the answer is final
    };
    static_assert(sizeof(State) <= 32, "every flow in the table pays for it");

    [[nodiscard]] std::uint32_t limit_of(std::uint8_t protocol) const noexcept;
    void dissect(State& state, const FlowEvent& event);
    void conclude(State& state);

    DissectionOptions options_;
    Tick ticks_per_millisecond_;
    NdpiModule* module_;
    DissectionDesk* desk_;
};

}  // namespace flowgauge
