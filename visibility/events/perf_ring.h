// PerfRing: memory that the kernel fills with records of one processor.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"
#include "visibility/events/tracepoint.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {

// Ownership: of the event and its memory; both end with it. Thread: one.
class PerfRing {
public:
    // Takes over `event`, an open event of perf, and maps `bytes` of records. Errors: errno.
    // Requires: bytes is a power of two, at least a page.
    [[nodiscard]] static std::pair<PerfRing, int> map(
        FileDescriptor event, int processor, std::size_t bytes
    );

    PerfRing() = default;
    PerfRing(PerfRing&& other) noexcept;
    PerfRing& operator=(PerfRing&& other) noexcept;
    PerfRing(const PerfRing&) = delete;
    PerfRing& operator=(const PerfRing&) = delete;
    ~PerfRing();

    [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept { return bytes_; }
    [[nodiscard]] int event() const noexcept { return event_.get(); }

    [[nodiscard]] int processor() const noexcept { return processor_; }

    // Takes over another event whose records come here.
    void add(FileDescriptor event) noexcept { added_ = std::move(event); }

    // Where the kernel will write next; all bytes before it are written.
    [[nodiscard]] std::uint64_t head() const noexcept;

    // Gives everything before `tail` back to the kernel.
    void release(std::uint64_t tail) noexcept;

private:
    FileDescriptor event_;
    FileDescriptor added_;
    int processor_ = -1;
    void* page_ = nullptr;  // what perf calls the user page, and the records behind it
    std::span<const std::uint8_t> bytes_;
};

struct RingSizes {
    std::size_t ring_bytes = 0;
    std::size_t total_bytes_max = 0;
};

// One ring a processor that is online, of equal size: the largest that all of them get, at most
// `ring_bytes` and together `total_bytes_max`. They record connects and listens of TCP, and begin,
// rename and end of processes; and programs where tracepoints.program is not 0, or else `notes` has
// a sentence more. Not empty. Errors: what the kernel refused, and the remedy.
[[nodiscard]] Result<std::vector<PerfRing>> open_rings(
    const Tracepoints& tracepoints, const RingSizes& sizes, std::vector<std::string>& notes
);

}  // namespace flowgauge
