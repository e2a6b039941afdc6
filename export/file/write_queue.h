// WriteQueue: the blocks of a file transport, and how far each of them has come.
#pragma once

#include "export/sink/transport.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace flowgauge {

// A unit is first written and then safe. Blocks leave when all their units are safe, with their
// bytes until then: what turns out to be lost is written once more. Thread: one.
class WriteQueue {
public:
    // How many blocks with units that are not written there may be: one under way, one behind it.
    static constexpr std::size_t kWaitingMax = 2;

    [[nodiscard]] bool has_room() const noexcept { return blocks_.size() - current_ < kWaitingMax; }
    [[nodiscard]] bool is_empty() const noexcept { return blocks_.empty(); }

    void push(Block block) { blocks_.push_back({.block = std::move(block)}); }

    // Whether there is a block that is not written whole. The four below require it.
    [[nodiscard]] bool is_waiting() const noexcept { return current_ != blocks_.size(); }
    [[nodiscard]] const Block& block() const noexcept { return blocks_[current_].block; }
    [[nodiscard]] std::size_t next_unit() const noexcept { return blocks_[current_].written; }
    void count_written(std::size_t units);

    // It is not written at all: its records are dropped as kRefused.
    void refuse();

    // Bytes that are written and not safe.
    [[nodiscard]] std::uint64_t unsafe_bytes() const noexcept { return unsafe_bytes_; }

    // All that is written is safe, or has to be written again.
    void make_safe() noexcept;
    void rewind() noexcept;

    // Moves out the blocks that are safe.
    void take_done(std::vector<Delivery>& done);

    // Moves out all of them. `busy`: the bytes of the block under way stay where they are, and
    // their copy is moved out.
    void take_back(std::vector<Block>& blocks, bool busy);

private:
    struct Entry {
        Block block;
        std::size_t written = 0;  // units
        std::size_t safe = 0;
        bool refused = false;
    };

    std::deque<Entry> blocks_;
    std::size_t current_ = 0;  // the first that is not written whole
    std::uint64_t unsafe_bytes_ = 0;
};

}  // namespace flowgauge
