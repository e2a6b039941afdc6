#include "core/meter/record_layout.h"
#include "core/record/column.h"
#include "export/sink/keeping_encoder.h"
#include "pipeline/sink_parts.h"

#include <algorithm>
#include <utility>

#include "python/src/list_text.h"
#include "python/src/reading.h"

namespace flowgauge {
namespace {

// Batches that wait for Python: some thousands of rows each; live mostly some few.
constexpr std::size_t kBatchesMax = 8;
constexpr std::size_t kLiveBatchesMax = 256;

// For ever: who looks at flows one by one may think about each.
constexpr std::chrono::hours kPatience{100'000};

SinkOptions options_of(const ReadingPlan& plan, std::uint32_t workers) {
    constexpr std::uint64_t kQueueMemory = std::uint64_t{32} << 20;
    return {
        .name = "python",
        .thread = !plan.is_live && workers == 1 ? SinkThread::kWorker : SinkThread::kOwn,
        .ordered = !plan.is_live,
        .max_records = plan.settings.max_nflows,
        .queue_records = queue_records(kQueueMemory, layout_of(plan.settings.meter).bytes, workers),
        .waits = !plan.is_live,
        .patience = kPatience};
}

}  // namespace

Result<ReadingOutput> open_reading_output(
    const ReadingPlan& plan, std::uint32_t workers, std::function<void()> arrived
) {
    const SinkSettings& wanted = plan.settings.output.sink;
    const MeterOptions& meter = plan.settings.meter;
    Result<std::vector<const Column*>> selected = select_columns(wanted.columns, meter);
    if (!selected) {
        return std::move(selected).error();
    }
    std::vector<const Column*> columns = std::move(selected).value();
    std::erase(columns, plan.object);
    Result<std::shared_ptr<const Anonymizer>> anonymizer = open_anonymizer(wanted, meter);
    if (!anonymizer) {
        return std::move(anonymizer).error();
    }
    if (anonymizer.value() != nullptr) {
        columns = anonymizer.value()->replaced(std::move(columns));
    }
    Result<std::unique_ptr<RecordFilter>> filter = make_filter(wanted.when, meter);
    if (!filter) {
        return std::move(filter).error();
    }
    ReadingOutput output;
    const std::size_t batches = plan.is_live ? kLiveBatchesMax : kBatchesMax;
    output.queue = std::make_shared<BatchQueue>(plan.is_pulled ? 0 : batches, std::move(arrived));
    std::unique_ptr<RecordEncoder> encoder;
    std::unique_ptr<Transport> transport;
    const TimeUnit unit = meter.flow.time_unit;
    auto lists = std::make_shared<ListText>();
    if (plan.csv) {
        columns = lists->replaced(std::move(columns));
        encoder =
            std::make_unique<CsvEncoder>(wanted.encoder.csv_dialect, std::move(columns), unit);
        transport = std::make_unique<NumberedFiles>(*plan.csv);
    } else {
        output.schema = std::make_shared<const BatchSchema>(columns, unit);
        encoder = std::make_unique<BatchEncoder>(
            output.schema, output.queue, plan.is_live, plan.object, plan.take_object
        );
        transport = std::make_unique<HandedOver>(output.queue);
    }
    output.sink = std::make_unique<LineSink>();
    output.sink->name = "python";
    output.sink->type = "python";
    output.sink->sink = std::make_unique<Sink>(
        options_of(plan, workers),
        workers,
        SinkParts{
            .filter = std::move(filter).value(),
            .encoder = std::make_unique<KeepingEncoder>(
                std::move(encoder),
                std::vector<std::shared_ptr<const void>>{
                    std::move(anonymizer).value(), std::move(lists)}
            ),
            .transport = std::move(transport),
            .store = nullptr}
    );
    return output;
}

SignalShelter::SignalShelter() noexcept {
    sigset_t all;
    sigfillset(&all);
    static_cast<void>(::pthread_sigmask(SIG_SETMASK, &all, &before_));
}

SignalShelter::~SignalShelter() {
    static_cast<void>(::pthread_sigmask(SIG_SETMASK, &before_, nullptr));
}

}  // namespace flowgauge
