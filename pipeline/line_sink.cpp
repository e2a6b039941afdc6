#include "pipeline/line_sink.h"

#include "core/flow/flow.h"
#include "core/flow/flow_shard.h"
#include "core/meter/record_layout.h"
#include "core/record/column.h"
#include "export/file/file_transport.h"
#include "pipeline/record_encoder.h"
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

void say(const std::string& sink, SinkProblem& problem, FileNews news, const std::string& text) {
    switch (news) {
    case FileNews::kFailing:
        problem.set(text);
        log_error("sink " + sink + ": " + text, {{.name = "SINK", .value = sink}});
        break;
    case FileNews::kWorking:
        problem.set({});
        log_info("sink " + sink + ": " + text, {{.name = "SINK", .value = sink}});
        break;
    case FileNews::kNote:
        log_warning("sink " + sink + ": " + text, {{.name = "SINK", .value = sink}});
        break;
    }
}

// A file's reader may wait for its output, and with one worker may write it itself; who reads an
// interface may not.
SinkOptions options_of(const Settings& settings, const LineOptions& line) {
    SinkOptions options{
        .thread = line.ordered && line.workers == 1 ? SinkThread::kWorker : SinkThread::kOwn,
        .ordered = line.ordered,
        .max_records = settings.max_nflows,
        .waits = line.waits,
        .gives_up = line.ordered};
    options.patience = line.ordered ? kPatienceOfReaders : kPatienceOfSensors;
    return options;
}

// Half of the memory is for records as the workers left them, half for encoded ones.
SinkOptions options_of(
    const SinkSettings& sink, const Settings& settings, const LineOptions& line
) {
    SinkOptions options = options_of(settings, line);
    options.queue_records =
        queue_records(sink.queue_memory / 2, layout_of(settings.meter).bytes, line.workers);
    options.outbox.memory = sink.queue_memory / 2;
    // Where nothing gives way, a spool still takes what memory cannot.
    const bool oldest = sink.when_full == WhenFull::kDropOldest;
    options.outbox.when_full = oldest && line.waits ? WhenFull::kDropNewest : sink.when_full;
    return options;
}

Result<std::unique_ptr<RotatingFile>> open_file(
    const SinkSettings& sink, const std::shared_ptr<SinkProblem>& problem
) {
    return RotatingFile::open(
        {.path = sink.file.path,
         .rotation = rotation_of(sink.file),
         .flows_per_file = sink.file.flows_per_file,
         .min_free = sink.file.min_free,
         .sync = sink.file.sync,
         .quoted_newlines = sink.encoder.format == RecordFormat::kCsv &&
                            sink.encoder.csv_dialect == CsvDialect::kRfc4180,
         .tell =
             [name = sink.name, problem](FileNews news, const std::string& text) {
                 say(name, *problem, news, text);
             }}
    );
}

}  // namespace

void SinkProblem::set(std::string text) {
    const std::lock_guard lock(mutex_);
    text_ = std::move(text);
}

std::string SinkProblem::text() const {
    const std::lock_guard lock(mutex_);
    return text_;
}

void LineSink::change(const SinkSettings& fresh, const MeterOptions& /*meter*/) {
    if (file != nullptr) {
        sink->post([file = file, rotation = rotation_of(fresh.file)](Sink& /*sink*/) {
            file->change(rotation);
        });
    }
}

Result<std::unique_ptr<LineSink>> open_sink(
    const SinkSettings& sink, const Settings& settings, const LineOptions& options
) {
    const std::string place = "sink " + sink.name;
    auto made = std::make_unique<LineSink>();
    made->name = sink.name;
    made->problem = std::make_shared<SinkProblem>();
    made->destination = sink.file.path;
    made->type = sink.file.path == "-" ? "stdout" : "file";
    Result<std::vector<const Column*>> columns = select_columns(sink.columns, settings.meter);
    if (!columns) {
        return std::move(columns).error().within(place);
    }
    SinkParts parts{
        .filter = nullptr,
        .encoder = make_text_encoder(
            sink.encoder, std::move(columns).value(), settings.meter.flow.time_unit
        ),
        .transport = nullptr,
        .store = nullptr};
    if (sink.file.path == "-") {
        Result<std::unique_ptr<Transport>> opened = FileTransport::open(sink.file.path);
        if (!opened) {
            return std::move(opened).error().within(place);
        }
        parts.transport = std::move(opened).value();
    } else {
        Result<std::unique_ptr<RotatingFile>> opened = open_file(sink, made->problem);
        if (!opened) {
            return std::move(opened).error().within(place);
        }
        made->file = opened.value().get();
        parts.transport = std::move(opened).value();
    }
    made->sink = std::make_unique<Sink>(
        options_of(sink, settings, options), options.workers, std::move(parts)
    );
    return made;
}

Result<std::unique_ptr<LineSink>> open_output(
    const Settings& settings, const LineOptions& options
) {
    const OutputSettings& output = settings.output;
    auto made = std::make_unique<LineSink>();
    made->name = "output";
    made->destination = output.path;
    made->type = output.path == "-" ? "stdout" : "file";
    made->problem = std::make_shared<SinkProblem>();
    Result<std::vector<const Column*>> columns = select_columns(output.columns, settings.meter);
    if (!columns) {
        return std::move(columns).error();
    }
    Result<std::unique_ptr<Transport>> transport = FileTransport::open(output.path);
    if (!transport) {
        return std::move(transport).error().within("output");
    }
    SinkParts parts{
        .filter = nullptr,
        .encoder = make_text_encoder(
            output.encoder, std::move(columns).value(), settings.meter.flow.time_unit
        ),
        .transport = std::move(transport).value(),
        .store = nullptr};
    made->sink =
        std::make_unique<Sink>(options_of(settings, options), options.workers, std::move(parts));
    return made;
}

FileRotation rotation_of(const FileSettings& settings) {
    std::uint32_t keep = settings.keep;
    if (settings.flows_per_file != 0 && settings.rotate_files != 0) {
        keep = keep == 0 ? settings.rotate_files : std::min(keep, settings.rotate_files);
    }
    return {
        .rotate_every = settings.rotate_every, .rotate_size = settings.rotate_size, .keep = keep};
}

std::size_t queue_records(std::uint64_t memory, std::size_t cold_bytes, std::uint32_t workers) {
    const std::uint64_t record = sizeof(Flow) + cold_bytes;
    const std::uint64_t share = memory / record / std::max(workers, 1U);
    const std::uint64_t bounded =
        std::clamp(share, kQueueRecordsMin, ShardOptions{}.records_under_way_max);
    return std::bit_floor(bounded);
}

}  // namespace flowgauge
