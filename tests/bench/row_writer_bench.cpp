// Rows of all columns by our encoders, and by sprintf as a plain program would write them: the
// ratio in one run is what counts (>= 5x for CSV, >= 4x for JSON).
#include "core/record/column.h"
#include "export/text/csv_encoder.h"
#include "export/text/json_encoder.h"
#include "export/text/protobuf_encoder.h"
#include "tests/support/full_record.h"

#include <benchmark/benchmark.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

// The peer: snprintf for each value, %.17g for reals, quotes doubled or escaped byte by byte.
class SprintfRow final : public ValueSink {
public:
    explicit SprintfRow(bool json) : json_(json) {}

    void begin(const std::string& key) {
        if (json_) {
            moved(std::snprintf(at(), room(), "%s\"%s\":", size_ == 1 ? "" : ",", key.c_str()));
        } else if (size_ > 0) {
            put(",");
        }
    }
    void start() {
        size_ = 0;
        put(json_ ? "{" : "");
    }
    [[nodiscard]] std::string_view finish() {
        put(json_ ? "}\n" : "\n");
        return {memory_.data(), size_};
    }

    void unsigned_integer(std::uint64_t value) override {
        moved(std::snprintf(at(), room(), "%" PRIu64, value));
    }
    void integer(std::int64_t value) override {
        moved(std::snprintf(at(), room(), "%" PRId64, value));
    }
    void real(double value) override { moved(std::snprintf(at(), room(), "%.17g", value)); }
    void text(std::string_view value) override {
        put("\"");
        for (const char c : value) {
            if (c == '"') {
                put(json_ ? "\\\"" : "\"\"");
            } else if (json_ && c == '\\') {
                put("\\\\");
            } else {
                memory_[size_++] = c;
            }
        }
        put("\"");
    }
    void list(std::span<const std::int64_t> values) override {
        const char* between = json_ ? "," : ", ";
        put(json_ ? "[" : "\"[");
        for (std::size_t i = 0; i < values.size(); ++i) {
            moved(std::snprintf(at(), room(), "%s%" PRId64, i == 0 ? "" : between, values[i]));
        }
        put(json_ ? "]" : "]\"");
    }
    void texts(std::span<const std::string_view> /*values*/) override {}  // no column that it has
    void absent() override {}

private:
    [[nodiscard]] char* at() { return memory_.data() + size_; }
    [[nodiscard]] std::size_t room() const { return memory_.size() - size_; }
    void moved(int written) { size_ += static_cast<std::size_t>(written); }
    void put(const char* text) { moved(std::snprintf(at(), room(), "%s", text)); }

    bool json_;
    std::vector<char> memory_ = std::vector<char>(65536);
    std::size_t size_ = 0;
};

void sprintf_row(benchmark::State& state, bool json) {
    const test::FullRecord record;
    const std::vector<const Column*> columns = record.columns();
    std::vector<std::string> keys;
    keys.reserve(columns.size());
    for (const Column* column : columns) {
        keys.push_back(with_unit(column->name, TimeUnit::kMilliseconds));
    }
    SprintfRow row(json);
    std::string out;
    for ([[maybe_unused]] auto _ : state) {
        out.clear();
        row.start();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            row.begin(keys[i]);
            columns[i]->read(record.view(), row);
        }
        out += row.finish();
        benchmark::DoNotOptimize(out.data());
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}

void encoder_row(benchmark::State& state, RecordEncoder& encoder, const test::FullRecord& record) {
    Block out;
    for ([[maybe_unused]] auto _ : state) {
        out.clear();
        benchmark::DoNotOptimize(encoder.encode(record.view(), out));
        benchmark::DoNotOptimize(out.bytes.data());
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.bytes.size()));
}

void csv_row(benchmark::State& state) {
    const test::FullRecord record;
    CsvEncoder encoder(CsvDialect::kRfc4180, record.columns(), TimeUnit::kMilliseconds);
    encoder_row(state, encoder, record);
}

void json_row(benchmark::State& state, JsonNames names) {
    const test::FullRecord record;
    JsonEncoder encoder(record.columns(), TimeUnit::kMilliseconds, names);
    encoder_row(state, encoder, record);
}

void protobuf_row(benchmark::State& state) {
    const test::FullRecord record;
    auto encoder = ProtobufEncoder::make(record.columns(), TimeUnit::kMilliseconds).value();
    encoder_row(state, *encoder, record);
}

BENCHMARK_CAPTURE(sprintf_row, csv, false);
BENCHMARK(csv_row);
BENCHMARK_CAPTURE(sprintf_row, json, true);
BENCHMARK_CAPTURE(json_row, nfstream, JsonNames::kNfstream);
BENCHMARK_CAPTURE(json_row, ecs, JsonNames::kEcs);
BENCHMARK_CAPTURE(json_row, ocsf, JsonNames::kOcsf);
BENCHMARK(protobuf_row);

}  // namespace
}  // namespace flowgauge
