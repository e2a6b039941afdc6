// find_tracepoints(): what the kernel's file system of tracepoints says of those that we want.
#pragma once

#include "core/base/result.h"
#include "visibility/events/tracepoint_layout.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

struct Tracepoints {
    std::uint64_t state_change = 0;  // number of sock:inet_sock_set_state
    std::uint64_t program = 0;       // of the one that layouts.program is of; 0: none
    RecordLayouts layouts;
};

// Looks in the first of the directories that is mounted. Errors: none of them is, the files may not
// be read, the kernel has no tracepoint of TCP's states or another than we know; with the remedy.
// Where that of programs is missing alone, `notes` has a sentence more.
[[nodiscard]] Result<Tracepoints> find_tracepoints(
    const std::vector<std::string>& directories, std::vector<std::string>& notes
);

// What is missing where the tracepoint of programs cannot be used, and the cause.
[[nodiscard]] std::string note_without_programs(std::string_view cause);

}  // namespace flowgauge
