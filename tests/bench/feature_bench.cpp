// A computed feature for each packet of a flow, against the same written by hand.
#include "extension/features/feature.h"

#include "core/extension/part_list.h"
#include "core/flow/flow_key.h"
#include "tests/support/plain_packet.h"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

// A flow of two packets, the second of which comes again and again.
struct SampleFlow {
    SampleFlow() {
        options.dissection.enabled = false;
        flow.key = key_of(packet).key;
        flow.from_upper = key_of(packet).from_upper;
        flow.packets = {17, 23};
    }

    MeterOptions options;
    Packet packet =
        test::tcp_packet("192.168.178.20:54321", "203.0.113.77:443", {.tick = 1, .bytes = 555});
    Flow flow;
    FlowEvent event{.packet = packet, .flow = flow};
};

void feature(benchmark::State& state, std::string_view expression) {
    SampleFlow sample;
    const auto list = std::make_shared<PartList>();
    Result<std::unique_ptr<ExtensionPart>> part =
        make_feature({.name = "sample", .expression = std::string(expression)}, sample.options);
    if (!part || !list->add(std::move(part).value())) {
        return state.SkipWithError("no feature");
    }
    sample.options.extension = list;
    const std::unique_ptr<FlowExtension> extension = list->open(0).value();
    const RecordContext context{.layout = layout_of(sample.options), .application_names = nullptr};
    extension->begin(context);
    std::vector<std::uint64_t> cold(context.layout.bytes / sizeof(std::uint64_t));
    auto* const bytes = reinterpret_cast<std::byte*>(cold.data());
    benchmark::DoNotOptimize(extension->init(bytes, sample.event));
    for ([[maybe_unused]] auto _ : state) {
        benchmark::DoNotOptimize(extension->update(bytes, sample.event));
    }
    extension->discard(bytes);
    state.SetItemsProcessed(state.iterations());
}

void feature_by_hand(benchmark::State& state) {
    const SampleFlow sample;
    std::uint64_t count = 0;
    for ([[maybe_unused]] auto _ : state) {
        const FlowEvent* event = &sample.event;
        benchmark::DoNotOptimize(event);
        count += event->packet.frame_bytes == 555 ? 1U : 0U;
        benchmark::DoNotOptimize(count);
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(feature, count, "count(packet.raw_size == 555)");
BENCHMARK(feature_by_hand);
BENCHMARK_CAPTURE(feature, first, "first(packet.payload_size where packet.payload_size > 0)");
BENCHMARK_CAPTURE(feature, sum, "sum(packet.payload_size where packet.direction == src2dst)");
BENCHMARK_CAPTURE(feature, stddev, "stddev(packet.raw_size)");
BENCHMARK_CAPTURE(feature, last_address, "last(packet.src_ip)");
BENCHMARK_CAPTURE(feature, columns_alone, "bidirectional_bytes / bidirectional_packets");

}  // namespace
}  // namespace flowgauge
