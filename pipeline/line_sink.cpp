#include "pipeline/line_sink.h"

#include "core/flow/flow.h"
#include "core/flow/flow_shard.h"
#include "core/meter/record_layout.h"
#include "service/log.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace flowgauge {
namespace {

// A worker announces records by 64 (export/sink/queue_outlet.h).
constexpr std::uint64_t kQueueRecordsMin = 64;

// Of one who waits for an output that does nothing. systemd waits 90 s for a sensor to stop.
constexpr std::chrono::seconds kPatienceOfReaders{30};
constexpr std::chrono::seconds kPatienceOfSensors{10};

// What a sensor waits for more records before it compresses them, or sends a message of them.
constexpr std::chrono::milliseconds kLingerOfFrames{1000};
constexpr std::chrono::milliseconds kLingerOfMessages{200};

// Rows of a Parquet file that a sensor has not written yet; each writing is a row group.
constexpr std::chrono::seconds kParquetKeepsMax{60};

// A file's reader may wait for its output, and with one worker may write it itself; who reads an
// interface may not. Half of the memory is for records as the workers left them, half for encoded
// ones.
SinkOptions options_of(
    const SinkSettings& sink, const Settings& settings, const LineOptions& line
) {
    SinkOptions options{
        .name = sink.name,
        .thread = line.ordered && line.workers == 1 ? SinkThread::kWorker : SinkThread::kOwn,
        .ordered = line.ordered,
        .max_records = settings.max_nflows,
        .waits = line.waits,
        .gives_up = line.ordered};
    options.patience = line.ordered ? kPatienceOfReaders : kPatienceOfSensors;
    options.queue_records =
        queue_records(sink.queue_memory / 2, layout_of(settings.meter).bytes, line.workers);
    options.outbox.memory = sink.queue_memory / 2;
    // Each block becomes a frame of its own, and small ones compress badly.
    if (!line.waits && sink.type == SinkType::kFile && compression_of(sink) != Compression::kNone) {
        options.linger = kLingerOfFrames;
    } else if (!line.waits && sink.type == SinkType::kIpfix) {
        options.linger = kLingerOfMessages;
    }
    if (!line.ordered && format_of(sink) == RecordFormat::kParquet) {
        options.keep_back_max = kParquetKeepsMax;
    }
    // Where nothing gives way, a spool still takes what memory cannot.
    const bool oldest = sink.when_full == WhenFull::kDropOldest;
    options.outbox.when_full = oldest && line.waits ? WhenFull::kDropNewest : sink.when_full;
    return options;
}

// What the run and the sink did, as IPFIX tells it.
ExporterStatistics statistics_of(const Sink& sink, std::uint64_t ignored_packets) {
    const SinkNumbers numbers = sink.numbers();
    return {
        .observed_flows = numbers.records_taken,
        .ignored_packets = ignored_packets,
        .not_sent_flows = numbers.dropped.total() - numbers.dropped[RecordLoss::kFilter]};
}

}  // namespace

Result<void> LineSink::check(const SinkSettings& fresh) const {
    if (Result<std::unique_ptr<RecordFilter>> filter = make_filter(fresh.when, meter); !filter) {
        return std::move(filter).error().within("sinks." + name + ".when: before a restart");
    }
    return {};
}

void LineSink::change(const SinkSettings& fresh) const {
    if (file != nullptr) {
        sink->post([file = file, rotation = rotation_of(fresh.file)](Sink& /*sink*/) {
            file->change(rotation);
        });
    }
    if (Result<std::unique_ptr<RecordFilter>> filter = make_filter(fresh.when, meter)) {
        sink->change_filter(std::move(filter).value());
    }
}

Result<std::unique_ptr<LineSink>> open_sink(
    const SinkSettings& sink, const Settings& settings, const LineOptions& options
) {
    const std::string place = (sink.file.is_replaced ? "" : "sink ") + sink.name;
    auto made = std::make_unique<LineSink>();
    made->name = sink.name;
    made->type = type_of(sink);
    made->destination = destination_of(sink);
    made->meter = settings.meter;
    Result<std::shared_ptr<const Anonymizer>> anonymizer = open_anonymizer(sink, settings.meter);
    if (!anonymizer) {
        return std::move(anonymizer).error().within(place);
    }
    if (anonymizer.value() != nullptr && !anonymizer.value()->warning().empty()) {
        log_warning(place + ": " + anonymizer.value()->warning(), {{"SINK", sink.name}});
    }
    const SinkSurroundings around{
        .settings = settings,
        .application_names = options.application_names,
        .may_wait = options.waits || sink.file.is_replaced,
        .problem = made->problem,
        .statistics =
            [line = made.get(), ignored = options.ignored_packets] {
                return line->sink == nullptr ? ExporterStatistics{}
                                             : statistics_of(*line->sink, ignored->load());
            },
        .interfaces = options.interfaces,
        .anonymizer = std::move(anonymizer).value()};
    Result<std::unique_ptr<RecordFilter>> filter = make_filter(sink.when, settings.meter);
    if (!filter) {
        return std::move(filter).error().within(place);
    }
    Result<std::unique_ptr<RecordEncoder>> encoder = make_encoder(sink, around);
    if (!encoder) {
        return std::move(encoder).error().within(place);
    }
    Result<OpenedTransport> opened = open_transport(sink, around);
    if (!opened) {
        return std::move(opened).error().within(place);
    }
    Result<std::unique_ptr<BlockStore>> store = open_store(sink);
    if (!store) {
        return std::move(store).error().within(place);
    }
    made->file = opened.value().file;
    made->sink = std::make_unique<Sink>(
        options_of(sink, settings, options),
        options.workers,
        SinkParts{
            .filter = std::move(filter).value(),
            .encoder = std::move(encoder).value(),
            .transport = std::move(opened).value().transport,
            .store = std::move(store).value()}
    );
    return made;
}

std::size_t queue_records(std::uint64_t memory, std::size_t cold_bytes, std::uint32_t workers) {
    const std::uint64_t record = sizeof(Flow) + cold_bytes;
    const std::uint64_t share = memory / record / std::max(workers, 1U);
    const std::uint64_t bounded =
        std::clamp(share, kQueueRecordsMin, ShardOptions{}.records_under_way_max);
    return std::bit_floor(bounded);
}

}  // namespace flowgauge
