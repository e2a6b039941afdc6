#include "visibility/events/event_sequence.h"

#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

constexpr auto kSynSent = static_cast<std::int32_t>(SocketState::kSynSent);
constexpr auto kClosed = static_cast<std::int32_t>(SocketState::kClose);
constexpr auto kListening = static_cast<std::int32_t>(SocketState::kListen);

// A connect(2) from a bound port to an end that the port is connected to already fails within a
// microsecond and before any packet, and would claim the connection of another. One that is refused
// takes some more, on loopback as well.
constexpr std::int64_t kNoPacketNs = 4'000;

}  // namespace

void EventSequence::take(const PerfRecord& record, bool certain, EventBatch& batch) {
    if (!certain && connects_.size() > 0) {
        batch.forgotten += connects_.size();
        connects_.clear();
    }
    switch (record.kind) {
    case PerfRecordKind::kStateChange:
        take_state_change(record, certain, batch);
        break;
    case PerfRecordKind::kFork:
        take_process(ProcessEventKind::kFork, record, batch);
        break;
    case PerfRecordKind::kExec:
        take_process(ProcessEventKind::kExec, record, batch);
        break;
    case PerfRecordKind::kProgram:
        take_program(record);
        break;
    case PerfRecordKind::kRename:
        take_process(ProcessEventKind::kRename, record, batch);
        break;
    case PerfRecordKind::kExit:
        take_process(ProcessEventKind::kExit, record, batch);
        break;
    case PerfRecordKind::kLost:
        batch.lost += record.lost;
        break;
    case PerfRecordKind::kUnread:
        ++batch.unread;
        break;
    case PerfRecordKind::kOther:
        break;
    }
}

// A pid of 0 or less is that of the idle task, of a process of another pid namespace or of one that
// is no more.
void EventSequence::take_state_change(const PerfRecord& record, bool certain, EventBatch& batch) {
    if (record.new_state == kSynSent && record.pid > 0) {
        if (certain) {
            const std::uint64_t before = connects_.evicted();
            connects_.put(record.socket, actor_of(record));
            batch.forgotten += connects_.evicted() - before;
        }
        return;
    }
    if (record.old_state == kSynSent) {
        if (const Connect* who = connects_.find(record.socket)) {
            const bool failed_at_once =
                record.new_state == kClosed && record.time - who->time < kNoPacketNs;
            if (!failed_at_once) {
                emit(SocketEventKind::kConnect, record, *who, batch);
            }
            connects_.erase(record.socket);
        }
        return;
    }
    if (record.new_state == kListening && record.pid > 0) {
        emit(SocketEventKind::kListen, record, actor_of(record), batch);
    }
}

// Port 0: a connection that failed before it had one, and before any packet; or a listener that is
// given one later, which the next look at the sockets shows.
void EventSequence::emit(
    SocketEventKind kind, const PerfRecord& record, const Connect& who, EventBatch& batch
) {
    if (record.key.local_port == 0) {
        return;
    }
    SocketEvent event;
    event.key = record.key;
    if (kind == SocketEventKind::kListen) {
        event.key.remote = {};
        event.key.remote_port = 0;
    }
    event.time = who.time;
    event.ended =
        kind == SocketEventKind::kConnect && record.new_state == kClosed ? record.time : 0;
    event.pid = who.pid;
    event.kind = kind;
    event.name = who.name;
    event.program = who.program;
    batch.sockets.push_back(std::move(event));
}

void EventSequence::take_process(
    ProcessEventKind kind, const PerfRecord& record, EventBatch& batch
) {
    if (record.pid <= 0) {
        return;
    }
    if (kind == ProcessEventKind::kExit) {
        names_.erase(record.pid);
        programs_.erase(record.pid);
    } else if (kind == ProcessEventKind::kFork) {
        // A pid that is used again must not keep the name of who had it.
        const CommText inherited = name_of(record.parent);
        names_.erase(record.pid);
        if (!text_of(inherited).empty()) {
            names_.put(record.pid, inherited);
        }
        programs_.fork(record.pid, record.parent);
    } else {
        names_.put(record.pid, record.name);
    }
    if (kind == ProcessEventKind::kExec) {
        programs_.exec(record.pid, record.name);
    }
    batch.processes.push_back(
        {.time = record.time,
         .pid = record.pid,
         .parent = record.parent,
         .kind = kind,
         .name = record.name}
    );
}

void EventSequence::take_program(const PerfRecord& record) {
    if (record.pid > 0) {
        const std::string_view path = record.path.text();
        programs_.exec(
            record.pid,
            record.time,
            program_of(record.name, path, record.path.whole ? path : std::string_view{})
        );
    }
}

CommText EventSequence::name_of(std::int32_t pid) {
    const CommText* name = names_.find(pid);
    return name == nullptr ? CommText{} : *name;
}

EventSequence::Connect EventSequence::actor_of(const PerfRecord& record) {
    const CommText name = name_of(record.pid);
    return {
        .time = record.time,
        .pid = record.pid,
        .name = name,
        .program = programs_.find(record.pid, record.time, name)};
}

}  // namespace flowgauge
