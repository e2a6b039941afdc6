#include "export/network/datagram_transport.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kBatchMessages = 256;
constexpr std::size_t kBatchBytes = 256 * 1024;
constexpr std::chrono::milliseconds kBusyPause{5};
constexpr std::int64_t kPacedBurst = 64 * 1024;
constexpr std::chrono::milliseconds kPause{1};   // until the rate grants more
constexpr std::chrono::seconds kRefusedFor{10};  // after the last refusal
constexpr std::chrono::seconds kRestMax{5};

}  // namespace

DatagramTransport::DatagramTransport(Options options)
    : options_(std::move(options)),
      dialer_(options_.dialer),
      report_(options_.dialer.address.text(), options_.tell) {}

void DatagramTransport::accept(PendingBlock pending) {
    bytes_ += pending.block.bytes.size();
    Entry entry;
    entry.units_ever = std::min(pending.units_sent, pending.block.units.size());
    entry.block = std::move(pending.block);
    entries_.push_back(std::move(entry));
}

void DatagramTransport::turn(SteadyTime now, std::vector<Delivery>& done) {
    now_ = now;
    if (!progress_at_ || (sender_ && !had_entries_)) {
        progress_at_ = now;
    }
    if (!sender_ && !resting_) {
        open(now);
    }
    if (sender_ && (outcome_ != DatagramSender::Outcome::kBusy || now >= busy_until_)) {
        send_all(now, done);
    }
    look_at_refusals(now);
    if (resting_ && (entries_.empty() || !sender_ || now >= rest_until_)) {
        unstage();
        dialer_.sleep();
        resting_ = false;
    }
    had_entries_ = !entries_.empty();
}

void DatagramTransport::open(SteadyTime now) {
    if (const std::optional<SocketAddress> peer = dialer_.next(now)) {
        Result<DatagramSender> sender = DatagramSender::open(*peer, options_.datagram);
        if (sender) {
            sender_.emplace(std::move(sender).value());
            bytes_seen_ = errors_seen_ = refusals_seen_ = 0;
            session_ = options_.make_session();
            session_->begin(true);
            dialer_.connected(now);
            report_.connected();
            progress_at_ = now;
        } else {
            dialer_.failed(now, sender.error().message);
        }
    }
    if (const std::optional<std::string> failure = dialer_.take_failure()) {
        report_.failed(*failure);
    }
}

void DatagramTransport::send_all(SteadyTime now, std::vector<Delivery>& done) {
    refill(now);
    for (;;) {
        if (batch_.is_done()) {
            stage(now);
        }
        outcome_ = sender_->send(batch_);
        settle(now, done);
        if (outcome_ == DatagramSender::Outcome::kBroken) {
            break_off(now);
            return;
        }
        if (outcome_ == DatagramSender::Outcome::kBusy) {
            busy_until_ = now + kBusyPause;
        }
        if (outcome_ != DatagramSender::Outcome::kDone || entries_.empty() || is_paced()) {
            return;
        }
    }
}

// A token bucket.
void DatagramTransport::refill(SteadyTime now) {
    if (options_.datagram.rate == 0) {
        return;
    }
    const auto since =
        std::min<std::chrono::nanoseconds>(now - refilled_at_, std::chrono::seconds(1));
    const double granted =
        static_cast<double>(options_.datagram.rate) * std::chrono::duration<double>(since).count();
    allowance_ = std::min(allowance_ + static_cast<std::int64_t>(granted), kPacedBurst);
    refilled_at_ = now;
}

bool DatagramTransport::is_paced() const noexcept {
    return options_.datagram.rate != 0 && allowance_ <= 0;
}

// Frames the next units, and what has to be repeated.
void DatagramTransport::stage(SteadyTime now) {
    batch_.clear();
    settled_ = 0;
    const bool has_rate = options_.datagram.rate != 0;
    const std::size_t bytes_max =
        has_rate ? static_cast<std::size_t>(std::max<std::int64_t>(allowance_, 0)) : kBatchBytes;
    while (batch_.size() < kBatchMessages && batch_.bytes() < bytes_max && staged_ < entries_.size()
    ) {
        const Block& block = entries_[staged_].block;
        if (staged_unit_ == block.units.size()) {
            ++staged_;
            staged_unit_ = 0;
            continue;
        }
        preamble_ = block.preamble;
        session_->prepare(preamble_.get(), now, batch_);
        session_->put(block.unit(staged_unit_), block.units[staged_unit_].records, batch_);
        batch_.end_unit();
        ++staged_unit_;
    }
    if (batch_.size() == 0 && preamble_ && session_->next_repeat() <= now) {
        session_->prepare(preamble_.get(), now, batch_);
    }
    allowance_ -= has_rate ? static_cast<std::int64_t>(batch_.bytes()) : 0;
}

// Takes over what the sender has decided.
void DatagramTransport::settle(SteadyTime now, std::vector<Delivery>& done) {
    const std::size_t decided = batch_.decided_units();
    for (; settled_ < decided; ++settled_) {
        skip_decided(done);
        settle_unit(entries_.front(), batch_.loss_of(settled_));
    }
    skip_decided(done);
    if (sender_->bytes() != bytes_seen_) {
        report_.wrote(sender_->bytes() - bytes_seen_);
        bytes_seen_ = sender_->bytes();
        progress_at_ = now;
    }
}

