// RejectionTally: counts each frame that is in no flow, and tells a listener which one it is.
#pragma once

#include "core/packet/rejection.h"

#include <cstdint>

namespace flowgauge {

// Hears what becomes of frames, by their position in the input. Thread: the intake's.
//
// Each frame is either handed on as a packet or rejected once. One that waits for the rest of its
// datagram is held first, and then always rejected: as reassembled_fragment if all goes well,
// because the frame that completes a datagram stands for it and is never held.
class RejectionListener {
public:
    RejectionListener() = default;
    RejectionListener(const RejectionListener&) = delete;
    RejectionListener& operator=(const RejectionListener&) = delete;
    virtual ~RejectionListener() = default;

    virtual void held(std::uint64_t position) = 0;
    virtual void rejected(std::uint64_t position, Rejection reason) = 0;
};

// Thread: one. Ownership: the listener, if there is one, outlives the tally.
class RejectionTally {
public:
    explicit RejectionTally(RejectionListener* listener = nullptr) noexcept : listener_(listener) {}

    void add(std::uint64_t position, Rejection reason) {
        counts_.add(reason);
        if (listener_ != nullptr) [[unlikely]] {
            listener_->rejected(position, reason);
        }
    }
    void hold(std::uint64_t position) {
        if (listener_ != nullptr) [[unlikely]] {
            listener_->held(position);
        }
    }

    [[nodiscard]] const RejectionCounts& counts() const noexcept { return counts_; }

private:
    RejectionCounts counts_;
    RejectionListener* listener_;
};

}  // namespace flowgauge
