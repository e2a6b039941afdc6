#include "sensor/handoff_board.h"

namespace flowgauge {
namespace {

// Room of one packet, on average: the entry itself and a short frame.
constexpr std::size_t kBytesPerPacket = 512;

// What a worker may read ahead of the others: a few blocks of its ring, where the rest waits.
constexpr std::size_t kOwnBytes = std::size_t{4} << 20;

}  // namespace

HandoffBoard::HandoffBoard(std::uint32_t workers, std::uint32_t packets)
    : workers_(workers),
      queues_(std::size_t{workers} * workers),
      progress_(workers) {
    if (workers == 1) {
        return;
    }
    for (std::uint32_t from = 0; from < workers; ++from) {
        for (std::uint32_t to = 0; to < workers; ++to) {
            queues_[from * workers + to] =
                std::make_unique<PacketQueue>(from == to ? kOwnBytes : packets * kBytesPerPacket);
        }
    }
}

// A drained worker pushes only while it settles something. So once the settled packets, read first,
// are as many as the pushed ones, read after, nothing can move any more.
bool HandoffBoard::is_quiet() const noexcept {
    std::uint64_t settled = 0;
    for (const Progress& progress : progress_) {
        if (!progress.drained.load(std::memory_order_acquire)) {
            return false;
        }
        settled += progress.settled.load(std::memory_order_acquire);
    }
    std::uint64_t pushed = 0;
    for (const Progress& progress : progress_) {
        pushed += progress.pushed.load(std::memory_order_acquire);
    }
    return settled == pushed;
}

}  // namespace flowgauge
