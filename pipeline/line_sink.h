// LineSink: one sink of a run, made of what the operator set, and what the rest of the program
// knows of it.
#pragma once

#include "config/settings.h"
#include "core/base/result.h"
#include "export/file/rotating_file.h"
#include "export/sink/sink.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace flowgauge {

// Why a sink does not work at present; empty: it does. Thread: any.
class SinkProblem {
public:
    void set(std::string text);
    [[nodiscard]] std::string text() const;

private:
    mutable std::mutex mutex_;
    std::string text_;
};

// What all sinks of a run have in common.
struct LineOptions {
    std::uint32_t workers = 1;
    bool ordered = false;  // rows by moment and key: of `read`
    bool waits = false;    // all inputs are files: whoever makes records waits for the sinks
    std::shared_ptr<const ApplicationNames> application_names;  // null without dissection
};

struct LineSink {
    std::string name;
    std::string type;         // a word for people: "file", "ipfix"
    std::string destination;  // a path, collectors, brokers
    std::shared_ptr<SinkProblem> problem;
    std::unique_ptr<Sink> sink;
    RotatingFile* file = nullptr;  // of the sink, if it writes one; used on its thread only

    // What a reload may change.
    void change(const SinkSettings& fresh, const MeterOptions& meter);
};

// A sink of the configuration. Errors: kUsage and kOutput with place, cause and remedy.
[[nodiscard]] Result<std::unique_ptr<LineSink>> open_sink(
    const SinkSettings& sink, const Settings& settings, const LineOptions& options
);

// Where records go that no sink of a configuration takes: OutputSettings.
[[nodiscard]] Result<std::unique_ptr<LineSink>> open_output(
    const Settings& settings, const LineOptions& options
);

// What may change while records flow. `rotate_files` limits the number of files with
// `flows_per_file`, `keep` always; the smaller one holds.
[[nodiscard]] FileRotation rotation_of(const FileSettings& settings);

// Records that may be under way from one worker to its sink, when those of all workers may take
// `memory` bytes: a power of two, within the bounds of a queue.
[[nodiscard]] std::size_t queue_records(
    std::uint64_t memory, std::size_t cold_bytes, std::uint32_t workers
);

}  // namespace flowgauge
