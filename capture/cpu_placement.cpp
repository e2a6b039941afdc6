#include "capture/cpu_placement.h"

#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <fstream>
#include <memory>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kNodesMax = 1024;  // the kernel's bound (NODES_SHIFT)

std::optional<std::uint32_t> parse_number(std::string_view text) {
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    return failure == std::errc{} && stop == end ? std::optional(number) : std::nullopt;
}

std::optional<std::string> read_line(const fs::path& path) {
    std::ifstream file(path);
    std::string line;
    return std::getline(file, line) ? std::optional(line) : std::nullopt;
}

std::vector<std::uint32_t> read_list(const fs::path& path) {
    const std::optional<std::string> line = read_line(path);
    return line ? parse_cpu_list(*line).value_or(std::vector<std::uint32_t>())
                : std::vector<std::uint32_t>();
}

bool contains(std::span<const std::uint32_t> ascending, std::uint32_t number) {
    return std::ranges::binary_search(ascending, number);
}

std::string list_text(std::span<const std::uint32_t> numbers) {
    std::string text;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        std::size_t last = i;  // of the range that begins here
        while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) {
            ++last;
        }
        text += text.empty() ? "" : ",";
        text += std::to_string(numbers[i]);
        text += last == i ? "" : "-" + std::to_string(numbers[last]);
        i = last;
    }
    return text.empty() ? "none" : text;
}

Error refused(const char* what, int number) {
    return Error{
        ErrorKind::kSystem, std::string(what) + ": " + std::system_category().message(number)};
}

Result<void> check(const PlacementRequest& request, const CpuTopology& topology) {
    if (!request.cpus.empty() && request.cpus.size() != request.workers) {
        return Error{
            ErrorKind::kUsage,
            "cpus names " + std::to_string(request.cpus.size()) + " CPUs for " +
                std::to_string(request.workers) +
                " workers; name one a worker, or none and the scheduler decides"};
    }
    for (const std::uint32_t cpu : request.cpus) {
        if (!contains(topology.online, cpu)) {
            return Error{
                ErrorKind::kUsage,
                "cpus: there is no CPU " + std::to_string(cpu) +
                    "; online: " + list_text(topology.online)};
        }
        if (!contains(request.allowed, cpu)) {
            return Error{
                ErrorKind::kUsage,
                "cpus: this process may not run on CPU " + std::to_string(cpu) + "; allowed: " +
                    list_text(request.allowed) + " (CPUAffinity= and AllowedCPUs= of the unit)"};
        }
    }
    return {};
}

// What is possible and probably not meant.
std::vector<std::string> notes_for(const PlacementRequest& request, const CpuTopology& topology) {
    std::vector<std::string> notes;
    std::vector<std::uint32_t> cpus = request.cpus;
    std::ranges::sort(cpus);
    if (const auto twice = std::ranges::adjacent_find(cpus); twice != cpus.end()) {
        notes.push_back("cpus names CPU " + std::to_string(*twice) + " for several workers");
    }
    for (const std::vector<std::uint32_t>& core : topology.siblings) {
        std::vector<std::uint32_t> used;
        std::ranges::set_intersection(core, cpus, std::back_inserter(used));
        used.erase(std::unique(used.begin(), used.end()), used.end());
        if (used.size() > 1) {
            notes.push_back("cpus " + list_text(used) + " are threads of one core");
        }
    }
    const bool has_node = request.interface_node && topology.nodes.size() > 1;
    for (const std::uint32_t cpu : cpus) {
        const auto node = topology.node_of(cpu);
        if (has_node && node && *node != *request.interface_node) {
            notes.push_back(
                "CPU " + std::to_string(cpu) + " is on NUMA node " + std::to_string(*node) +
                ", the interface on node " + std::to_string(*request.interface_node)
            );
        }
    }
    return notes;
}

}  // namespace

std::optional<std::vector<std::uint32_t>> parse_cpu_list(std::string_view text) {
    std::vector<std::uint32_t> cpus;
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
        text.remove_suffix(1);
    }
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view range = text.substr(0, comma);
        const std::size_t dash = range.find('-');
        const auto first = parse_number(range.substr(0, dash));
        const auto last =
            dash == std::string_view::npos ? first : parse_number(range.substr(dash + 1));
        const bool is_list = comma + 1 != text.size();  // no comma at the end
        if (!first || !last || *last < *first || *last >= kCpusMax || !is_list) {
            return std::nullopt;
        }
        for (std::uint32_t cpu = *first; cpu <= *last; ++cpu) {
            cpus.push_back(cpu);
        }
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    std::ranges::sort(cpus);
    cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
    return cpus;
}

std::optional<std::uint32_t> CpuTopology::node_of(std::uint32_t cpu) const noexcept {
    const auto found = std::ranges::find_if(nodes, [cpu](const NumaNode& node) {
        return contains(node.cpus, cpu);
    });
    return found == nodes.end() ? std::nullopt : std::optional(found->id);
}

