#include "capture/ring_memory.h"

#include <sys/sysinfo.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <fstream>
#include <limits>
#include <optional>
#include <string_view>

namespace flowgauge {
namespace {

// What a block holds beside the bytes of its only frame: block header, frame header, link address,
// alignment. The kernel needs about 150.
constexpr std::uint64_t kBlockOverheadBytes = 256;

std::string in_units(std::uint64_t bytes) {
    constexpr std::uint64_t kKibibyte = 1024;
    constexpr std::uint64_t kMebibyte = kKibibyte * 1024;
    if (bytes >= kMebibyte) {
        return std::to_string(bytes / kMebibyte) + " MiB";
    }
    if (bytes >= kKibibyte) {
        return std::to_string(bytes / kKibibyte) + " KiB";
    }
    return std::to_string(bytes) + " bytes";
}

std::string why_reduced(const RingRequest& request, std::uint64_t asked, std::uint64_t granted) {
    return "ring reduced from " + in_units(asked) + " to " + in_units(granted) +
           " a worker: " + std::to_string(request.workers) + " rings may take a quarter of the " +
           in_units(request.available_bytes) + " of available memory";
}

std::string why_raised(std::uint64_t asked, std::uint64_t granted) {
    return "ring raised from " + in_units(asked) + " to " + in_units(granted) +
           " a worker: a ring is two blocks, and each must hold a frame of the snapshot length";
}

std::optional<std::uint64_t> leading_number(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t");
    if (start == std::string_view::npos) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    text.remove_prefix(start);
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    return parsed.ec == std::errc{} ? std::optional(number) : std::nullopt;
}

// The number that follows `label` at the start of a line of `path`.
std::optional<std::uint64_t> number_after(
    const std::filesystem::path& path, std::string_view label
) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(label)) {
            return leading_number(std::string_view(line).substr(label.size()));
        }
    }
    return std::nullopt;
}

std::uint64_t free_memory() {
    struct sysinfo now {};
    if (::sysinfo(&now) != 0) {
        return 0;
    }
    return (std::uint64_t{now.freeram} + now.bufferram) * now.mem_unit;
}

// What the control group in `directory` may still take; nothing when it sets no limit.
std::optional<std::uint64_t> left_in_group(const std::filesystem::path& directory) {
    const auto limit = number_after(directory / "memory.max", "");  // "max" is not a number
    if (!limit) {
        return std::nullopt;
    }
    const std::uint64_t used = number_after(directory / "memory.current", "").value_or(0);
    return *limit - std::min(*limit, used);
}

// Path of this process's group in the hierarchy of version 2, without its leading slash.
std::filesystem::path own_group(const std::filesystem::path& root) {
    constexpr std::string_view kLabel = "0::/";
    std::ifstream file(root / "proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(kLabel)) {
            return line.substr(kLabel.size());
        }
    }
    return {};
}

}  // namespace

Result<RingGeometry> plan_ring(const RingRequest& request) {
    if (request.workers == 0) {
        return Error{ErrorKind::kUsage, "a capture needs at least one worker"};
    }
    const std::uint64_t asked =
        request.bytes_per_worker == 0 ? kRingBytesDefault : request.bytes_per_worker;
    const std::uint64_t block_min = std::bit_ceil(
        std::max<std::uint64_t>(request.page_bytes, request.snapshot_length + kBlockOverheadBytes)
    );
    const std::uint64_t allowed = request.available_bytes / kRingMemoryDivisor / request.workers;
    if (allowed < 2 * block_min) {
        return Error{
            ErrorKind::kSystem,
            "not enough memory for " + std::to_string(request.workers) + " capture rings of " +
                in_units(2 * block_min) + " or more: they may take a quarter of the " +
                in_units(request.available_bytes) + " that are available"};
    }
    const std::uint64_t granted = std::clamp(asked, 2 * block_min, allowed);
    const std::uint64_t block = std::max(
        block_min, std::min<std::uint64_t>(kRingBlockBytesMax, std::bit_floor(granted / 2))
    );
    // The kernel counts frames of at least 2 KiB in 32 bits.
    constexpr std::uint64_t kRingBytesMax = std::uint64_t{1} << 42;
    RingGeometry geometry;
    geometry.block_bytes = static_cast<std::uint32_t>(block);
    geometry.block_count = static_cast<std::uint32_t>(std::min(granted, kRingBytesMax) / block);
    if (asked > allowed) {
        geometry.note = why_reduced(request, asked, geometry.bytes());
    } else if (asked < granted) {
        geometry.note = why_raised(asked, geometry.bytes());
    }
    return geometry;
}

std::uint64_t available_memory(const std::filesystem::path& root) {
    constexpr std::uint64_t kKibibyte = 1024;
    const auto listed = number_after(root / "proc/meminfo", "MemAvailable:");
    std::uint64_t available = listed ? *listed * kKibibyte : free_memory();

    // A limit may be set on any group above ours; in a container the path is "/" and the limit
    // stands in the root of the hierarchy.
    const std::filesystem::path hierarchy = root / "sys/fs/cgroup";
    std::filesystem::path group = own_group(root);
    while (true) {
        available = std::min(available, left_in_group(hierarchy / group).value_or(available));
        if (group.empty()) {
            return available;
        }
        group = group.parent_path();
    }
}

}  // namespace flowgauge
