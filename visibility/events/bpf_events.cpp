#include "visibility/events/bpf_events.h"

#include "core/base/format.h"
#include "visibility/events/bpf_object.h"
#include "visibility/events/bpf_values.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <string_view>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kRecordsMax = 65'536;  // of one drain

// Between a program's clock and its record lies less than this.
constexpr std::int64_t kVisibleAfter = 2'000'000;  // ns

constexpr std::string_view kConnects = "tcp_state";
constexpr std::string_view kSenders = "udp_send";
constexpr std::array<std::string_view, 6> kPrograms{
    kConnects, kSenders, "process_fork", "process_exec", "process_rename", "process_exit"};

struct RingCloser {
    void operator()(ring_buffer* ring) const noexcept { ::ring_buffer__free(ring); }
};
using Ring = std::unique_ptr<ring_buffer, RingCloser>;

[[nodiscard]] std::int64_t now() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// Where the callback puts what it gets, and what it knows from earlier drains.
struct Taken {
    ProgramTable programs;
    EventBatch* batch = nullptr;
    std::size_t records = 0;
};

int take(void* context, void* data, std::size_t bytes) {
    auto& taken = *static_cast<Taken*>(context);
    append_event({static_cast<const std::uint8_t*>(data), bytes}, taken.programs, *taken.batch);
    return ++taken.records < kRecordsMax ? 0 : -ENOSPC;
}

class BpfEvents final : public EventSource {
public:
    // Requires: as open() made them.
    BpfEvents(BpfObject object, std::vector<BpfLink> links, bool tells_udp)
        : object_(std::move(object)),
          links_(std::move(links)),
          tells_udp_(tells_udp) {}

    // Returns errno.
    [[nodiscard]] int map_memory() {
        const bpf_map* events = ::bpf_object__find_map_by_name(object_.get(), "events");
        const bpf_map* values = ::bpf_object__find_map_by_name(object_.get(), ".bss");
        std::size_t bytes = 0;
        if (values != nullptr) {
            lost_ = static_cast<const std::uint64_t*>(::bpf_map__initial_value(
                // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): libbpf 1.1 has it so
                const_cast<bpf_map*>(values),
                &bytes
            ));
        }
        if (events == nullptr || lost_ == nullptr || bytes < sizeof *lost_) {
            return ENOENT;
        }
        ring_.reset(::ring_buffer__new(::bpf_map__fd(events), take, &taken_, nullptr));
        return ring_ == nullptr ? errno : 0;
    }

    bool drain(EventBatch& batch) override {
        const std::int64_t complete = now() - kVisibleAfter;
        const auto sockets_before = static_cast<std::ptrdiff_t>(batch.sockets.size());
        const auto processes_before = static_cast<std::ptrdiff_t>(batch.processes.size());
        taken_.batch = &batch;
        taken_.records = 0;
        const bool more = ::ring_buffer__consume(ring_.get()) == -ENOSPC;
        // A processor takes its place in the ring a moment after the time of its record.
        std::ranges::stable_sort(
            batch.sockets.begin() + sockets_before, batch.sockets.end(), {}, &SocketEvent::time
        );
        std::ranges::stable_sort(
            batch.processes.begin() + processes_before,
            batch.processes.end(),
            {},
            &ProcessEvent::time
        );
        const std::uint64_t lost = __atomic_load_n(lost_, __ATOMIC_RELAXED);
        batch.lost += lost - lost_before_;
        lost_before_ = lost;
        complete_ = more ? complete_ : std::max(complete_, complete);
        batch.complete = complete_;
        return more;
    }

    [[nodiscard]] std::string_view name() const noexcept override { return "bpf"; }
    [[nodiscard]] bool tells_udp() const noexcept override { return tells_udp_; }

private:
    BpfObject object_;
    std::vector<BpfLink> links_;
    Ring ring_;
    Taken taken_;
    const std::uint64_t* lost_ = nullptr;  // counts up, in memory of the program
    std::uint64_t lost_before_ = 0;
    std::int64_t complete_ = 0;
    bool tells_udp_;
};

// Which programs this host takes, each tried alone. Errors: not even the one that all is about.
[[nodiscard]] Result<std::vector<std::string>> accepted_programs(std::vector<std::string>& notes) {
    std::vector<std::string> accepted;
    for (const std::string_view name : kPrograms) {
        const std::string program(name);
        Result<BpfObject> loaded = load_bpf(events_program(), {program});
        if (!loaded && name == kConnects) {
            return std::move(loaded.error());
        }
        if (!loaded) {
            notes.push_back(format(
                "events by bpf, without {}: {}",
                name == kSenders ? "senders of UDP (Linux has them since 6.3)"
                                 : "some of processes",
                loaded.error().message
            ));
            continue;
        }
        accepted.push_back(program);
    }
    return accepted;
}

}  // namespace

bool has_bpf() noexcept {
    return true;
}

Result<std::unique_ptr<EventSource>> open_bpf_events(std::vector<std::string>& notes) {
    if (Result<void> pids = require_pids_of_machine(); !pids) {
        return std::move(pids.error());
    }
    Result<std::vector<std::string>> programs = accepted_programs(notes);
    if (!programs) {
        return std::move(programs.error());
    }
    Result<BpfObject> object = load_bpf(events_program(), programs.value());
    if (!object) {
        return std::move(object.error());
    }
    std::vector<BpfLink> links;
    for (const std::string& program : programs.value()) {
        Result<BpfLink> link = attach_bpf(object.value().get(), program);
        if (!link) {
            return std::move(link.error());
        }
        links.push_back(std::move(link.value()));
    }
    const bool tells_udp = std::ranges::find(programs.value(), kSenders) != programs.value().end();
    auto source =
        std::make_unique<BpfEvents>(std::move(object.value()), std::move(links), tells_udp);
    if (const int error = source->map_memory(); error != 0) {
        return Error{
            ErrorKind::kSystem,
            format("memory of BPF for events: {}", std::generic_category().message(error))};
    }
    return std::unique_ptr<EventSource>(std::move(source));
}

}  // namespace flowgauge
