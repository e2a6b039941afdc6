// ProcessReader: what /proc tells of one process, as one picture of that very process.
//
// All is read through one open /proc/PID, which stays that process's: reads fail once it has ended,
// and never tell of another one with the same pid. Thread: one.
#pragma once

#include "core/attribution/attribution.h"
#include "visibility/processes/proc_root.h"
#include "visibility/processes/process_text.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace flowgauge {

struct ProcessFacts {
    ProcessIdentity identity;
    SocketOwner owner;  // without the user's name
};

class ProcessReader {
public:
    static constexpr std::size_t kCommandLineBytesMax = 4'096;

    // Requires: `root` outlives this.
    explicit ProcessReader(const ProcRoot& root, bool command_lines = false)
        : root_(&root),
          command_lines_(command_lines) {}

    // Everything; what may not be read stays empty, also what there was no time to read before the
    // process ended. Nothing: it had ended before anything was read.
    [[nodiscard]] std::optional<ProcessFacts> read(std::int32_t pid);

    // Which process has this pid and its name as SocketOwner has it, nothing else. Cost: one file,
    // seldom two.
    struct NameAlone {
        ProcessIdentity identity;
        std::string name;
    };
    [[nodiscard]] std::optional<NameAlone> read_name(std::int32_t pid);

    [[nodiscard]] std::uint64_t denied() const noexcept { return denied_; }
    [[nodiscard]] std::uint64_t vanished() const noexcept { return vanished_; }

private:
    // The beginning of /proc/PID/stat; views of stat_.
    [[nodiscard]] std::optional<ProcessStat> read_stat(int directory);
    void read_rest(int directory, std::int32_t pid, const ProcessStat& stat, SocketOwner& owner);
    void read_program(int directory, const std::string& prefix, SocketOwner& owner);
    void read_cgroup(int directory, SocketOwner& owner);
    [[nodiscard]] LookOutcome read_text(int directory, const char* path, std::size_t bytes_max);

    const ProcRoot* root_;
    bool command_lines_;
    DirectoryNames names_;
    std::string stat_;
    std::string text_;  // what else was read last
    std::uint64_t denied_ = 0;
    std::uint64_t vanished_ = 0;
};

}  // namespace flowgauge
