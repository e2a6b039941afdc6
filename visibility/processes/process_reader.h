// ProcessReader: what /proc tells of one process, as one picture of that very process.
//
// All is read through one open /proc/PID, which stays that process's: reads fail once it has ended,
// and never tell of another one with the same pid. Thread: one.
#pragma once

#include "core/attribution/attribution.h"
#include "visibility/processes/proc_root.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace flowgauge {

struct ProcessFacts {
    ProcessIdentity identity;
    std::int32_t parent = -1;
    SocketOwner owner;  // without the user's name
};

class ProcessReader {
public:
    static constexpr std::size_t kCommandLineBytesMax = 4'096;

    // Requires: `root` outlives this.
    explicit ProcessReader(const ProcRoot& root, bool command_lines = false)
        : root_(&root),
          command_lines_(command_lines) {}

    // Everything; what may not be read stays empty. Nothing when the process ended meanwhile.
    [[nodiscard]] std::optional<ProcessFacts> read(std::int32_t pid);

    // The name alone, in the spelling of SocketOwner, and when the process started.
    struct NameAlone {
        std::uint64_t start_time = 0;
        std::string name;
    };
    [[nodiscard]] std::optional<NameAlone> read_name(std::int32_t pid);

    [[nodiscard]] std::uint64_t denied() const noexcept { return denied_; }
    [[nodiscard]] std::uint64_t vanished() const noexcept { return vanished_; }

private:
    [[nodiscard]] bool read(int directory, const char* path, std::size_t bytes_max);
    [[nodiscard]] std::string read_name_at(int directory, bool exited);
    void read_program(int directory, bool exited, SocketOwner& owner);
    void read_cgroup(int directory, SocketOwner& owner);
    [[nodiscard]] std::string live_thread(int directory);

    const ProcRoot* root_;
    bool command_lines_;
    std::string text_;  // what was read last
    std::uint64_t denied_ = 0;
    std::uint64_t vanished_ = 0;
};

}  // namespace flowgauge
