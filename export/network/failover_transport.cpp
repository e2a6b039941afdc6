#include "export/network/failover_transport.h"

#include "export/network/peer_dialer.h"

#include <algorithm>
#include <utility>

namespace flowgauge {

OutputNumbers sum_of(const std::vector<std::unique_ptr<PeerTransport>>& peers) {
    OutputNumbers sum;
    sum.working = 0;
    for (const std::unique_ptr<PeerTransport>& peer : peers) {
        const OutputNumbers& one = peer->numbers();
        sum.bytes_written += one.bytes_written;
        sum.connections += one.connections;
        sum.records_repeated += one.records_repeated;
        sum.records_uncertain += one.records_uncertain;
        sum.records_skipped += one.records_skipped;
        sum.errors += one.errors;
        sum.working = std::max(sum.working, one.working);
        sum.last_success_ms = std::max(sum.last_success_ms, one.last_success_ms);
    }
    return sum;
}

FailoverTransport::FailoverTransport(
    std::vector<std::unique_ptr<PeerTransport>> peers, Options options
)
    : peers_(std::move(peers)),
      options_(options),
      up_since_(peers_.size()),
      failback_after_(peers_.size(), options.failback_after) {
    numbers_.working = 0;
    for (std::size_t i = 1; i < peers_.size(); ++i) {
        peers_[i]->rest(SteadyTime{});
    }
}

bool FailoverTransport::has_room() const noexcept {
    return moved_.empty() && !next_ && peer().has_room();
}

void FailoverTransport::send(Block block) {
    peer().send(std::move(block));
}

void FailoverTransport::turn(SteadyTime now, std::vector<Delivery>& done) {
    for (const std::unique_ptr<PeerTransport>& one : peers_) {
        one->turn(now, done);
    }
    was_up_ = was_up_ || peer().is_up();
    if (next_ && peer().is_asleep()) {
        move_to(*std::exchange(next_, std::nullopt));
        chosen_at_ = now;
    } else if (!next_ && has_failed(now)) {
        judge(now);
        move_to((active_ + 1) % peers_.size());
        chosen_at_ = now;
    } else if (!next_) {
        look_for_better(now);
    }
    pass_on();
    numbers_ = sum_of(peers_);
}

bool FailoverTransport::has_failed(SteadyTime now) const {
    if (closing_ && peer().is_idle()) {
        return false;
    }
    const std::optional<SteadyTime> stuck = peer().stuck_since();
    return (!peer().is_up() && peer().failures() != failures_) ||
           (stuck && now - *stuck >= options_.stuck_after);
}

// The active one has failed: how soon may it come back?
void FailoverTransport::judge(SteadyTime now) {
    constexpr int kLasting = 10;
    constexpr int kLongest = 64;
    std::chrono::milliseconds& after = failback_after_[active_];
    if (chosen_at_ && now - *chosen_at_ >= options_.failback_after * kLasting) {
        after = options_.failback_after;
    } else if (chosen_at_ && was_up_) {
        after = std::min(after * 2, options_.failback_after * kLongest);
    }
}

// The active one gives everything back and sleeps; what it gives goes before what waits already.
void FailoverTransport::move_to(std::size_t next) {
    std::vector<PendingBlock> blocks;
    peer().give_back(blocks);
    moved_.insert(
        moved_.begin(),
        std::make_move_iterator(blocks.begin()),
        std::make_move_iterator(blocks.end())
    );
    if (next != active_) {
        peer().rest(SteadyTime::min());
    }
    active_ = next;
    was_up_ = false;
    peer().wake();
    failures_ = peer().failures();
    // Those behind it are not wanted while it works.
    for (std::size_t i = active_ + 1; i < peers_.size(); ++i) {
        peers_[i]->rest(SteadyTime::min());
    }
    std::fill(up_since_.begin(), up_since_.end(), std::nullopt);
}

void FailoverTransport::look_for_better(SteadyTime now) {
    for (std::size_t i = 0; i < active_; ++i) {
        if (peers_[i]->is_asleep()) {
            peers_[i]->wake();
        }
        if (!peers_[i]->is_up()) {
            up_since_[i].reset();
        } else if (!up_since_[i]) {
            up_since_[i] = now;
        } else if (now - *up_since_[i] >= failback_after_[i]) {
            next_ = i;
            peer().rest(now);
            return;
        }
    }
}

void FailoverTransport::pass_on() {
    while (!moved_.empty() && !next_ && peer().has_room()) {
        peer().accept(std::move(moved_.front()));
        moved_.pop_front();
    }
    if (closing_ && moved_.empty() && !next_) {
        peer().close();
    }
}

void FailoverTransport::prepare_wait(TransportWait& wait) const {
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        if (peers_[i]->is_asleep()) {
            continue;
        }
        peers_[i]->prepare_wait(wait);
        if (up_since_[i] && i < active_) {
            wake_at(wait, *up_since_[i] + failback_after_[i]);
        }
    }
    if (const std::optional<SteadyTime> stuck = peer().stuck_since()) {
        wake_at(wait, *stuck + options_.stuck_after);
    }
}

bool FailoverTransport::is_idle() const noexcept {
    return closing_ && moved_.empty() && !next_ && peer().is_idle();
}

void FailoverTransport::take_back(std::vector<Block>& blocks) {
    const std::size_t begin = blocks.size();
    for (const std::unique_ptr<PeerTransport>& one : peers_) {
        one->take_back(blocks);
    }
    for (PendingBlock& pending : moved_) {
        blocks.push_back(std::move(pending.block));
    }
    moved_.clear();
    std::sort(
        blocks.begin() + static_cast<std::ptrdiff_t>(begin),
        blocks.end(),
        [](const Block& a, const Block& b) { return a.sequence < b.sequence; }
    );
}

void FailoverTransport::reopen() {
    for (const std::unique_ptr<PeerTransport>& one : peers_) {
        one->reopen();
    }
}

}  // namespace flowgauge
