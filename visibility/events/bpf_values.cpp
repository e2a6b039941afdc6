#include "visibility/events/bpf_values.h"

#include "visibility/sockets/socket_ends.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::uint16_t kFamilyV4 = 2;

void append_socket(
    SocketEventKind kind, const BpfEvent& told, ProgramTable& programs, EventBatch& batch
) {
    if (told.ends.local_port == 0) {
        return;
    }
    SocketEvent event;
    event.key = key_of(told.ends);
    if (kind == SocketEventKind::kListen) {
        event.key.remote = {};
        event.key.remote_port = 0;
    }
    event.time = static_cast<std::int64_t>(told.time);
    event.pid = static_cast<std::int32_t>(told.pid);
    event.uid = told.uid;
    event.cookie = told.cookie;
    event.cgroup_id = told.cgroup_id;
    event.name_space = told.name_space;
    event.kind = kind;
    event.name = comm_of(told.name);
    event.program = programs.find(event.pid, event.time, event.name);
    batch.sockets.push_back(std::move(event));
}

void append_process(ProcessEventKind kind, const BpfEvent& told, EventBatch& batch) {
    const bool named = kind == ProcessEventKind::kExec || kind == ProcessEventKind::kRename;
    batch.processes.push_back(
        {.time = static_cast<std::int64_t>(told.time),
         .pid = static_cast<std::int32_t>(told.pid),
         .parent = kind == ProcessEventKind::kFork ? static_cast<std::int32_t>(told.parent) : -1,
         .kind = kind,
         .name = named ? comm_of(told.name) : CommText{}}
    );
}

// Takes a text off the front; what a zero does not end is none.
[[nodiscard]] std::string_view take_text(std::string_view& texts) noexcept {
    const std::size_t end = texts.find('\0');
    const std::string_view text = texts.substr(0, end == std::string_view::npos ? 0 : end);
    texts.remove_prefix(std::min(text.size() + 1, texts.size()));
    return text;
}

// A process keeps its program when it ends: its sockets may be told of a moment later, and the next
// process with its number begins with a fork.
void keep_program(const BpfEvent& event, std::string_view texts, ProgramTable& programs) {
    const auto pid = static_cast<std::int32_t>(event.pid);
    if (event.kind == kBpfEventFork) {
        programs.fork(pid, static_cast<std::int32_t>(event.parent));
    } else if (event.kind == kBpfEventExec) {
        const std::string_view path = take_text(texts);
        const std::string_view argument = take_text(texts);
        programs.exec(
            pid,
            static_cast<std::int64_t>(event.time),
            program_of(comm_of(event.name), argument, path)
        );
    }
}

}  // namespace

SocketKey key_of(const BpfEnds& ends) noexcept {
    SocketKey key;
    key.protocol = ends.protocol;
    key.local_port = ends.local_port;
    key.remote_port = ends.remote_port;
    if (ends.family == kFamilyV4) {
        key.ip_version = 4;
        key.local = ipv4_address(ends.local);
        key.remote = ipv4_address(ends.remote);
    } else {
        set_ipv6_ends(key, ipv6_address(ends.local), ipv6_address(ends.remote));
    }
    return key;
}

CommText comm_of(const char* name) noexcept {
    CommText text{};
    std::memcpy(text.data(), name, text.size() - 1);
    return text;
}

void append_event(std::span<const std::uint8_t> record, ProgramTable& programs, EventBatch& batch) {
    BpfEvent event{};
    if (record.size() >= sizeof event) {
        std::memcpy(&event, record.data(), sizeof event);
        record = record.subspan(sizeof event);
    } else {
        record = {};
    }
    keep_program(event, {reinterpret_cast<const char*>(record.data()), record.size()}, programs);
    switch (event.kind) {
    case kBpfEventConnect:
        append_socket(SocketEventKind::kConnect, event, programs, batch);
        break;
    case kBpfEventListen:
        append_socket(SocketEventKind::kListen, event, programs, batch);
        break;
    case kBpfEventSend:
        append_socket(SocketEventKind::kSend, event, programs, batch);
        break;
    case kBpfEventFork:
        append_process(ProcessEventKind::kFork, event, batch);
        break;
    case kBpfEventExec:
        append_process(ProcessEventKind::kExec, event, batch);
        break;
    case kBpfEventRename:
        append_process(ProcessEventKind::kRename, event, batch);
        break;
    case kBpfEventExit:
        append_process(ProcessEventKind::kExit, event, batch);
        break;
    default:
        ++batch.unread;
    }
}

}  // namespace flowgauge
