// perf_ring_fuzz: whatever stands in the memory that the kernel shares, reading it ends, stays
// inside, and says the same whether it is read at once or in parts.
//
// The input is four bytes and the content of rings: how many rings (1 to 4), of which size (64 to
// 4,096 bytes), where the first record of each begins (times 8), which of them may end in a loss.
// What follows is dealt out to the rings in equal parts.
#include "visibility/events/perf_merge.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace flowgauge {
namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

// Seeds of both tracepoints have the number that Linux 6.18 gives the second.
constexpr RecordLayouts kLayouts{
    .state_change = {}, .program = {.type = 364, .file = 12, .path = 8, .bytes = 16}};
constexpr std::size_t kPathBytesMax = 255;

constexpr std::size_t kHeaderBytes = 4;
constexpr std::size_t kRecordBytesMin = 8;

// Rings and the memory that they show: of its own exact size each, so that a read beside it is
// found.
struct Rings {
    std::vector<std::unique_ptr<std::uint8_t[]>> memory;
    std::vector<MergedRing> rings;
};

Rings rings_of(std::span<const std::uint8_t> input) {
    Rings made;
    const std::size_t count = 1 + input[0] % 4U;
    const std::size_t size = std::size_t{64} << (input[1] % 7U);
    const std::uint64_t start = std::uint64_t{input[2]} * 8;
    std::span<const std::uint8_t> rest = input.subspan(kHeaderBytes);
    const std::size_t part = std::min(rest.size() / count, size) / 8 * 8;
    for (std::size_t i = 0; i < count; ++i) {
        made.memory.push_back(std::make_unique<std::uint8_t[]>(size));
        for (std::size_t at = 0; at < part; ++at) {
            made.memory.back()[(start + at) % size] = rest[i * part + at];
        }
        MergedRing ring;
        ring.window = {
            .bytes = {made.memory.back().get(), size}, .tail = start, .head = start + part};
        ring.may_end_in_loss = (input[3] >> i & 1U) != 0;
        made.rings.push_back(ring);
    }
    return made;
}

void look_at(const EventBatch& batch) {
    for (const SocketEvent& event : batch.sockets) {
        require(event.pid > 0);
        require(event.key.local_port != 0);
        require(event.key.ip_version == 4 || event.key.ip_version == 6);
        require(event.name.back() == '\0');
        if (event.program != nullptr) {
            const Program& program = *event.program;
            require(program.name == event.name);
            require(program.file_name.size() <= kPathBytesMax);
            require(program.file_name.find('/') == std::string::npos);
            require(program.path.size() <= kPathBytesMax);
            require(program.path.empty() || program.path.front() == '/');
        }
    }
    for (const ProcessEvent& event : batch.processes) {
        require(event.pid > 0);
        require(event.name.back() == '\0');
    }
}

// Everything, by calls that take at most `records` each.
EventBatch read_all(std::span<const std::uint8_t> input, std::size_t records) {
    Rings made = rings_of(input);
    EventSequence sequence;
    EventBatch batch;
    const MergeLimit limit{.time = std::numeric_limits<std::int64_t>::max(), .records = records};
    const std::size_t calls_max = input.size() / kRecordBytesMin / records + 2;
    std::size_t calls = 1;
    while (merge_rings(made.rings, kLayouts, limit, sequence, batch)) {
        require(++calls <= calls_max);
    }
    for (const MergedRing& ring : made.rings) {
        require(ring.window.tail == ring.window.head);
    }
    look_at(batch);
    return batch;
}

auto order_of(const SocketEvent& event) {
    const Program program = event.program != nullptr ? *event.program : Program{};
    return std::tuple(
        event.time,
        event.pid,
        event.kind,
        event.key.local_port,
        event.key.remote_port,
        event.name,
        program.file_name,
        program.path
    );
}

void require_same(EventBatch& one, EventBatch& other) {
    require(one.lost == other.lost);
    require(one.forgotten == other.forgotten);
    require(one.unread == other.unread);
    require(one.processes.size() == other.processes.size());
    std::ranges::sort(one.sockets, {}, order_of);
    std::ranges::sort(other.sockets, {}, order_of);
    require(std::ranges::equal(one.sockets, other.sockets, {}, order_of, order_of));
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace flowgauge;  // NOLINT(google-build-using-namespace): one function of C
    if (size < kHeaderBytes) {
        return 0;
    }
    const std::span<const std::uint8_t> input(data, size);
    EventBatch at_once = read_all(input, input.size() + 1);
    EventBatch in_parts = read_all(input, 3);
    require_same(at_once, in_parts);
    return 0;
}
