// What a pseudonym costs.
#include "export/anonymize/anonymizer.h"

#include "core/flow/flow_key.h"
#include "tests/support/plain_packet.h"

#include <benchmark/benchmark.h>

#include <string_view>

namespace flowgauge {
namespace {

// Takes values and does nothing with them.
class Ignored final : public ValueSink {
public:
    void unsigned_integer(std::uint64_t value) override { benchmark::DoNotOptimize(value); }
    void integer(std::int64_t value) override { benchmark::DoNotOptimize(value); }
    void real(double value) override { benchmark::DoNotOptimize(value); }
    void text(std::string_view value) override { benchmark::DoNotOptimize(value.data()); }
    void list(std::span<const std::int64_t> values) override {
        benchmark::DoNotOptimize(values.data());
    }
    void texts(std::span<const std::string_view> values) override {
        benchmark::DoNotOptimize(values.data());
    }
    void absent() override {}
    void address(const IpAddress& value, std::uint8_t /*version*/) override {
        benchmark::DoNotOptimize(value);
    }
};

// Of `hosts` addresses, one after the other: few are remembered, many are not.
void pseudonym(
    benchmark::State& state, AnonymizeMethod method, std::string_view source, std::uint64_t hosts
) {
    MeterOptions options;
    const auto anonymizer =
        Anonymizer::open({.columns = "src_ip", .method = method}, options).value();
    const Packet packet = test::tcp_packet(source, source);
    Flow flow;
    flow.key = key_of(packet).key;
    const FlowRecord record{.flow = &flow};
    const RecordContext context;
    const std::vector<const Column*> columns =
        anonymizer->replaced(select_columns("src_ip", options).value());
    Ignored out;
    const std::uint64_t first = flow.key.lower.low;
    std::uint64_t host = 0;
    for ([[maybe_unused]] auto _ : state) {
        host = host + 1 < hosts ? host + 1 : 0;
        flow.key.lower.low = first + host;
        columns[0]->read({.record = record, .context = context}, out);
    }
    state.SetItemsProcessed(state.iterations());
}

constexpr auto kBlake2b = AnonymizeMethod::kBlake2b;
constexpr auto kCryptoPan = AnonymizeMethod::kCryptoPan;
constexpr std::uint64_t kMany = 1'000'000;

BENCHMARK_CAPTURE(pseudonym, blake2b_new, kBlake2b, "192.168.178.20:443", kMany);
BENCHMARK_CAPTURE(pseudonym, blake2b_known, kBlake2b, "192.168.178.20:443", 1000);
BENCHMARK_CAPTURE(pseudonym, cryptopan_ipv4_new, kCryptoPan, "192.168.178.20:443", kMany);
BENCHMARK_CAPTURE(pseudonym, cryptopan_ipv4_known, kCryptoPan, "192.168.178.20:443", 1000);
BENCHMARK_CAPTURE(pseudonym, cryptopan_ipv6_new, kCryptoPan, "[2001:db8::20]:443", kMany);
BENCHMARK_CAPTURE(pseudonym, cryptopan_ipv6_known, kCryptoPan, "[2001:db8::20]:443", 1000);

}  // namespace
}  // namespace flowgauge