void DatagramTransport::settle_unit(Entry& entry, std::optional<RecordLoss> loss) {
    const std::uint32_t records = entry.block.units[entry.units_decided].records;
    if (loss) {
        entry.dropped[*loss] += records;
    } else if (entry.units_decided < entry.units_ever) {
        report_.numbers.records_repeated += records;
    }
    ++entry.units_decided;
    entry.units_ever = std::max(entry.units_ever, entry.units_decided);
}

// Blocks of which every unit is decided go back.
void DatagramTransport::skip_decided(std::vector<Delivery>& done) {
    while (!entries_.empty() &&
           entries_.front().units_decided == entries_.front().block.units.size()) {
        Entry& entry = entries_.front();
        bytes_ -= entry.block.bytes.size();
        const std::uint64_t records = entry.block.records;
        done.push_back(
            {.block = std::move(entry.block),
             .acknowledged = records - entry.dropped.total(),
             .dropped = entry.dropped}
        );
        entries_.pop_front();
        if (staged_ > 0) {
            --staged_;
        } else {
            staged_unit_ = 0;
        }
    }
}

// What was framed and not sent is framed again for the next session.
void DatagramTransport::unstage() {
    batch_.clear();
    settled_ = 0;
    staged_ = 0;
    staged_unit_ = entries_.empty() ? 0 : entries_.front().units_decided;
    outcome_ = DatagramSender::Outcome::kDone;
    sender_.reset();
    session_.reset();
    refused_.reset();
}

// A frame of a spool is acknowledged as a whole.
void DatagramTransport::deliver_parts(std::vector<Delivery>& done) {
    for (Entry& entry : entries_) {
        if (entry.units_decided != 0 && entry.block.spool_frame == 0) {
            done.push_back(split_off(entry));
        }
    }
    unstage();
}

// The units that are decided, as a block without bytes; the entry keeps the others.
Delivery DatagramTransport::split_off(Entry& entry) {
    Block& block = entry.block;
    const std::uint32_t cut = block.units[entry.units_decided - 1].end;
    Delivery part;
    part.block.sequence = block.sequence;
    for (std::size_t i = 0; i < entry.units_decided; ++i) {
        part.block.records += block.units[i].records;
    }
    part.dropped = std::exchange(entry.dropped, {});
    part.acknowledged = part.block.records - part.dropped.total();
    block.records -= part.block.records;
    block.bytes.erase(0, cut);
    block.units.erase(
        block.units.begin(), block.units.begin() + static_cast<std::ptrdiff_t>(entry.units_decided)
    );
    for (BlockUnit& unit : block.units) {
        unit.end -= cut;
    }
    bytes_ -= cut;
    entry.units_ever -= entry.units_decided;
    entry.units_decided = 0;
    return part;
}

void DatagramTransport::break_off(SteadyTime now) {
    report_.failed(std::generic_category().message(sender_->error_code()));
    dialer_.lost(now);
    unstage();
}

void DatagramTransport::look_at_refusals(SteadyTime now) {
    if (!sender_) {
        return;
    }
    report_.numbers.errors += sender_->errors() - errors_seen_;
    errors_seen_ = sender_->errors();
    if (sender_->refusals() != refusals_seen_) {
        refusals_seen_ = sender_->refusals();
        if (!refused_) {
            ++refused_periods_;
            report_.refused("datagrams are refused; is its port open?");
        }
        refused_ = now;
    } else if (refused_ && now - *refused_ >= kRefusedFor) {
        refused_.reset();
        report_.works_again();
    }
}

void DatagramTransport::prepare_wait(TransportWait& wait) const {
    if (!sender_) {
        dialer_.prepare_wait(wait);
    } else if (outcome_ == DatagramSender::Outcome::kBlocked) {
        wait.descriptors.push_back({.fd = sender_->descriptor(), .events = POLLOUT, .revents = 0});
    } else if (outcome_ == DatagramSender::Outcome::kBusy) {
        wake_at(wait, busy_until_);
    } else if (!entries_.empty()) {
        wake_at(wait, is_paced() ? refilled_at_ + kPause : SteadyTime::min());
    } else if (preamble_) {
        wake_at(wait, session_->next_repeat());
    }
    if (refused_) {
        wake_at(wait, *refused_ + kRefusedFor);
    }
    if (resting_) {
        wake_at(wait, rest_until_);
    }
}

void DatagramTransport::give_back(std::vector<PendingBlock>& blocks) {
    if (sender_) {
        dialer_.lost(now_);
    }
    for (Entry& entry : entries_) {
        blocks.push_back({.block = std::move(entry.block), .units_sent = entry.units_ever});
    }
    entries_.clear();
    bytes_ = 0;
    unstage();
}

std::optional<SteadyTime> DatagramTransport::stuck_since() const noexcept {
    return sender_ && entries_.empty() ? std::nullopt : progress_at_;
}

void DatagramTransport::wake() {
    closing_ = false;
    resting_ = false;
    if (dialer_.is_asleep()) {
        progress_at_.reset();
        dialer_.wake();
    }
}

void DatagramTransport::rest(SteadyTime now) {
    if (!dialer_.is_asleep()) {
        resting_ = true;
        rest_until_ = now + kRestMax;
    }
}

}  // namespace flowgauge
