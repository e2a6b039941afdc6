// FailoverTransport: of several collectors, the first that works gets everything.
#pragma once

#include "export/network/peer_transport.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace flowgauge {

// One peer is awake and gets the blocks: the active one. When an attempt to reach it fails, or when
// it takes nothing for stuck_after, the next in the list becomes active and gets all that was not
// acknowledged; behind the last comes the first. While a peer is active that is not the preferred
// one, those before it are tried, too. One that has been reachable for failback_after without a
// break becomes active, once the other has confirmed what it got. If it could be reached then and
// did not last ten times as long nevertheless, it must be reachable twice as long the next time, up
// to 64 times as long: it may accept connections and read nothing.
//
// Thread: that of the sink. Bounds: those of one peer, for blocks on their way from one to another.
class FailoverTransport final : public Transport {
public:
    struct Options {
        std::chrono::milliseconds failback_after{60'000};
        std::chrono::milliseconds stuck_after{60'000};
    };

    // Requires: at least one peer; all are awake.
    FailoverTransport(std::vector<std::unique_ptr<PeerTransport>> peers, Options options);

    [[nodiscard]] bool has_room() const noexcept override;
    void send(Block block) override;
    void turn(SteadyTime now, std::vector<Delivery>& done) override;
    void prepare_wait(TransportWait& wait) const override;
    void close() override { closing_ = true; }
    [[nodiscard]] bool is_idle() const noexcept override;
    void deliver_parts(std::vector<Delivery>& done) override { peer().deliver_parts(done); }
    void take_back(std::vector<Block>& blocks) override;
    [[nodiscard]] const OutputNumbers& numbers() const noexcept override { return numbers_; }
    void reopen() override;

    // Which of the peers is active.
    [[nodiscard]] std::size_t active() const noexcept { return active_; }

private:
    [[nodiscard]] PeerTransport& peer() const { return *peers_[active_]; }
    [[nodiscard]] bool has_failed(SteadyTime now) const;
    void move_to(std::size_t next);
    void judge(SteadyTime now);
    void look_for_better(SteadyTime now);
    void pass_on();

    std::vector<std::unique_ptr<PeerTransport>> peers_;
    Options options_;
    std::size_t active_ = 0;
    std::optional<std::size_t> next_;  // becomes active as soon as the active one has gone to sleep
    std::uint64_t failures_ = 0;       // of the active one, when it became active
    std::vector<std::optional<SteadyTime>> up_since_;
    std::vector<std::chrono::milliseconds> failback_after_;  // of each peer
    std::optional<SteadyTime> chosen_at_;  // when the active one became active, after the first
    bool was_up_ = false;                  // the active one, since then
    std::deque<PendingBlock> moved_;       // from the last active one, for this one
    OutputNumbers numbers_;
    bool closing_ = false;
};

// What several peers have done together; `working` and `last_success_ms` are the best of them.
[[nodiscard]] OutputNumbers sum_of(const std::vector<std::unique_ptr<PeerTransport>>& peers);

}  // namespace flowgauge
