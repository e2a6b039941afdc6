#include "pipeline/export_line.h"

#include "core/base/format.h"
#include "core/base/hash.h"
#include "core/meter/record_layout.h"
#include "core/record/column.h"
#include "export/sink/sink_reading.h"
#include "service/message.h"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

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

bool reads_files_only(const Settings& settings) {
    return !settings.inputs.empty() &&
           std::ranges::all_of(settings.inputs, [](const InputSettings& input) {
               return !input.files.empty();
           });
}

RecordContext context_of(const Settings& settings, const Meter& meter) {
    return {
        .layout = layout_of(settings.meter),
        .time_unit = settings.meter.flow.time_unit,
        .splt_analysis = settings.meter.splt_analysis,
        .application_names = meter.application_names()};
}

}  // namespace

void MeterLane::turn() {
    if (attribution != nullptr) {
        attribution->turn();
    }
    outlet.turn();
}

void MeterLane::finish(Tick now, EndReason reason) {
    outlet.set_waits(true);
    if (attribution != nullptr) {
        attribution->begin_to_finish(now);
    }
    shard().finish(now, reason);
    if (attribution != nullptr) {
        attribution->finish();
    }
    outlet.close();
    outlet.wait_until_empty();
}

Result<std::unique_ptr<ExportLine>> ExportLine::open(
    const Settings& settings, std::uint32_t workers, RowOrder order, std::unique_ptr<LineSink> only
) {
    note_memory(settings.meter);
    std::unique_ptr<ExportLine> line(new ExportLine);  // private constructor
    if (only != nullptr) {
        line->sinks_.push_back(std::move(only));
    }
    if (Result<void> opened = line->open_lanes(settings, workers, order); !opened) {
        return std::move(opened).error();
    }
    if (Result<void> opened = line->open_sinks(settings, workers, order); !opened) {
        return std::move(opened).error();
    }
    line->connect();
    const RecordContext context = context_of(settings, *line->lanes_.front()->meter);
    for (const std::unique_ptr<LineSink>& sink : line->sinks_) {
        sink->sink->start(context);
    }
    return line;
}

Result<void> ExportLine::open_sinks(
    const Settings& settings, std::uint32_t workers, RowOrder order
) {
    const bool ordered = order == RowOrder::kByMomentAndKey;
    if (!ordered && !reads_files_only(settings)) {
        interfaces_ = std::make_shared<InterfaceTable>(workers);
    }
    if (!sinks_.empty()) {
        return {};
    }
    const LineOptions options{
        .workers = workers,
        .ordered = ordered,
        .waits = ordered || reads_files_only(settings),
        .application_names = application_names(),
        .interfaces = interfaces_,
        .ignored_packets = ignored_packets_};
    const auto add = [this](Result<std::unique_ptr<LineSink>> opened) -> Result<void> {
        if (!opened) {
            return std::move(opened).error();
        }
        sinks_.push_back(std::move(opened).value());
        return {};
    };
    if (settings.sinks.empty()) {
        return add(open_sink(settings.output.sink, settings, options));
    }
    for (const SinkSettings& sink : settings.sinks) {
        if (Result<void> added = add(open_sink(sink, settings, options)); !added) {
            return added;
        }
    }
    return {};
}

Result<void> ExportLine::open_lanes(
    const Settings& settings, std::uint32_t workers, RowOrder order
) {
    const bool ordered = order == RowOrder::kByMomentAndKey;
    const std::uint64_t random = random_seed();
    for (std::uint32_t worker = 0; worker < workers; ++worker) {
        auto lane = std::make_unique<MeterLane>(ordered);
        lane->worker = worker;
        lane->flows_capacity = share_of(settings.meter.flow.max_flows, worker, workers);
        const FlowIdentity identity{.live = !ordered, .random = random, .worker = worker};
        if (Result<void> opened = open_lane(settings, *lane, identity); !opened) {
            return opened;
        }
        lanes_.push_back(std::move(lane));
    }
    return {};
}

