#include "export/network/duplicate_transport.h"

#include "export/network/failover_transport.h"
#include "export/network/peer_dialer.h"

#include <algorithm>
#include <utility>

namespace flowgauge {
namespace {

constexpr int kProbationMax = 16;  // times skip_after

}  // namespace

DuplicateTransport::DuplicateTransport(
    std::vector<std::unique_ptr<PeerTransport>> peers, std::chrono::milliseconds skip_after
)
    : peers_(std::move(peers)),
      memberships_(peers_.size()),
      skip_after_(skip_after) {
    numbers_.working = 0;
}

bool DuplicateTransport::has_room() const noexcept {
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        if (memberships_[i].takes_part && !peers_[i]->has_room()) {
            return false;
        }
    }
    return true;
}

void DuplicateTransport::send(Block block) {
    Shared shared;
    shared.head.records = block.records;
    shared.head.preamble = block.preamble;
    shared.head.sequence = block.sequence;
    shared.head.spool_frame = block.spool_frame;
    block.sequence = first_key_ + shared_.size();
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        shared.waiting.set(i, memberships_[i].takes_part);
    }
    std::size_t left = shared.waiting.count();
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        if (!shared.waiting.test(i)) {
            continue;
        }
        if (--left == 0) {
            peers_[i]->send(std::move(block));
            break;
        }
        peers_[i]->send(block.copy());
    }
    shared_.push_back(std::move(shared));
}

void DuplicateTransport::turn(SteadyTime now, std::vector<Delivery>& done) {
    last_turn_ = now;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        deliveries_.clear();
        peers_[i]->turn(now, deliveries_);
        for (Delivery& delivery : deliveries_) {
            settle(i, std::move(delivery));
        }
    }
    look_at_members(now);
    while (!shared_.empty() && shared_.front().waiting.none()) {
        Shared& front = shared_.front();
        front.worst->block = std::move(front.head);
        done.push_back(std::move(*front.worst));
        shared_.pop_front();
        ++first_key_;
    }
    numbers_ = sum_of(peers_);
    numbers_.records_skipped = records_skipped_;
}

DuplicateTransport::Shared* DuplicateTransport::find(std::uint64_t key) noexcept {
    return key >= first_key_ && key - first_key_ < shared_.size() ? &shared_[key - first_key_]
                                                                  : nullptr;
}

void DuplicateTransport::settle(std::size_t member, Delivery delivery) {
    Shared* const shared = find(delivery.block.sequence);
    if (shared == nullptr) {
        return;
    }
    shared->waiting.reset(member);
    if (!shared->worst || delivery.acknowledged < shared->worst->acknowledged) {
        shared->worst = std::move(delivery);
    }
}

void DuplicateTransport::look_at_members(SteadyTime now) {
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        if (!memberships_[i].takes_part) {
            look_at_return(i, now);
        } else if (is_stuck(i, now)) {
            if (const std::optional<std::size_t> heir = other_that_works(i, now)) {
                skip(i, *heir);
            }
        }
    }
}

bool DuplicateTransport::is_stuck(std::size_t member, SteadyTime now) const {
    const std::optional<SteadyTime> since = peers_[member]->stuck_since();
    return since && now - *since >= skip_after_;
}

std::optional<std::size_t> DuplicateTransport::other_that_works(std::size_t member, SteadyTime now)
    const {
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        if (i != member && memberships_[i].takes_part && peers_[i]->is_up() && !is_stuck(i, now)) {
            return i;
        }
    }
    return std::nullopt;
}

// What nobody else was given goes to the heir, so that it is not lost.
void DuplicateTransport::skip(std::size_t member, std::size_t heir) {
    Membership& membership = memberships_[member];
    membership.takes_part = false;
    membership.up_since.reset();
    membership.probation =
        peers_[member]->is_up()
            ? std::clamp(membership.probation * 2, skip_after_, skip_after_ * kProbationMax)
            : std::chrono::milliseconds(0);
    std::vector<PendingBlock> blocks;
    peers_[member]->give_back(blocks);
    for (PendingBlock& pending : blocks) {
        Shared* const shared = find(pending.block.sequence);
        if (shared == nullptr) {
            continue;
        }
        records_skipped_ += pending.block.records;
        shared->waiting.reset(member);
        if (shared->waiting.none() && !shared->worst) {
            shared->waiting.set(heir);
            peers_[heir]->accept(std::move(pending));
        }
    }
}

void DuplicateTransport::look_at_return(std::size_t member, SteadyTime now) {
    Membership& membership = memberships_[member];
    if (!peers_[member]->is_up()) {
        membership.up_since.reset();
        return;
    }
    if (!membership.up_since) {
        membership.up_since = now;
    }
    membership.takes_part = now - *membership.up_since >= membership.probation;
}

void DuplicateTransport::prepare_wait(TransportWait& wait) const {
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        peers_[i]->prepare_wait(wait);
        const Membership& membership = memberships_[i];
        if (membership.up_since && !membership.takes_part) {
            wake_at(wait, *membership.up_since + membership.probation);
        }
        const std::optional<SteadyTime> since = peers_[i]->stuck_since();
        // What is overdue waits for another one to work, and that wakes the sink by itself.
        if (membership.takes_part && since && *since + skip_after_ > last_turn_) {
            wake_at(wait, *since + skip_after_);
        }
    }
}

void DuplicateTransport::close() {
    for (const std::unique_ptr<PeerTransport>& peer : peers_) {
        peer->close();
    }
}

bool DuplicateTransport::is_idle() const noexcept {
    return shared_.empty() && std::all_of(peers_.begin(), peers_.end(), [](const auto& peer) {
               return peer->is_idle();
           });
}

void DuplicateTransport::take_back(std::vector<Block>& blocks) {
    std::vector<std::optional<Block>> found(shared_.size());
    for (const std::unique_ptr<PeerTransport>& peer : peers_) {
        std::vector<Block> copies;
        peer->take_back(copies);
        for (Block& copy : copies) {
            if (const Shared* const shared = find(copy.sequence)) {
                std::optional<Block>& place = found[copy.sequence - first_key_];
                copy.sequence = shared->head.sequence;
                place = std::move(copy);
            }
        }
    }
    for (std::optional<Block>& block : found) {
        if (block) {
            blocks.push_back(std::move(*block));
        }
    }
    first_key_ += shared_.size();
    shared_.clear();
}

void DuplicateTransport::reopen() {
    for (const std::unique_ptr<PeerTransport>& peer : peers_) {
        peer->reopen();
    }
}

}  // namespace flowgauge
