// A record to the sink and back, between two threads.
#include "export/sink/record_queue.h"

#include <benchmark/benchmark.h>

#include <thread>

namespace flowgauge {
namespace {

void give_everything_back(RecordQueue& queue, const Wakeup& wakeup) {
    while (true) {
        const std::uint32_t ticket = wakeup.ticket();
        const bool closed = queue.is_closed();
        if (const FlowRecord* front = queue.front(); front != nullptr) {
            const FlowRecord taken = *front;
            queue.pop();
            queue.give_back(taken);
        } else if (closed) {
            return;
        } else {
            queue.wake_producer();
            wakeup.wait(ticket);
        }
    }
}

void record_queue_hand_over(benchmark::State& state) {
    Wakeup wakeup;
    RecordQueue queue(static_cast<std::size_t>(state.range(0)), wakeup);
    std::jthread sink([&] { give_everything_back(queue, wakeup); });
    std::uint32_t pushed = 0;
    const auto ignore = [](const FlowRecord&) {
    };
    for ([[maybe_unused]] auto _ : state) {
        while (!queue.push({.slot = pushed})) {
            queue.wait_for_room();
            queue.reclaim(ignore);
        }
        queue.reclaim(ignore);
        if (++pushed % 64 == 0) {
            queue.wake_sink();
        }
    }
    queue.close();
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(record_queue_hand_over)->Arg(64)->Arg(4096)->UseRealTime();

}  // namespace
}  // namespace flowgauge