Result<CpuTopology> read_topology(const fs::path& sysfs) {
    const fs::path system = sysfs / "devices/system";
    CpuTopology topology;
    topology.online = read_list(system / "cpu/online");
    if (topology.online.empty()) {
        return Error{
            ErrorKind::kSystem, "cannot read CPUs from " + (system / "cpu/online").string()};
    }
    for (const std::uint32_t id : read_list(system / "node/online")) {
        const fs::path cpus = system / "node" / ("node" + std::to_string(id)) / "cpulist";
        topology.nodes.push_back({.id = id, .cpus = read_list(cpus)});
    }
    for (const std::uint32_t cpu : topology.online) {
        const fs::path of_cpu = system / "cpu" / ("cpu" + std::to_string(cpu));
        std::vector<std::uint32_t> core = read_list(of_cpu / "topology/thread_siblings_list");
        if (core.size() > 1 && core.front() == cpu) {
            topology.siblings.push_back(std::move(core));
        }
    }
    return topology;
}

std::optional<std::uint32_t> interface_node(const std::string& interface, const fs::path& sysfs) {
    const auto line = read_line(sysfs / "class/net" / interface / "device/numa_node");
    return line ? parse_number(*line) : std::nullopt;  // -1: the device belongs to no node
}

std::vector<std::uint32_t> allowed_cpus() {
    const auto free_set = [](cpu_set_t* set) {
        CPU_FREE(set);
    };
    const std::unique_ptr<cpu_set_t, decltype(free_set)> set(CPU_ALLOC(kCpusMax), free_set);
    const std::size_t bytes = CPU_ALLOC_SIZE(kCpusMax);
    std::vector<std::uint32_t> cpus;
    CPU_ZERO_S(bytes, set.get());
    if (::sched_getaffinity(0, bytes, set.get()) != 0) {
        return cpus;
    }
    for (std::uint32_t cpu = 0; cpu < kCpusMax; ++cpu) {
        if (CPU_ISSET_S(cpu, bytes, set.get())) {
            cpus.push_back(cpu);
        }
    }
    return cpus;
}

Result<PlacementPlan> plan_placement(const PlacementRequest& request, const CpuTopology& topology) {
    if (auto valid = check(request, topology); !valid) {
        return std::move(valid).error();
    }
    PlacementPlan plan;
    plan.notes = notes_for(request, topology);
    if (topology.nodes.size() > 1 && request.interface_node) {
        const bool exists =
            std::ranges::find(topology.nodes, *request.interface_node, &NumaNode::id) !=
            topology.nodes.end();
        plan.ring_node = exists ? request.interface_node : std::nullopt;
    }
    for (std::uint32_t i = 0; i < request.workers; ++i) {
        WorkerPlacement worker{.cpu = std::nullopt, .memory_node = plan.ring_node};
        if (!request.cpus.empty()) {
            worker.cpu = request.cpus[i];
            worker.memory_node =
                topology.nodes.size() > 1 ? topology.node_of(request.cpus[i]) : std::nullopt;
        }
        plan.workers.push_back(worker);
    }
    return plan;
}

Result<void> apply_placement(const WorkerPlacement& placement) {
    Result<void> done;
    if (placement.cpu) {
        const auto free_set = [](cpu_set_t* set) {
            CPU_FREE(set);
        };
        const std::unique_ptr<cpu_set_t, decltype(free_set)> set(CPU_ALLOC(kCpusMax), free_set);
        const std::size_t bytes = CPU_ALLOC_SIZE(kCpusMax);
        CPU_ZERO_S(bytes, set.get());
        CPU_SET_S(*placement.cpu, bytes, set.get());
        if (::sched_setaffinity(0, bytes, set.get()) != 0) {
            const int number = errno;
            done = refused("run on a CPU", number).within("CPU " + std::to_string(*placement.cpu));
        }
    }
    if (placement.memory_node) {
        if (auto preferred = prefer_memory_node(placement.memory_node); !preferred && done) {
            done = preferred;
        }
    }
    return done;
}

Result<void> prefer_memory_node(std::optional<std::uint32_t> node) {
    constexpr std::size_t kWordBits = sizeof(unsigned long) * CHAR_BIT;  // NOLINT: the call's type
    unsigned long mask[kNodesMax / kWordBits] = {};                      // NOLINT: the call's type
    if (node && *node < kNodesMax) {
        mask[*node / kWordBits] = 1UL << *node % kWordBits;
    }
    const int mode = node ? MPOL_PREFERRED : MPOL_DEFAULT;
    // The kernel takes one bit less than it is told.
    const std::size_t bits = node ? kNodesMax + 1 : 0;
    if (::syscall(SYS_set_mempolicy, mode, node ? mask : nullptr, bits) != 0) {
        return refused("prefer memory of a NUMA node", errno);
    }
    return {};
}

}  // namespace flowgauge
