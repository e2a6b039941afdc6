// RecordLayouts: where the kernel puts the fields of the tracepoints that perf listens to.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string_view>

namespace flowgauge {

// Offsets into the raw bytes of a record. Those of Linux 4.16 and later differ in nothing but the
// width of the protocol, and may differ in anything tomorrow.
struct StateChangeLayout {
    std::uint16_t socket = 8;      // 8 bytes
    std::uint16_t old_state = 16;  // 4 bytes
    std::uint16_t new_state = 20;
    std::uint16_t source_port = 24;  // 2 bytes, host order
    std::uint16_t destination_port = 26;
    std::uint16_t family = 28;     // 2 bytes
    std::uint16_t source_v4 = 32;  // 4 bytes, network order
    std::uint16_t destination_v4 = 36;
    std::uint16_t source_v6 = 40;  // 16 bytes
    std::uint16_t destination_v6 = 56;
    std::uint16_t bytes = 72;  // up to the end of the last of them

    friend bool operator==(const StateChangeLayout&, const StateChangeLayout&) = default;
};

// Of sched:sched_prepare_exec, or of sched:sched_process_exec, which does not tell what interprets
// a script. Both fields are 4 bytes that say where a text lies, __data_loc.
struct ProgramLayout {
    std::uint16_t type = 0;  // what the records begin with; 0: there are none
    std::uint16_t file = 0;  // that was to be executed
    std::uint16_t path = 0;  // of the program that runs then: of a script, what interprets it
    std::uint16_t bytes = 0;

    friend bool operator==(const ProgramLayout&, const ProgramLayout&) = default;
};

struct RecordLayouts {
    StateChangeLayout state_change;
    ProgramLayout program;
};

// Read the text of the tracepoint's file `format` in tracefs. Errors: a field is missing, has
// another width, or lies farther back than a record is long.
[[nodiscard]] Result<StateChangeLayout> read_state_change_layout(std::string_view format_text);
[[nodiscard]] Result<ProgramLayout> read_program_layout(
    std::uint16_t type, std::string_view format_text
);

}  // namespace flowgauge
