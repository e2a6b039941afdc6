// LineSink: one sink of a run, made of what the operator set, and what the rest of the program
// knows of it.
#pragma once

#include "config/settings.h"
#include "core/base/result.h"
#include "export/sink/sink.h"
#include "pipeline/sink_parts.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace flowgauge {

// What all sinks of a run have in common.
struct LineOptions {
    std::uint32_t workers = 1;
    bool ordered = false;  // rows by moment and key: of `read`
    bool waits = false;    // all inputs are files: whoever makes records waits for the sinks
    std::shared_ptr<const ApplicationNames> application_names{};  // null without dissection
    std::shared_ptr<const InterfaceTable> interfaces{};           // null for files
    std::shared_ptr<const std::atomic<std::uint64_t>> ignored_packets{};
};

struct LineSink {
    std::string name;
    std::string type;         // a word for people: "file", "ipfix"
    std::string destination;  // a path, collectors, brokers
    std::shared_ptr<SinkProblem> problem = std::make_shared<SinkProblem>();
    std::unique_ptr<Sink> sink{};
    RotatingFile* file = nullptr;  // of the sink, if it writes one; used on its thread only

    MeterOptions meter{};  // of the records: they decide which columns there are

    // Whether change() can be carried out: the fresh settings may be right, but about records that
    // there are only after a restart.
    [[nodiscard]] Result<void> check(const SinkSettings& fresh) const;

    // What a reload may change. Requires: checked.
    void change(const SinkSettings& fresh) const;
};

// A sink of the configuration, or the output that stands for all of them. Errors: kUsage and
// kOutput with place, cause and remedy.
[[nodiscard]] Result<std::unique_ptr<LineSink>> open_sink(
    const SinkSettings& sink, const Settings& settings, const LineOptions& options
);

// Records that may be under way from one worker to its sink, when those of all workers may take
// `memory` bytes: a power of two, within the bounds of a queue.
[[nodiscard]] std::size_t queue_records(
    std::uint64_t memory, std::size_t cold_bytes, std::uint32_t workers
);

}  // namespace flowgauge
