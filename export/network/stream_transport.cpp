#include "export/network/stream_transport.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

// So that one turn ends soon although the peer takes everything at once.
constexpr std::uint64_t kTurnBytesMax = std::uint64_t{4} << 20;
// How long a peer that is to be left has to confirm what it got.
constexpr std::chrono::seconds kRestMax{5};

class StagedMessages final : public WireMessages {
public:
    explicit StagedMessages(std::string& bytes) : bytes_(bytes) {}
    void add(std::string_view message) override { bytes_.append(message); }

private:
    std::string& bytes_;
};

}  // namespace

StreamTransport::StreamTransport(Options options)
    : options_(std::move(options)),
      dialer_(options_.dialer),
      report_(options_.dialer.address.text(), options_.tell),
      ring_(options_.stream.replay_size, options_.stream.unsent_max) {}

void StreamTransport::accept(PendingBlock pending) {
    ring_.add(std::move(pending));
}

void StreamTransport::turn(SteadyTime now, std::vector<Delivery>& done) {
    now_ = now;
    if (!progress_at_ || (session_ && !had_unsent_)) {
        progress_at_ = now;
    }
    dial(now);
    if (connection_) {
        follow_connection(now);
    }
    if (session_) {
        pump(now);
    }
    if (session_) {
        settle_sent(now);
        ring_.evict(accepted_ - std::min(accepted_, connection_->uncertain_max()), done);
    }
    look_at_end(now, done);
    had_unsent_ = ring_.has_unsent();
}

void StreamTransport::dial(SteadyTime now) {
    if (connection_ || resting_ || (closing_ && ring_.is_empty())) {
        return;
    }
    if (const std::optional<SocketAddress> peer = dialer_.next(now)) {
        connection_ = std::make_unique<StreamConnection>(
            StreamConnection::Options{
                .peer = *peer,
                .host = options_.dialer.address.host,
                .tls = options_.tls,
                .stream = options_.stream},
            now
        );
    }
    if (const std::optional<std::string> failure = dialer_.take_failure()) {
        report_.failed(*failure);
    }
}

void StreamTransport::follow_connection(SteadyTime now) {
    connection_->turn(now);
    const StreamConnection::State state = connection_->state();
    if (state == StreamConnection::State::kOpen && !session_) {
        begin_session(now);
    } else if (state == StreamConnection::State::kFailed) {
        lose(now, connection_->reason());
    }
}

void StreamTransport::begin_session(SteadyTime now) {
    dialer_.connected(now);
    report_.connected();
    session_ = options_.make_session();
    session_->begin(false);
    accepted_ = connection_->accepted();  // the TLS handshake
    progress_at_ = now;
}

// The connection is gone, or it never was one.
void StreamTransport::lose(SteadyTime now, const std::string& reason) {
    if (session_) {
        end_session(now);
        report_.failed(reason);
    } else {
        dialer_.failed(now, reason);
        if (const std::optional<std::string> failure = dialer_.take_failure()) {
            report_.failed(*failure);
        }
    }
    end_connection(resting_);
}

// What the connection took with it is counted.
void StreamTransport::end_session(SteadyTime now) {
    settle_sent(now);
    const std::uint64_t uncertain = std::min(connection_->uncertain(), accepted_);
    report_.numbers.records_uncertain += ring_.lose_session(accepted_ - uncertain);
    dialer_.lost(now);
    progress_at_ = now;
}

void StreamTransport::end_connection(bool sleep) noexcept {
    session_.reset();
    connection_.reset();
    staged_.clear();
    if (sleep) {
        dialer_.sleep();
        resting_ = false;
    }
}

void StreamTransport::pump(SteadyTime now) {
    const std::uint64_t end = connection_->accepted() + kTurnBytesMax;
    while (ring_.has_next() && connection_->has_room() && connection_->accepted() < end) {
        while (ring_.has_next() && connection_->has_room()) {
            stage(now);
        }
        connection_->flush();
    }
    if (connection_->state() == StreamConnection::State::kFailed) {
        lose(now, connection_->reason());
    }
}

