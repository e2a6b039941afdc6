// What BPF programs handed over, as values of the sensor.
#pragma once

#include "visibility/events/bpf_words.h"
#include "visibility/events/program_table.h"
#include "visibility/events/socket_event.h"
#include "visibility/sockets/socket_row.h"

#include <cstdint>
#include <span>

namespace flowgauge {

[[nodiscard]] SocketKey key_of(const BpfEnds& ends) noexcept;

// Requires: `name` is 16 characters, the last of them zero.
[[nodiscard]] CommText comm_of(const char* name) noexcept;

// Appends the event to the list of its kind, or keeps in mind what it says of programs; what has no
// port yet is left out, and what makes no sense counted. `record`: of the ring, of any length.
void append_event(std::span<const std::uint8_t> record, ProgramTable& programs, EventBatch& batch);

}  // namespace flowgauge
