// ProgramTable: which program each process runs, as records of exec and fork tell it.
#pragma once

#include "core/base/recent_map.h"
#include "visibility/events/socket_event.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace flowgauge {

// "/usr/bin/curl": "curl".
[[nodiscard]] std::string_view last_component(std::string_view path) noexcept;

// Of a process that the kernel called `name` at its exec, by its first argument and the path of the
// program, empty where it is not known.
[[nodiscard]] Program program_of(
    const CommText& name, std::string_view argument, std::string_view path
);

// Thread: one. Memory: about 10 MB where all paths are as long as may be, as a rule 3.
class ProgramTable {
public:
    static constexpr std::size_t kProgramsMax = 16'384;

    void exec(std::int32_t pid, std::int64_t time, Program program);

    // A process with this name was executed, of which no more is known yet, or was known before.
    void exec(std::int32_t pid, const CommText& name);

    void fork(std::int32_t pid, std::int32_t parent);

    void erase(std::int32_t pid) { programs_.erase(pid); }

    // What the process ran at that time. Null: not known; or not under this name, so that it has
    // given itself another since, or the number has become that of another process unnoticed.
    [[nodiscard]] std::shared_ptr<const Program> find(
        std::int32_t pid, std::int64_t time, const CommText& name
    );

private:
    struct Running {
        std::int64_t since = 0;
        std::shared_ptr<const Program> program;
    };

    RecentMap<std::int32_t, Running> programs_{kProgramsMax};
};

}  // namespace flowgauge
