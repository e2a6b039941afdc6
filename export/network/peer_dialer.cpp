#include "export/network/peer_dialer.h"

#include "core/base/format.h"

#include <algorithm>
#include <utility>

namespace flowgauge {
namespace {

// A connection that did not last so long is as good as none: a peer that accepts and hangs up, or
// that finds our certificate wrong after a handshake of TLS 1.3, is not to be asked all the time.
constexpr std::chrono::seconds kLasting{10};

}  // namespace

void wake_at(TransportWait& wait, SteadyTime when) {
    wait.deadline = wait.deadline ? std::min(*wait.deadline, when) : when;
}

PeerDialer::PeerDialer(Options options)
    : options_(std::move(options)),
      backoff_(options_.backoff, options_.seed),
      lookup_(options_.resolve) {}

std::optional<SocketAddress> PeerDialer::next(SteadyTime now) {
    if (phase_ == Phase::kWaiting && now >= retry_at_) {
        lookup_.begin(options_.address, options_.socket_type);
        phase_ = Phase::kLookup;
        deadline_ = now + options_.timeout;
    }
    if (phase_ == Phase::kLookup) {
        look_up(now);
    }
    if (phase_ != Phase::kNext) {
        return std::nullopt;
    }
    phase_ = Phase::kTrying;
    return addresses_[tried_++];
}

void PeerDialer::look_up(SteadyTime now) {
    std::optional<Result<SocketAddresses>> answer = lookup_.take();
    if (answer && *answer && !answer->value().empty()) {
        addresses_ = std::move(*answer).value();
        tried_ = 0;
        phase_ = Phase::kNext;
    } else if (answer) {
        end_round(now, *answer ? std::string("no address") : answer->error().message);
    } else if (now >= deadline_) {
        end_round(
            now,
            format(
                "{}: no answer from the name server in {} s",
                options_.address.host,
                std::chrono::ceil<std::chrono::seconds>(options_.timeout).count()
            )
        );
    }
}

void PeerDialer::connected(SteadyTime now) {
    phase_ = Phase::kConnected;
    connected_at_ = now;
}

void PeerDialer::failed(SteadyTime now, const std::string& reason) {
    if (phase_ == Phase::kTrying && tried_ < addresses_.size()) {
        phase_ = Phase::kNext;
    } else if (phase_ != Phase::kAsleep) {
        end_round(now, reason);
    }
}

void PeerDialer::lost(SteadyTime now) {
    if (phase_ != Phase::kConnected) {
        return;
    }
    if (now - connected_at_ >= kLasting) {
        backoff_.reset();
    } else {
        ++failures_;
    }
    wait_from(now);
}

void PeerDialer::end_round(SteadyTime now, const std::string& reason) {
    ++failures_;
    failure_ = reason;
    wait_from(now);
}

void PeerDialer::wait_from(SteadyTime now) {
    phase_ = Phase::kWaiting;
    retry_at_ = now + backoff_.next();
}

std::optional<std::string> PeerDialer::take_failure() {
    return std::exchange(failure_, std::nullopt);
}

void PeerDialer::wake() noexcept {
    if (phase_ == Phase::kAsleep) {
        phase_ = Phase::kWaiting;
    }
}

void PeerDialer::prepare_wait(TransportWait& wait) const {
    if (phase_ == Phase::kWaiting) {
        wake_at(wait, retry_at_);
    } else if (phase_ == Phase::kLookup) {
        if (lookup_.descriptor() >= 0) {
            wait.descriptors.push_back({.fd = lookup_.descriptor(), .events = POLLIN, .revents = 0}
            );
        }
        wake_at(wait, deadline_);
    } else if (phase_ == Phase::kNext) {
        wake_at(wait, SteadyTime::min());
    }
}

}  // namespace flowgauge
