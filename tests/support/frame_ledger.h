// FrameLedger: what became of each frame of an intake, by position. Finds frames that became
// nothing, or two things.
#pragma once

#include "core/packet/rejection_tally.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flowgauge::test {

enum class FrameFate : std::uint8_t { kUnknown, kHeld, kPacket, kRejected };

// Positions begin at 0 without gaps.
class FrameLedger final : public RejectionListener {
public:
    struct Entry {
        FrameFate fate = FrameFate::kUnknown;
        Rejection reason = Rejection::kNone;  // of a rejected frame
    };

    void held(std::uint64_t position) override { set(position, {FrameFate::kHeld}); }
    void rejected(std::uint64_t position, Rejection reason) override {
        order_.push_back(position);
        counts_.add(reason);
        set(position, {FrameFate::kRejected, reason});
    }
    void packet(std::uint64_t position) { set(position, {FrameFate::kPacket}); }

    // Positions of rejected frames, in the order in which their reasons became known.
    [[nodiscard]] const std::vector<std::uint64_t>& order() const { return order_; }

    [[nodiscard]] Entry at(std::uint64_t position) const {
        return position < entries_.size() ? entries_[position] : Entry{};
    }

    // Whether each of `frames` frames has one fate, `held` of them to be held, and the rejected
    // ones the reasons that `counts` say.
    [[nodiscard]] bool agrees(
        std::uint64_t frames, std::uint64_t held, const RejectionCounts& counts
    ) const {
        return !broken_ && known_ == frames && entries_.size() == frames && held_ == held &&
               counts_.frames == counts.frames;
    }

private:
    // The only way of a frame that has a fate leads from held to rejected.
    void set(std::uint64_t position, Entry entry) {
        if (position >= entries_.size()) {
            entries_.resize(static_cast<std::size_t>(position) + 1);
        }
        Entry& old = entries_[position];
        const bool was_held = old.fate == FrameFate::kHeld;
        broken_ = broken_ ||
                  (was_held ? entry.fate != FrameFate::kRejected : old.fate != FrameFate::kUnknown);
        known_ += old.fate == FrameFate::kUnknown ? 1U : 0U;
        held_ += entry.fate == FrameFate::kHeld ? 1U : 0U;
        held_ -= was_held ? 1U : 0U;
        old = entry;
    }

    std::vector<Entry> entries_;
    std::vector<std::uint64_t> order_;
    RejectionCounts counts_;
    std::uint64_t known_ = 0;
    std::uint64_t held_ = 0;
    bool broken_ = false;
};

}  // namespace flowgauge::test
