// Where workers run and where their memory lies: which CPUs and NUMA nodes there are, the plan for
// an input, and what a thread does to keep to it.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// CPUs that a list may name, from 0; the kernel knows at most 8192.
constexpr std::uint32_t kCpusMax = 8192;

// The CPUs of "0-3,8", ascending; nothing for any other text.
[[nodiscard]] std::optional<std::vector<std::uint32_t>> parse_cpu_list(std::string_view text);

struct NumaNode {
    std::uint32_t id = 0;
    std::vector<std::uint32_t> cpus;  // ascending
};

struct CpuTopology {
    std::vector<std::uint32_t> online;                 // CPUs, ascending
    std::vector<NumaNode> nodes;                       // empty where the kernel has no NUMA
    std::vector<std::vector<std::uint32_t>> siblings;  // threads of one core, cores of several only

    [[nodiscard]] std::optional<std::uint32_t> node_of(std::uint32_t cpu) const noexcept;
};

// Reads `sysfs`/devices/system. Errors: kSystem when not even the CPUs are listed there.
[[nodiscard]] Result<CpuTopology> read_topology(const std::filesystem::path& sysfs = "/sys");

// The NUMA node that the interface is attached to; nothing for one that is not made of hardware.
[[nodiscard]] std::optional<std::uint32_t> interface_node(
    const std::string& interface, const std::filesystem::path& sysfs = "/sys"
);

// CPUs on which the calling thread may run (sched_getaffinity(2)), ascending.
[[nodiscard]] std::vector<std::uint32_t> allowed_cpus();

struct PlacementRequest {
    std::uint32_t workers = 1;
    std::vector<std::uint32_t> cpus;              // one a worker, or empty: the scheduler decides
    std::vector<std::uint32_t> allowed;           // allowed_cpus()
    std::optional<std::uint32_t> interface_node;  // interface_node()
};

// What one thread keeps to; nothing: whatever the kernel decides.
struct WorkerPlacement {
    std::optional<std::uint32_t> cpu;
    std::optional<std::uint32_t> memory_node;  // preferred, not demanded
};

struct PlacementPlan {
    std::vector<WorkerPlacement> workers;
    std::optional<std::uint32_t> ring_node;  // preferred for rings (CaptureOptions::memory_node)
    std::vector<std::string> notes;          // what the operator should know, a sentence each
};

// Nobody is pinned without being asked. With several nodes, rings lie on the interface's, and so
// does the memory of workers, but for those that are pinned elsewhere: theirs lies beside them.
// Errors: kUsage for a number of CPUs that is not that of the workers, and for a CPU that is not
// online or not allowed.
[[nodiscard]] Result<PlacementPlan> plan_placement(
    const PlacementRequest& request, const CpuTopology& topology
);

// Pins the calling thread and sets its memory policy. Errors: kSystem; the thread then runs on
// with what could be done, so a failure is a note.
[[nodiscard]] Result<void> apply_placement(const WorkerPlacement& placement);

// Lets what the calling thread allocates, in the kernel too, come from `node` first; nothing: as
// the kernel decides. Errors: kSystem.
[[nodiscard]] Result<void> prefer_memory_node(std::optional<std::uint32_t> node);

}  // namespace flowgauge
