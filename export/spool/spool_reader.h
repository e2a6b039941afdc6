// SpoolReader: hands out the frames of a spool in order, and keeps account of what is acknowledged.
#pragma once

#include "core/base/file_descriptor.h"
#include "export/sink/block.h"
#include "export/spool/segment_scanner.h"
#include "export/spool/spool_state.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace flowgauge {

// Thread: one. Ownership: refers to the state.
class SpoolReader {
public:
    // Begins behind `start`: frames up to there are acknowledged.
    SpoolReader(SpoolState& state, const SpoolPoint& start) noexcept
        : state_(state),
          start_(start),
          recovered_(state.end),
          passed_(start) {}

    // As Spool::next(). Cost: reads one frame, or a bounded piece of damage.
    [[nodiscard]] std::optional<Block> next();
    [[nodiscard]] bool has_next() const noexcept;

    // Whether the last next() gave nothing although it can go on at once.
    [[nodiscard]] bool wants_turn() const noexcept { return wants_turn_; }
    void begin_turn() noexcept { wants_turn_ = false; }

    // When next() is worth asking again after a failure to open a file.
    [[nodiscard]] const std::optional<SteadyTime>& retry_at() const noexcept { return retry_at_; }

    void acknowledge(std::uint64_t number);
    void rewind() noexcept { replayed_ = 0; }

    // Up to where all is acknowledged or lost.
    [[nodiscard]] SpoolPoint acknowledged() const noexcept;

    // Segments before that number are not read any more.
    [[nodiscard]] std::uint64_t first_needed() const noexcept;

    // Whether everything was handed out and acknowledged.
    [[nodiscard]] bool is_idle() const noexcept;

    // That segment goes.
    void forget(std::uint64_t segment) noexcept;

private:
    // A frame that was handed out.
    struct Handed {
        SpoolPoint before;
        std::uint64_t records = 0;
        std::uint64_t segment = 0;
        std::uint64_t offset = 0;
        bool is_decided = false;  // acknowledged, or found damaged

        [[nodiscard]] std::uint64_t number() const noexcept { return before.frame + 1; }
    };

    [[nodiscard]] bool is_at_end() const noexcept;
    [[nodiscard]] std::optional<Block> read_again();
    [[nodiscard]] std::optional<Block> read_on();
    [[nodiscard]] std::optional<Block> take_frame();
    void take_preamble();
    [[nodiscard]] bool is_plausible(const FrameHeader& header) const noexcept;
    [[nodiscard]] bool enter_next_segment();
    void enter(std::uint64_t number, FileDescriptor file);
    void pass(const SpoolPoint& point);
    void take_torn(std::uint64_t bytes);
    void lose(Handed& handed);
    void drop_decided();
    [[nodiscard]] std::shared_ptr<const Preamble> preamble_of(
        std::uint64_t fingerprint, int file, std::uint64_t segment
    );
    [[nodiscard]] std::shared_ptr<const Preamble> known_preamble(std::uint64_t fingerprint) const;
    void keep_preamble(std::shared_ptr<const Preamble> preamble);

    SpoolState& state_;
    const SpoolPoint start_;
    const SpoolPoint recovered_;  // the end of what earlier runs left
    SpoolPoint passed_;           // frames up to there were handed out or are lost
    std::uint64_t segment_ = 0;   // that is being read, or was
    FileDescriptor file_;
    std::optional<SegmentScanner> scanner_;
    std::uint64_t scanner_errors_ = 0;  // that are counted
    std::uint64_t torn_bytes_ = 0;      // at the end of the segment; damage if frames are missing
    bool wants_turn_ = false;
    std::optional<SteadyTime> retry_at_;

    std::deque<Handed> handed_;  // in the order of their numbers, from the oldest undecided on
    std::size_t replayed_ = 0;   // of handed_, what is handed out next; never a decided one
    std::string payload_;
    std::deque<std::shared_ptr<const Preamble>> preambles_;  // the last ones that were met
    std::pair<std::uint64_t, std::uint64_t> missing_;  // fingerprint that a segment has nowhere
};

}  // namespace flowgauge
