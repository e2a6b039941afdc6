#include "visibility/events/event_source.h"

#include "core/base/result.h"
#include "visibility/events/bpf_events.h"
#include "visibility/events/perf_events.h"

#include <utility>

namespace flowgauge {
namespace {

// Why there is no source, as one more note.
[[nodiscard]] std::unique_ptr<EventSource> taken(
    Result<std::unique_ptr<EventSource>> opened, const char* kind, std::vector<std::string>& notes
) {
    if (opened) {
        return std::move(opened.value());
    }
    notes.push_back(std::string("no events by ") + kind + ": " + opened.error().message);
    return nullptr;
}

}  // namespace

std::unique_ptr<EventSource> open_event_source(EventMode mode, std::vector<std::string>& notes) {
    std::unique_ptr<EventSource> source;
    // That a build has no BPF is no news unless BPF is asked for.
    if (mode == EventMode::kBpf || (mode == EventMode::kAuto && has_bpf())) {
        source = taken(open_bpf_events(notes), "bpf", notes);
    }
    if (source == nullptr && (mode == EventMode::kPerf || mode == EventMode::kAuto)) {
        source = taken(open_perf_events({}, notes), "perf", notes);
    }
    return source;
}

}  // namespace flowgauge
