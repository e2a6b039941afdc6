// One row of CSV, by what is configured.
#include "export/text/csv_encoder.h"

#include "core/flow/flow_statistics.h"
#include "tests/support/plain_packet.h"

#include <benchmark/benchmark.h>

#include <array>
#include <string>

namespace flowgauge {
namespace {

void csv_encode(benchmark::State& state, bool statistics) {
    MeterOptions options;
    options.dissection.enabled = false;
    options.statistical_analysis = statistics;
    CsvEncoder encoder(
        CsvDialect::kRfc4180, select_columns("all", options).value(), TimeUnit::kMilliseconds
    );

    const Packet packet = test::tcp_packet("192.168.178.20:54321", "203.0.113.77:443");
    Flow flow;
    flow.key = key_of(packet).key;
    flow.first_seen = {1'700'000'000'000, 1'700'000'000'020};
    flow.last_seen = {1'700'000'012'345, 1'700'000'012'300};
    flow.packets = {1, 0};
    alignas(FlowStatistics) std::array<std::byte, sizeof(FlowStatistics)> cold{};
    StatisticsObserver::init(cold.data(), {.packet = packet, .flow = flow, .bytes = 60});
    flow.packets = {17, 23};
    flow.bytes = {2'345, 31'415};
    const FlowRecord record{.flow = &flow, .cold = cold.data()};
    const RecordContext context{.layout = layout_of(options), .application_names = nullptr};

    Block out;
    for ([[maybe_unused]] auto _ : state) {
        out.clear();
        benchmark::DoNotOptimize(
            encoder.encode({.record = record, .context = context, .id = 1000}, out)
        );
        benchmark::DoNotOptimize(out.bytes.data());
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.bytes.size()));
}

BENCHMARK_CAPTURE(csv_encode, core, false);
BENCHMARK_CAPTURE(csv_encode, statistics, true);

}  // namespace
}  // namespace flowgauge
