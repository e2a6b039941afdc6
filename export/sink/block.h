// Block: encoded records on their way from an encoder to a transport, by memory or by disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// What stands at the head of each output before units of one kind: a CSV header, IPFIX templates.
// Blocks that were spooled by an earlier run, under other settings, bring their own.
struct Preamble {
    std::string bytes;
    std::uint64_t fingerprint = 0;  // of bytes: equal preambles have equal ones
};

[[nodiscard]] std::shared_ptr<const Preamble> make_preamble(std::string bytes);

// What is written whole or not at all: a row of text, an IPFIX message, a Kafka message, the row
// group of a Parquet file.
struct BlockUnit {
    std::uint32_t end = 0;  // behind its last byte, in Block::bytes
    std::uint32_t records = 0;
};

// A block leaves the encoder when it has grown to this, or when no record follows for a while.
constexpr std::size_t kBlockBytes = std::size_t{256} << 10;

// Thread: one at a time; it is moved from owner to owner, and copied by who says so.
struct Block {
    std::string bytes;
    std::vector<BlockUnit> units;  // one behind the other; together they are all of bytes
    std::uint64_t records = 0;     // in the units
    std::shared_ptr<const Preamble> preamble;
    std::uint64_t sequence = 0;     // order in which the sink sends them
    std::uint64_t spool_frame = 0;  // its number in the spool that it came from; 0: from memory

    Block() = default;
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    Block(Block&&) noexcept = default;
    Block& operator=(Block&&) noexcept = default;
    ~Block() = default;

    [[nodiscard]] Block copy() const {
        Block made;
        made.bytes = bytes;
        made.units = units;
        made.records = records;
        made.preamble = preamble;
        made.sequence = sequence;
        made.spool_frame = spool_frame;
        return made;
    }

    // What was appended to bytes since the last unit is one.
    void end_unit(std::uint32_t record_count) {
        units.push_back({static_cast<std::uint32_t>(bytes.size()), record_count});
        records += record_count;
    }

    // The bytes of unit `i`.
    [[nodiscard]] std::string_view unit(std::size_t i) const noexcept {
        const std::size_t begin = i == 0 ? 0 : units[i - 1].end;
        return std::string_view(bytes).substr(begin, units[i].end - begin);
    }

    // Empty again, its memory kept for the next records.
    void clear() noexcept {
        bytes.clear();
        units.clear();
        records = 0;
        preamble.reset();
        sequence = 0;
        spool_frame = 0;
    }
};

}  // namespace flowgauge
