// EventSequence: makes socket and process events out of a sequence of records.
#pragma once

#include "core/base/recent_map.h"
#include "visibility/events/perf_record.h"
#include "visibility/events/program_table.h"
#include "visibility/events/socket_event.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace flowgauge {

// A connection has its process when it is asked for (SYN_SENT, in the context of the process) and
// its port only when that state ends, in the context of whoever ran. In between it is remembered by
// the kernel's address of the socket. Thread: one.
class EventSequence {
public:
    static constexpr std::size_t kConnectsMax = 65'536;
    static constexpr std::size_t kNamesMax = 65'536;

    // Takes the next record in the order of time; appends what it means. `certain`: no record
    // between this one and the last was lost. Where one may be, what is remembered of sockets is
    // forgotten: the kernel uses an address again, and the wrong process would be named.
    void take(const PerfRecord& record, bool certain, EventBatch& batch);

    [[nodiscard]] std::size_t waiting() const noexcept { return connects_.size(); }

private:
    // A connection that was asked for.
    struct Connect {
        std::int64_t time = 0;
        std::int32_t pid = -1;
        CommText name{};
        std::shared_ptr<const Program> program;
    };

    void take_state_change(const PerfRecord& record, bool certain, EventBatch& batch);
    static void emit(
        SocketEventKind kind, const PerfRecord& record, const Connect& who, EventBatch& batch
    );
    void take_process(ProcessEventKind kind, const PerfRecord& record, EventBatch& batch);
    void take_program(const PerfRecord& record);
    [[nodiscard]] CommText name_of(std::int32_t pid);
    [[nodiscard]] Connect actor_of(const PerfRecord& record);

    RecentMap<std::uint64_t, Connect> connects_{kConnectsMax};
    RecentMap<std::int32_t, CommText> names_{kNamesMax};
    ProgramTable programs_;
};

}  // namespace flowgauge