// One chunk of units goes to the connection.
void StreamTransport::stage(SteadyTime now) {
    staging_.clear();
    StagedMessages messages(staging_);
    std::size_t units = 0;
    do {
        session_->prepare(ring_.next_block().preamble.get(), now, messages);
        session_->put(ring_.next_unit(), ring_.next_records(), messages);
        ring_.stage_next();
        ++units;
    } while (staging_.size() < connection_->chunk() && ring_.has_next());
    staged_.push_back({.end_position = connection_->put(staging_), .units = units});
}

void StreamTransport::settle_sent(SteadyTime now) {
    if (!session_) {
        return;
    }
    const std::uint64_t accepted = connection_->accepted();
    if (accepted != accepted_) {
        report_.wrote(accepted - accepted_);
        progress_at_ = now;
        accepted_ = accepted;
    }
    while (!staged_.empty() && staged_.front().end_position <= accepted) {
        report_.numbers.records_repeated +=
            ring_.mark_sent(staged_.front().units, staged_.front().end_position);
        staged_.pop_front();
    }
    if (!ring_.has_unsent()) {
        progress_at_ = now;
    }
}

// Ends the connection when it is to end: at rest() as soon as possible, at close() when everything
// has been sent.
void StreamTransport::look_at_end(SteadyTime now, std::vector<Delivery>& done) {
    if (!closing_ && !resting_) {
        return;
    }
    if (session_ && connection_->state() == StreamConnection::State::kOpen &&
        (resting_ || !ring_.has_unsent())) {
        connection_->finish(now);
        settle_sent(now);
    }
    if (session_ && connection_->state() == StreamConnection::State::kFailed) {
        lose(now, connection_->reason());
    } else if (session_ && connection_->state() == StreamConnection::State::kFinished) {
        settle_sent(now);
        ring_.confirm_sent(done);
        end_connection(true);
    } else if (resting_ && (!session_ || now >= rest_until_)) {
        if (session_) {
            lose(now, "it did not confirm in time what it had got");
        } else {
            end_connection(true);
        }
    } else if (closing_ && !session_ && ring_.is_empty()) {
        end_connection(true);
    }
}

bool StreamTransport::is_idle() const noexcept {
    return closing_ && ring_.is_empty() && !connection_;
}

void StreamTransport::prepare_wait(TransportWait& wait) const {
    if (connection_) {
        connection_->prepare_wait(wait);
        if (session_ && ring_.has_next() && connection_->has_room()) {
            wake_at(wait, SteadyTime::min());
        }
    } else if (!closing_ || !ring_.is_empty()) {
        dialer_.prepare_wait(wait);
    }
    if (resting_) {
        wake_at(wait, rest_until_);
    }
}

void StreamTransport::give_back(std::vector<PendingBlock>& blocks) {
    if (session_) {
        end_session(now_);
    }
    end_connection(resting_);
    ring_.take(blocks);
}

std::optional<SteadyTime> StreamTransport::stuck_since() const noexcept {
    return session_ && !ring_.has_unsent() ? std::nullopt : progress_at_;
}

void StreamTransport::wake() {
    closing_ = false;
    resting_ = false;
    if (dialer_.is_asleep()) {
        progress_at_.reset();
        dialer_.wake();
    }
}

void StreamTransport::rest(SteadyTime now) {
    if (!dialer_.is_asleep()) {
        resting_ = true;
        rest_until_ = now + kRestMax;
    }
}

void StreamTransport::reopen() {
    if (!options_.tls) {
        return;
    }
    Result<std::shared_ptr<const TlsClientContext>> again =
        TlsClientContext::load(options_.tls_files, "tls");
    if (again) {
        options_.tls = std::move(again).value();
    } else if (options_.tell) {
        options_.tell(again.error().message + "; the files read before stay in use");
    }
}

}  // namespace flowgauge
