// How large a ring may be, decided before the kernel is asked.
//
// The kernel answers an oversize ring not with ENOMEM but with the global OOM killer, which takes
// unrelated processes with it. So nobody tries and shrinks: plan_ring() caps the sum of all rings.
#pragma once

#include "core/base/result.h"
#include "core/packet/frame.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace flowgauge {

// Ring of one worker when none is asked for, in bytes.
constexpr std::uint64_t kRingBytesDefault = std::uint64_t{64} << 20;

// Block size of any ring of 2 MiB or more. Smaller blocks cost more hand-overs and waste more at
// their ends (a worker is 3 times slower at 64 KiB); larger ones bring nothing.
constexpr std::uint32_t kRingBlockBytesMax = std::uint32_t{1} << 20;

// All rings together take at most available memory divided by this.
constexpr std::uint64_t kRingMemoryDivisor = 4;

struct RingRequest {
    std::uint64_t bytes_per_worker = 0;  // 0 for kRingBytesDefault
    std::uint32_t workers = 1;           // of all inputs together
    std::uint64_t available_bytes = 0;   // available_memory()
    std::uint32_t snapshot_length = 65535;
    std::uint32_t page_bytes = 4096;  // a power of two; the kernel wants whole pages
};

// Shape of one ring. At least two blocks: one is read while the kernel fills the other.
struct RingGeometry {
    std::uint32_t block_bytes = 0;  // a power of two, a multiple of the page, holds any one frame
    std::uint32_t block_count = 0;
    std::string note;  // why it is not what was asked for, for the operator; else empty

    [[nodiscard]] std::uint64_t bytes() const noexcept {
        return std::uint64_t{block_bytes} * block_count;
    }
};

// Returns the largest ring up to the request that memory allows for every worker. Blocks are 1 MiB,
// or the largest power of two of which two fit. A request too small for two blocks is raised to
// two. Fails (kSystem) when memory does not allow two blocks, and (kUsage) for no workers.
[[nodiscard]] Result<RingGeometry> plan_ring(const RingRequest& request);

// Bytes that could be allocated now without swapping: MemAvailable (free memory where /proc/meminfo
// is hidden), or what the control group (version 2) of this process has left when that is less.
// `root` is the directory that holds proc/ and sys/, for tests.
[[nodiscard]] std::uint64_t available_memory(const std::filesystem::path& root = "/");

}  // namespace flowgauge
