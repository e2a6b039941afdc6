#include "pipeline/export_line.h"

#include "core/base/format.h"
#include "core/base/hash.h"
#include "export/sink/sink_reading.h"
#include "core/meter/record_layout.h"
#include "core/record/column.h"
#include "service/message.h"

#include <sys/sysinfo.h>
#include <unistd.h>

namespace flowgauge {
namespace {

// The share of one worker in a bound that holds for all together: exact in sum, 1 at least.
std::uint64_t share_of(std::uint64_t total, std::uint32_t worker, std::uint32_t workers) noexcept {
    const std::uint64_t share = total / workers + (worker < total % workers ? 1 : 0);
    return share == 0 ? 1 : share;
}

// Flows take memory as they come. When all that are allowed would need more than there is, the
// operator should know before the machine does.
void note_memory(const MeterOptions& options) {
    struct sysinfo system {};
    if (::sysinfo(&system) != 0) {
        return;
    }
    const double available = static_cast<double>(system.totalram) * system.mem_unit;
    const double slot = static_cast<double>(sizeof(Flow) + layout_of(options).bytes);
    const double needed = slot * static_cast<double>(options.flow.max_flows);
    constexpr double kGibibyte = 1024.0 * 1024.0 * 1024.0;
    if (needed > available) {
        print_message(format(
            "{} flows of {} bytes may need {:.1f} GiB, of {:.1f} GiB of memory; lower --max-flows "
            "or "
            "--splt-analysis",
            options.flow.max_flows,
            static_cast<std::uint64_t>(slot),
            needed / kGibibyte,
            available / kGibibyte
        ));
    }
}

RecordContext context_of(const Settings& settings, const Meter& meter) {
    return {
        .layout = layout_of(settings.meter),
        .time_unit = settings.meter.flow.time_unit,
        .splt_analysis = settings.meter.splt_analysis,
        .application_names = meter.application_names()};
}

// Encoder and transport of the only sink.
struct Output {
    std::unique_ptr<RecordEncoder> encoder;
    std::unique_ptr<Transport> transport;
};

Result<Output> open_output(const Settings& settings, const std::shared_ptr<SinkProblem>& problem) {
    const FileSinkSettings* sink = settings.sinks.empty() ? nullptr : &settings.sinks.front();
    const std::string place = sink != nullptr ? "sink " + sink->name : "output";
    const EncoderOptions& encoder = sink != nullptr ? sink->encoder : settings.output.encoder;
    Result<std::vector<const Column*>> columns =
        select_columns(sink != nullptr ? sink->columns : settings.output.columns, settings.meter);
    if (!columns) {
        return sink != nullptr ? std::move(columns).error().within(place)
                               : std::move(columns).error();
    }
    Result<std::unique_ptr<Transport>> transport = sink != nullptr
                                                       ? make_file_transport(*sink, problem)
                                                       : FileTransport::open(settings.output.path);
    if (!transport) {
        return std::move(transport).error().within(place);
    }
    return Output{
        .encoder = make_encoder(encoder, std::move(columns).value(), settings.meter.flow.time_unit),
        .transport = std::move(transport).value()};
}

}  // namespace

void MeterLane::finish(Tick now, EndReason reason) {
    outlet.set_when_full(WhenFull::kWait);
    shard().finish(now, reason);
    queue.close();
    outlet.wait_until_empty();
}

Result<std::unique_ptr<ExportLine>> ExportLine::open(
    const Settings& settings, std::uint32_t workers, RowOrder order
) {
    note_memory(settings.meter);
    const bool ordered = order == RowOrder::kByMomentAndKey;
    const FlowIdentity identity{.live = !ordered, .random = random_seed()};
    std::unique_ptr<ExportLine> line(new ExportLine);  // private constructor
    Result<Output> output = open_output(settings, line->problem_);
    if (!output) {
        return std::move(output).error();
    }
    SinkOptions options{// A file's reader may wait for its output; who reads an interface may not.
                        .thread = ordered && workers == 1 ? SinkThread::kWorker : SinkThread::kOwn,
                        .ordered = ordered,
                        .max_records = settings.max_nflows};
    if (!settings.sinks.empty()) {
        options.queue_records = queue_records(
            settings.sinks.front().queue_memory, layout_of(settings.meter).bytes, workers
        );
    }
    line->sink_ = std::make_unique<Sink>(
        options, workers, std::move(output.value().encoder), std::move(output.value().transport)
    );
    for (std::uint32_t worker = 0; worker < workers; ++worker) {
        auto lane = std::make_unique<MeterLane>(
            line->sink_->queue(worker), ordered ? WhenFull::kWait : WhenFull::kDropNewest
        );
        lane->flows_capacity = share_of(settings.meter.flow.max_flows, worker, workers);
        Result<std::unique_ptr<Meter>> meter = Meter::open(
            settings.meter,
            lane->flows_capacity,
            {.live = identity.live, .random = identity.random, .worker = worker},
            lane->outlet
        );
        if (!meter) {
            return std::move(meter).error();
        }
        lane->meter = std::move(meter).value();
        lane->outlet.attach(lane->shard());
        line->lanes_.push_back(std::move(lane));
    }
    line->sink_->start(context_of(settings, *line->lanes_.front()->meter));
    return line;
}

void ExportLine::change(const Settings& fresh) {
    if (!fresh.sinks.empty()) {
        sink_->change(rotation_of(fresh.sinks.front()));
    }
}

SinkReading ExportLine::read_sink() const {
    return flowgauge::read_sink(*sink_, [this](std::size_t worker) -> const QueueOutlet& {
        return lanes_[worker]->outlet;
    });
}

void ExportLine::sum_up(RunSummary& summary) const {
    for (const std::unique_ptr<MeterLane>& lane : lanes_) {
        summary.add(lane->meter->shard().counters());
        summary.add(lane->meter->dissection());
        summary.records_queue_full += lane->outlet.dropped();
    }
    summary.set(sink_->counters());
}

Result<void> report(const RunSummary& summary, const std::string& path) {
    const std::string text = to_text(summary);
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
    if (path.empty()) {
        return {};
    }
    Result<std::unique_ptr<Transport>> file = FileTransport::open(path);
    if (!file) {
        return std::move(file).error().within("summary");
    }
    if (Result<void> written = file.value()->close(to_json(summary)); !written) {
        return std::move(written).error().within("summary");
    }
    return {};
}

}  // namespace flowgauge
