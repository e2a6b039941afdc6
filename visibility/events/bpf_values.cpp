#include "visibility/events/bpf_values.h"

#include "visibility/events/socket_ends.h"

#include <cstring>

namespace flowgauge {
namespace {

constexpr std::uint16_t kFamilyV4 = 2;

void append_socket(SocketEventKind kind, const BpfEvent& told, EventBatch& batch) {
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
    batch.sockets.push_back(event);
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
        set_v6_ends(key, ipv6_address(ends.local), ipv6_address(ends.remote));
    }
    return key;
}

CommText comm_of(const char* name) noexcept {
    CommText text{};
    std::memcpy(text.data(), name, text.size() - 1);
    return text;
}

void append_event(const BpfEvent& event, EventBatch& batch) {
    switch (event.kind) {
    case kBpfEventConnect:
        append_socket(SocketEventKind::kConnect, event, batch);
        break;
    case kBpfEventListen:
        append_socket(SocketEventKind::kListen, event, batch);
        break;
    case kBpfEventSend:
        append_socket(SocketEventKind::kSend, event, batch);
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
