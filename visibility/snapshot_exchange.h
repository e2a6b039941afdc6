// SnapshotExchange: hands each new snapshot to all readers, none of whom ever waits or frees one.
#pragma once

#include "visibility/snapshot.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace flowgauge {

// One reader's end. Thread: the reader's; give() the poller's. Memory order: the box is exchanged
// with acquire and release, so that who takes a snapshot sees all of it.
class SnapshotReader {
public:
    SnapshotReader() = default;
    SnapshotReader(const SnapshotReader&) = delete;
    SnapshotReader& operator=(const SnapshotReader&) = delete;
    ~SnapshotReader() { delete box_.exchange(nullptr, std::memory_order_acquire); }

    // Takes the latest snapshot if there is a later one than that in hand. Returns whether there
    // was. Cost: a load, and seldom an exchange.
    bool update() {
        if (box_.load(std::memory_order_relaxed) == nullptr) {
            return false;
        }
        const std::unique_ptr<Reference> taken(box_.exchange(nullptr, std::memory_order_acquire));
        if (taken != nullptr) {
            snapshot_ = *taken;
        }
        return taken != nullptr;
    }

    // Null until the first look is over.
    [[nodiscard]] const Snapshot* snapshot() const noexcept { return snapshot_.get(); }

private:
    friend class SnapshotExchange;
    using Reference = std::shared_ptr<const Snapshot>;

    void give(const Reference& snapshot) {
        delete box_.exchange(new Reference(snapshot), std::memory_order_acq_rel);
    }

    std::atomic<Reference*> box_{nullptr};
    Reference snapshot_;
};

// Thread: the poller's. Ownership: owns the readers' ends, and keeps every snapshot that a reader
// may have, so that the memory of the last one is given back here. Bound: two a reader, and one.
class SnapshotExchange {
public:
    explicit SnapshotExchange(std::size_t readers) {
        for (std::size_t i = 0; i < readers; ++i) {
            readers_.push_back(std::make_unique<SnapshotReader>());
        }
    }

    [[nodiscard]] SnapshotReader& reader(std::size_t number) noexcept { return *readers_[number]; }

    void publish(std::shared_ptr<const Snapshot> snapshot) {
        for (const std::unique_ptr<SnapshotReader>& reader : readers_) {
            reader->give(snapshot);
        }
        std::erase_if(kept_, [](const auto& each) { return each.use_count() == 1; });
        kept_.push_back(std::move(snapshot));
    }

    [[nodiscard]] std::size_t kept() const noexcept { return kept_.size(); }

private:
    std::vector<std::unique_ptr<SnapshotReader>> readers_;
    std::vector<std::shared_ptr<const Snapshot>> kept_;
};

}  // namespace flowgauge
