// DuplicateTransport: each of several collectors gets everything.
#pragma once

#include "export/network/peer_transport.h"

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace flowgauge {

// A block is acknowledged when every collector that takes part has acknowledged it, with the losses
// of the one that lost most. So the slowest one sets the pace, and what it holds up waits in the
// queue of the sink. One that has taken nothing for skip_after takes no part any more, as long as
// another works: what it missed is counted in records_skipped and is not made up for. It takes part
// again when it can be reached; if it could be reached before and did not read, after a while that
// doubles each time. When no collector works, nothing is skipped and everything waits.
//
// Thread: that of the sink. Cost: each block is copied for all collectors but one. Bounds: those of
// the peers, together.
class DuplicateTransport final : public Transport {
public:
    static constexpr std::size_t kPeersMax = 16;

    // Requires: 1 to kPeersMax peers.
    DuplicateTransport(
        std::vector<std::unique_ptr<PeerTransport>> peers, std::chrono::milliseconds skip_after
    );

    [[nodiscard]] bool has_room() const noexcept override;
    void send(Block block) override;
    void turn(SteadyTime now, std::vector<Delivery>& done) override;
    void prepare_wait(TransportWait& wait) const override;
    void close() override;
    [[nodiscard]] bool is_idle() const noexcept override;
    void take_back(std::vector<Block>& blocks) override;
    [[nodiscard]] const OutputNumbers& numbers() const noexcept override { return numbers_; }
    void reopen() override;

private:
    using Members = std::bitset<kPeersMax>;

    struct Membership {
        bool takes_part = true;
        std::chrono::milliseconds probation{0};  // it must have been up for so long
        std::optional<SteadyTime> up_since;      // while it takes no part
    };
    // A block that at least one collector has not acknowledged. Its bytes are with those.
    struct Shared {
        Block head;
        Members waiting;
        std::optional<Delivery> worst;  // of those who are done with it
    };

    [[nodiscard]] Shared* find(std::uint64_t key) noexcept;
    void settle(std::size_t member, Delivery delivery);
    void look_at_members(SteadyTime now);
    [[nodiscard]] bool is_stuck(std::size_t member, SteadyTime now) const;
    [[nodiscard]] std::optional<std::size_t> other_that_works(std::size_t member, SteadyTime now)
        const;
    void skip(std::size_t member, std::size_t heir);
    void look_at_return(std::size_t member, SteadyTime now);

    std::vector<std::unique_ptr<PeerTransport>> peers_;
    std::vector<Membership> memberships_;
    std::chrono::milliseconds skip_after_;
    std::deque<Shared> shared_;    // in the order of keys, from first_key_ on
    std::uint64_t first_key_ = 1;  // a block's number here: copies bear it as their sequence
    std::vector<Delivery> deliveries_;
    SteadyTime last_turn_;
    OutputNumbers numbers_;
    std::uint64_t records_skipped_ = 0;
};

}  // namespace flowgauge