// From the outlet back to the meter.
Result<void> ExportLine::open_lane(
    const Settings& settings, MeterLane& lane, const FlowIdentity& identity
) {
    RecordOutlet* outlet = &lane.outlet;
    if (settings.meter.extension != nullptr) {
        Result<std::unique_ptr<FlowExtension>> opened =
            settings.meter.extension->open(identity.worker);
        if (!opened) {
            return std::move(opened).error();
        }
        lane.extension = std::move(opened).value();
        lane.completion = std::make_unique<ExtensionStage>(*lane.extension, *outlet);
        outlet = lane.completion.get();
    }
    if (settings.meter.attribution) {
        lane.attribution = std::make_unique<AttributionStage>(
            AttributionStage::Options{
                .place = *layout_of(settings.meter).attribution,
                .time_unit = settings.meter.flow.time_unit,
                .end_on_tcp = settings.meter.flow.end_on_tcp,
                .held_max = kRecordsHeldMax},
            *outlet
        );
        outlet = lane.attribution.get();
    }
    Result<std::unique_ptr<Meter>> meter =
        Meter::open(settings.meter, lane.flows_capacity, identity, *outlet, lane.extension.get());
    if (!meter) {
        return std::move(meter).error();
    }
    lane.meter = std::move(meter).value();
    if (lane.extension != nullptr) {
        lane.extension->begin(context_of(settings, *lane.meter));
    }
    if (lane.attribution != nullptr) {
        lane.attribution->attach(lane.shard());
        lane.outlet.attach(*lane.attribution);
    } else {
        lane.outlet.attach(lane.shard());
    }
    return {};
}

void ExportLine::connect() {
    for (std::size_t worker = 0; worker < lanes_.size(); ++worker) {
        std::vector<RecordQueue*> queues;
        for (const std::unique_ptr<LineSink>& sink : sinks_) {
            queues.push_back(&sink->sink->queue(worker));
        }
        lanes_[worker]->outlet.connect(queues);
    }
}

Sink::State ExportLine::state() const noexcept {
    Sink::State state = Sink::State::kFull;
    for (const std::unique_ptr<LineSink>& sink : sinks_) {
        switch (sink->sink->state()) {
        case Sink::State::kOpen:
            return Sink::State::kOpen;
        case Sink::State::kFailed:
            state = Sink::State::kFailed;
            break;
        case Sink::State::kFull:
            break;
        }
    }
    return state;
}

void ExportLine::flush() {
    for (const std::unique_ptr<LineSink>& sink : sinks_) {
        sink->sink->flush();
    }
}

void ExportLine::drain() noexcept {
    for (const std::unique_ptr<LineSink>& sink : sinks_) {
        sink->sink->drain();
    }
}

LineSink* ExportLine::find_sink(const std::string& name) const noexcept {
    const auto sink = std::ranges::find(sinks_, name, [](const auto& each) { return each->name; });
    return sink == sinks_.end() ? nullptr : sink->get();
}

Result<void> ExportLine::check(const Settings& fresh) const {
    for (const SinkSettings& settings : fresh.sinks) {
        const LineSink* sink = find_sink(settings.name);
        if (sink != nullptr) {
            if (Result<void> checked = sink->check(settings); !checked) {
                return checked;
            }
        }
    }
    return {};
}

void ExportLine::change(const Settings& fresh) {
    for (const SinkSettings& settings : fresh.sinks) {
        if (const LineSink* sink = find_sink(settings.name)) {
            sink->change(settings);
        }
    }
}

void ExportLine::reopen() {
    for (const std::unique_ptr<LineSink>& sink : sinks_) {
        sink->sink->reopen();
    }
}

Result<void> ExportLine::join() {
    Result<void> first;
    for (const std::unique_ptr<LineSink>& sink : sinks_) {
        Result<void> joined = sink->sink->join();
        if (!joined && first) {
            first = std::move(joined).error();
        }
    }
    return first;
}

SinkReading ExportLine::read_sink(std::size_t sink) const {
    return flowgauge::read_sink(
        *sinks_[sink]->sink,
        sink,
        [this](std::size_t worker) -> const QueueOutlet& { return lanes_[worker]->outlet; }
    );
}

void ExportLine::sum_up(RunSummary& summary) const {
    for (const std::unique_ptr<MeterLane>& lane : lanes_) {
        summary.add(lane->meter->shard().counters());
        summary.add(lane->meter->dissection());
    }
    for (std::size_t i = 0; i < sinks_.size(); ++i) {
        std::uint64_t queue_full = 0;
        for (const std::unique_ptr<MeterLane>& lane : lanes_) {
            queue_full += lane->outlet.dropped(i);
        }
        summary.add(
            {.name = sinks_[i]->name,
             .counters = sinks_[i]->sink->counters(),
             .records_queue_full = queue_full}
        );
    }
}

Result<void> report(const RunSummary& summary, const std::string& path) {
    const std::string text = to_text(summary);
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
    if (path.empty()) {
        return {};
    }
    errno = 0;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << to_json(summary) << std::flush;
    if (!file) {
        const std::string reason = std::generic_category().message(errno != 0 ? errno : EIO);
        return Error{ErrorKind::kOutput, "summary: " + path + ": " + reason};
    }
    return {};
}

}  // namespace flowgauge
