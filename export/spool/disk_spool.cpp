#include "export/spool/disk_spool.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace flowgauge {

DiskSpool::~DiskSpool() {
    disk_.reset();  // waits for what is under way; the bytes of it go after that
}

bool DiskSpool::has_room(std::uint64_t bytes) const noexcept {
    return writer_.has_room(bytes);
}

bool DiskSpool::is_full(std::uint64_t bytes) const noexcept {
    return writer_.is_full(bytes);
}

void DiskSpool::append(Block block) {
    writer_.append(std::move(block));
}

std::optional<Block> DiskSpool::refused() {
    return writer_.take_refused();
}

std::optional<Block> DiskSpool::next() {
    return reader_->next();
}

bool DiskSpool::has_next() const noexcept {
    return reader_->has_next() || !writer_.is_idle();
}

void DiskSpool::acknowledge(std::uint64_t spool_frame) {
    reader_->acknowledge(spool_frame);
}

void DiskSpool::rewind() {
    reader_->rewind();
}

void DiskSpool::turn(SteadyTime now) {
    state_.now = now;
    disk_->turn();
    reader_->begin_turn();
    writer_.turn();
    turn_position();
}

void DiskSpool::turn_position() {
    const bool was_busy = position_.is_busy();
    if (const int error = position_.turn(); error != 0) {
        state_.count_error("write the acknowledged position", error);
        has_position_failed_ = true;
    }
    if (was_busy && !position_.is_busy()) {
        positioned_at_ = state_.now;
    }
    if (!position_.is_busy()) {
        remove_segments();
    }
    if (wants_position()) {
        has_position_failed_ = false;
        position_.begin({.salt = state_.salt, .point = reader_->acknowledged()});
    }
}

// At once when a segment waits for it, so that a full spool has room again soon. After a failure no
// more often than else.
bool DiskSpool::wants_position() const {
    if (position_.is_busy() || position_.durable() == reader_->acknowledged()) {
        return false;
    }
    const bool is_awaited =
        !state_.segments.empty() && state_.segments.begin()->first < reader_->first_needed();
    const bool is_due = state_.now - positioned_at_ >= state_.options.sync_interval;
    return is_due || is_hastened_ || (is_awaited && !has_position_failed_);
}

bool DiskSpool::is_all_done() const noexcept {
    return reader_->is_idle() && writer_.is_idle() && writer_.can_leave();
}

// What the durable position says is acknowledged goes.
void DiskSpool::remove_segments() {
    const std::uint64_t durable = position_.durable().frame;
    const std::uint64_t needed = reader_->first_needed();
    while (!state_.segments.empty()) {
        const auto oldest = state_.segments.begin();
        const auto following = std::next(oldest);
        const bool is_last = following == state_.segments.end();
        const bool may_go = is_last ? is_all_done() && durable >= state_.end.frame
                                    : oldest->first < needed && following->first <= durable + 1;
        if (!may_go) {
            return;
        }
        if (is_last) {
            writer_.leave();
        }
        reader_->forget(oldest->first);
        state_.drop_segment(oldest->first);
        writer_.retry();
    }
}

void DiskSpool::prepare_wait(TransportWait& wait) const {
    if (const int descriptor = disk_->descriptor(); descriptor >= 0) {
        wait.descriptors.push_back({.fd = descriptor, .events = POLLIN, .revents = 0});
    }
    const auto be_there = [&wait](SteadyTime when) {
        wait.deadline = wait.deadline ? std::min(*wait.deadline, when) : when;
    };
    if (reader_->wants_turn()) {
        be_there(state_.now);
    }
    if (const std::optional<SteadyTime>& retry = reader_->retry_at()) {
        be_there(*retry);
    }
    if (const std::optional<SteadyTime> deadline = writer_.deadline()) {
        be_there(*deadline);
    }
    if (position_.is_busy()) {
        if (disk_->descriptor() < 0) {
            be_there(state_.now);
        }
    } else if (position_.durable() != reader_->acknowledged()) {
        be_there(positioned_at_ + state_.options.sync_interval);
    }
}

bool DiskSpool::is_settled() const {
    return writer_.is_settled() && !position_.is_busy() &&
           position_.durable() == reader_->acknowledged();
}

bool DiskSpool::flush(std::chrono::milliseconds patience) {
    using Clock = std::chrono::steady_clock;
    const SteadyTime deadline = Clock::now() + patience;
    is_hastened_ = true;
    writer_.hasten(true);
    const std::uint64_t errors = state_.numbers.errors;
    bool goes_on = true;
    while (goes_on) {
        turn(Clock::now());
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        // After an error it is not tried again: the next one may be as good.
        goes_on = !is_settled() && state_.numbers.errors == errors && left.count() > 0 &&
                  disk_->drain(left);
    }
    is_hastened_ = false;
    writer_.hasten(false);
    return is_settled() && state_.numbers.errors == errors && !writer_.has_refused();
}

}  // namespace flowgauge
