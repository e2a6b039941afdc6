// A record filter, against the same condition written by hand.
#include "core/expression/expression.h"

#include "core/flow/flow_key.h"
#include "tests/support/plain_packet.h"

#include <benchmark/benchmark.h>

#include <string_view>

namespace flowgauge {
namespace {

// A record without observers.
struct SampleRecord {
    SampleRecord() {
        options.dissection.enabled = false;
        const Packet packet = test::tcp_packet("192.168.178.20:54321", "203.0.113.77:443");
        flow.key = key_of(packet).key;
        flow.from_upper = key_of(packet).from_upper;
        flow.first_seen = {1'700'000'000'000, 1'700'000'000'020};
        flow.last_seen = {1'700'000'012'345, 1'700'000'012'300};
        flow.packets = {17, 23};
        flow.bytes = {2'345, 31'415};
        context.layout = layout_of(options);
    }

    MeterOptions options;
    Flow flow;
    FlowRecord record{.flow = &flow};
    RecordContext context;
};

void filter(benchmark::State& state, std::string_view text) {
    const SampleRecord sample;
    ExpressionEvaluator evaluator(
        Expression::compile_filter(text, {.options = sample.options}).value()
    );
    for ([[maybe_unused]] auto _ : state) {
        const RecordView view{.record = sample.record, .context = sample.context};
        benchmark::DoNotOptimize(evaluator.holds(view));
    }
    state.SetItemsProcessed(state.iterations());
}

template <typename Condition>
void by_hand(benchmark::State& state, Condition condition) {
    const SampleRecord sample;
    for ([[maybe_unused]] auto _ : state) {
        const RecordView view{.record = sample.record, .context = sample.context};
        benchmark::DoNotOptimize(&view);
        benchmark::ClobberMemory();
        benchmark::DoNotOptimize(condition(view));
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(filter, one, "bidirectional_bytes >= 1000");
BENCHMARK_CAPTURE(by_hand, one, [](const RecordView& view) {
    return view.flow().all_bytes() >= 1000;
});

BENCHMARK_CAPTURE(filter, two, "bidirectional_bytes >= 1000 and dst_port != 53");
BENCHMARK_CAPTURE(by_hand, two, [](const RecordView& view) {
    return view.flow().all_bytes() >= 1000 && view.flow().destination_port() != 53;
});

BENCHMARK_CAPTURE(
    filter,
    four,
    "bidirectional_bytes / bidirectional_packets > 100 and protocol in [6, 17] and "
    "src_ip in ['10.0.0.0/8', '192.168.0.0/16'] and end_reason != 'active'"
);
BENCHMARK_CAPTURE(by_hand, four, [](const RecordView& view) {
    const Flow& flow = view.flow();
    const std::uint8_t protocol = flow.key.protocol();
    const std::uint64_t source = flow.source().low;
    return static_cast<double>(flow.all_bytes()) / static_cast<double>(flow.all_packets()) > 100 &&
           (protocol == 6 || protocol == 17) && flow.key.ip_version() == 4 &&
           (source >> 24 == 10 || source >> 16 == 0xc0a8) &&
           view.record.end_reason != EndReason::kActive;
});

}  // namespace
}  // namespace flowgauge
