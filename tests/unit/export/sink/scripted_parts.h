// A transport and a store that do what the test says, for what lies before them.
#pragma once

#include "export/sink/block_store.h"
#include "export/sink/transport.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge::test {

// `records` units of one byte each, which is `letter`.
inline Block block_of(std::uint32_t records, char letter, std::size_t bytes = 1) {
    Block block;
    for (std::uint32_t i = 0; i < records; ++i) {
        block.bytes.append(bytes, letter);
        block.end_unit(1);
    }
    return block;
}

class ScriptedTransport final : public Transport {
public:
    struct Script {
        std::size_t room = 1000;    // blocks that it takes without having delivered them
        bool delivers = true;       // what it took, at the next turn
        std::uint64_t refused = 0;  // records of each block
        std::uint64_t in_part = 0;  // records of the first block that are delivered at the end
        bool closed = false;
        std::string sent{};  // bytes, in their order
        std::vector<std::uint64_t> sequences{};
        std::uint64_t working = 1;
    };

    explicit ScriptedTransport(Script& script) : script_(script) {}

    [[nodiscard]] bool has_room() const noexcept override { return taken_.size() < script_.room; }
    void send(Block block) override {
        script_.sent += block.bytes;
        script_.sequences.push_back(block.sequence);
        taken_.push_back(std::move(block));
    }
    void turn(SteadyTime /*now*/, std::vector<Delivery>& done) override {
        numbers_.working = script_.working;
        while (script_.delivers && !taken_.empty()) {
            Delivery delivery;
            const std::uint64_t refused = std::min(script_.refused, taken_.front().records);
            delivery.dropped[RecordLoss::kRefused] = refused;
            delivery.acknowledged = taken_.front().records - refused;
            delivery.block = std::move(taken_.front());
            taken_.pop_front();
            done.push_back(std::move(delivery));
        }
    }
    void prepare_wait(TransportWait& /*wait*/) const override {}
    void close() override { script_.closed = true; }
    [[nodiscard]] bool is_idle() const noexcept override { return taken_.empty(); }
    void deliver_parts(std::vector<Delivery>& done) override {
        if (script_.in_part != 0 && !taken_.empty()) {
            Delivery part;
            part.block.records = part.acknowledged = script_.in_part;
            taken_.front().records -= script_.in_part;
            done.push_back(std::move(part));
        }
    }
    void take_back(std::vector<Block>& blocks) override {
        for (Block& block : taken_) {
            blocks.push_back(std::move(block));
        }
        taken_.clear();
    }
    [[nodiscard]] const OutputNumbers& numbers() const noexcept override { return numbers_; }

private:
    Script& script_;
    OutputNumbers numbers_;
    std::deque<Block> taken_;
};

// Keeps blocks in memory as a spool would on disk.
class ScriptedStore final : public BlockStore {
public:
    struct Script {
        std::size_t blocks_max = 1000;
        bool busy = false;        // no room at present, though there is space
        std::size_t refuses = 0;  // of the next blocks, once they were appended
        bool reads = true;        // next() has what has_next() promised
        bool writes = true;       // what was appended, at the next turn at the latest
        std::vector<std::uint64_t> acknowledged{};
        std::string appended{};
        std::size_t acknowledged_durably = 0;  // of acknowledged
    };

    explicit ScriptedStore(Script& script) : script_(script) {}

    // As if an earlier run had left it.
    void recover(Block block) {
        numbers_.records_recovered += block.records;
        numbers_.records += block.records;
        keep(std::move(block));
    }

    [[nodiscard]] bool has_room(std::uint64_t bytes) const noexcept override {
        return !script_.busy && !is_full(bytes);
    }
    [[nodiscard]] bool is_full(std::uint64_t /*bytes*/) const noexcept override {
        return kept_.size() + handed_out_.size() >= script_.blocks_max;
    }
    void append(Block block) override {
        if (script_.refuses != 0) {
            --script_.refuses;
            numbers_.records += block.records;
            refused_.push_back(std::move(block));
            return;
        }
        script_.appended += block.bytes;
        numbers_.records += block.records;
        numbers_.records_unwritten += script_.writes ? 0 : block.records;
        keep(std::move(block));
    }
    [[nodiscard]] std::optional<Block> refused() override {
        std::optional<Block> block = pop(refused_);
        numbers_.records -= block ? block->records : 0;
        return block;
    }
    [[nodiscard]] std::optional<Block> next() override {
        if (!script_.reads) {
            return std::nullopt;
        }
        std::optional<Block> block = pop(kept_);
        if (block) {
            handed_out_.emplace_back(block->spool_frame, block->records);
        }
        return block;
    }
    [[nodiscard]] bool has_next() const noexcept override { return !kept_.empty(); }
    void acknowledge(std::uint64_t spool_frame) override {
        const auto found = std::ranges::find(
            handed_out_, spool_frame, &std::pair<std::uint64_t, std::uint64_t>::first
        );
        numbers_.records -= found->second;
        handed_out_.erase(found);
        script_.acknowledged.push_back(spool_frame);
    }
    void turn(SteadyTime /*now*/) override {
        numbers_.records_unwritten = script_.writes ? 0 : numbers_.records_unwritten;
    }
    void prepare_wait(TransportWait& /*wait*/) const override {}
    bool flush(std::chrono::milliseconds /*patience*/) override {
        script_.busy = false;
        script_.acknowledged_durably = script_.acknowledged.size();
        return true;
    }
    [[nodiscard]] const StoreNumbers& numbers() const noexcept override { return numbers_; }

private:
    void keep(Block block) {
        block.spool_frame = ++last_frame_;
        kept_.push_back(std::move(block));
    }
    static std::optional<Block> pop(std::deque<Block>& blocks) {
        if (blocks.empty()) {
            return std::nullopt;
        }
        std::optional<Block> block = std::move(blocks.front());
        blocks.pop_front();
        return block;
    }

    Script& script_;
    StoreNumbers numbers_;
    std::deque<Block> kept_;
    std::deque<Block> refused_;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> handed_out_;  // frame, records
    std::uint64_t last_frame_ = 0;
};

}  // namespace flowgauge::test
