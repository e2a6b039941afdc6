#include "pipeline/file_sink.h"

#include "export/file/rotating_file.h"
#include "core/flow/flow.h"
#include "core/flow/flow_shard.h"
#include "service/log.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace flowgauge {
namespace {

// A worker announces records by 64 (export/sink/queue_outlet.h).
constexpr std::uint64_t kQueueRecordsMin = 64;

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

}  // namespace

void SinkProblem::set(std::string text) {
    const std::lock_guard lock(mutex_);
    text_ = std::move(text);
}

std::string SinkProblem::text() const {
    const std::lock_guard lock(mutex_);
    return text_;
}

FileRotation rotation_of(const FileSinkSettings& settings) {
    std::uint32_t keep = settings.keep;
    if (settings.flows_per_file != 0 && settings.rotate_files != 0) {
        keep = keep == 0 ? settings.rotate_files : std::min(keep, settings.rotate_files);
    }
    return {
        .rotate_every = settings.rotate_every, .rotate_size = settings.rotate_size, .keep = keep};
}

Result<std::unique_ptr<Transport>> make_file_transport(
    const FileSinkSettings& settings, std::shared_ptr<SinkProblem> problem
) {
    if (settings.path == "-") {
        return FileTransport::open(settings.path);
    }
    if (settings.encoder.format == RecordFormat::kTable) {
        return Error{
            ErrorKind::kUsage, settings.path + ": a table is for terminals; use csv or jsonl"};
    }
    if (problem == nullptr) {
        problem = std::make_shared<SinkProblem>();
    }
    return RotatingFile::open(
        {.path = settings.path,
         .rotation = rotation_of(settings),
         .flows_per_file = settings.flows_per_file,
         .min_free = settings.min_free,
         .sync = settings.sync,
         .quoted_newlines = settings.encoder.format == RecordFormat::kCsv &&
                            settings.encoder.csv_dialect == CsvDialect::kRfc4180,
         .tell =
             [sink = settings.name, problem](FileNews news, const std::string& text) {
                 say(sink, *problem, news, text);
             }}
    );
}

std::size_t queue_records(std::uint64_t memory, std::size_t cold_bytes, std::uint32_t workers) {
    const std::uint64_t record = sizeof(Flow) + cold_bytes;
    const std::uint64_t share = memory / record / std::max(workers, 1U);
    const std::uint64_t bounded =
        std::clamp(share, kQueueRecordsMin, ShardOptions{}.records_under_way_max);
    return std::bit_floor(bounded);
}

}  // namespace flowgauge
