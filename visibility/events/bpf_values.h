// What BPF programs handed over, as values of the sensor.
#pragma once

#include "visibility/events/bpf_words.h"
#include "visibility/events/socket_event.h"
#include "visibility/sockets/socket_row.h"

namespace flowgauge {

[[nodiscard]] SocketKey key_of(const BpfEnds& ends) noexcept;

// Requires: `name` is 16 characters, the last of them zero.
[[nodiscard]] CommText comm_of(const char* name) noexcept;

// Appends the event to the list of its kind; what has no port yet, and kinds that are not known,
// are left out.
void append_event(const BpfEvent& event, EventBatch& batch);

}  // namespace flowgauge
