#include "export/network/stream_connection.h"

#include "core/base/format.h"
#include "export/network/peer_dialer.h"
#include "export/network/stream_socket.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kPendingMax = 64 * 1024;
// A peer that sends much and reads nothing must not make TLS collect answers.
constexpr std::size_t kPendingReadMax = 4 * kPendingMax;
constexpr std::size_t kRecordSize = 16 * 1024;  // of TLS (RFC 8446 section 5.1)
constexpr std::chrono::milliseconds kFinishStep{100};

std::string no_answer(std::string_view to, std::chrono::milliseconds timeout) {
    return format(
        "no answer to {} in {} s", to, std::chrono::ceil<std::chrono::seconds>(timeout).count()
    );
}

}  // namespace

StreamConnection::StreamConnection(Options options, SteadyTime now)
    : options_(std::move(options)),
      deadline_(now + options_.stream.connect_timeout) {
    Result<FileDescriptor> socket = open_stream_socket(options_.peer, options_.stream);
    if (!socket) {
        fail(socket.error().message);
        return;
    }
    socket_ = std::move(socket).value();
}

void StreamConnection::turn(SteadyTime now) {
    if (state_ == State::kConnecting) {
        look_at_connecting(now);
    }
    if (is_reading()) {
        read_away();
    }
    flush();
    if (state_ == State::kHandshake) {
        if (tls_->is_open()) {
            state_ = State::kOpen;
            was_open_ = true;
        } else if (now >= deadline_) {
            fail(
                no_answer("the TLS handshake", options_.stream.connect_timeout) +
                "; does it speak TLS on this port?"
            );
        }
    }
    if (state_ == State::kFinishing) {
        look_at_finish(now);
    }
}

void StreamConnection::look_at_connecting(SteadyTime now) {
    const std::optional<int> outcome = connect_outcome(socket_.get());
    if (!outcome) {
        if (now >= deadline_) {
            fail(no_answer("the connection", options_.stream.connect_timeout));
        }
        return;
    }
    if (*outcome != 0) {
        fail_with(*outcome);
        return;
    }
    peer_buffer_max_ = is_unix() ? 0 : peer_buffer_max(socket_.get());
    // The kernel lets one more packet in where there is any room.
    uncertain_max_ = 2 * send_buffer_of(socket_.get()) + kPendingMax + peer_buffer_max_;
    if (!options_.tls) {
        state_ = State::kOpen;
        was_open_ = true;
        return;
    }
    Result<std::unique_ptr<TlsClient>> tls = TlsClient::begin(*options_.tls, options_.host);
    if (!tls) {
        fail(tls.error().message);
        return;
    }
    tls_ = std::move(tls).value();
    tls_->take_output(out_);
    state_ = State::kHandshake;
    deadline_ = now + options_.stream.connect_timeout;
}

bool StreamConnection::has_room() const noexcept {
    return state_ == State::kOpen && pending() < kPendingMax;
}

std::size_t StreamConnection::chunk() const noexcept {
    return tls_ ? kRecordSize : 1;
}

std::uint64_t StreamConnection::put(std::string_view bytes) {
    if (!tls_) {
        out_.append(bytes);
    } else {
        if (Result<void> sent = tls_->send(bytes); !sent) {
            fail(sent.error().message);
        }
        tls_->take_output(out_);
    }
    return accepted_ + pending();
}

void StreamConnection::flush() {
    while (pending() != 0 && state_ != State::kFailed && state_ != State::kFinished) {
        // A unix socket tells how much is unread only while the peer lives, so it is asked before:
        // what comes on top is known.
        const std::uint64_t unread = is_unix() ? unconfirmed_bytes(socket_.get()) : 0;
        const ssize_t sent =
            ::send(socket_.get(), out_.data() + out_begin_, pending(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno == EINTR) {
                continue;
            }
            if (errno != EAGAIN) {
                fail_with(errno);
            }
            return;
        }
        accepted_ += static_cast<std::uint64_t>(sent);
        unix_unread_ = unread + static_cast<std::uint64_t>(sent);
        out_begin_ += static_cast<std::size_t>(sent);
        if (pending() == 0) {
            out_.clear();
            out_begin_ = 0;
        } else if (out_begin_ >= kPendingMax) {
            out_.erase(0, out_begin_);
            out_begin_ = 0;
        }
    }
}

bool StreamConnection::is_reading() const noexcept {
    return (state_ == State::kHandshake || state_ == State::kOpen || state_ == State::kFinishing) &&
           !peer_closed_ && pending() < kPendingReadMax;
}

void StreamConnection::read_away() {
    constexpr int kReadsMax = 8;    // a turn; the rest keeps the descriptor readable
    std::array<char, 16384> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): recv() fills
    for (int i = 0; i < kReadsMax && is_reading(); ++i) {
        const std::uint64_t unread = is_unix() ? unconfirmed_bytes(socket_.get()) : 0;
        const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (got > 0) {
            take({bytes.data(), static_cast<std::size_t>(got)});
        } else if (got == 0) {
            end_of_input();
        } else if (errno == EAGAIN) {
            unix_unread_ = unread;  // the peer is still there, so this was true
            return;
        } else if (errno != EINTR) {
            fail_with(errno);
        }
    }
}

void StreamConnection::take(std::string_view bytes) {
    if (!tls_) {
        return;
    }
    Result<void> received = tls_->receive(bytes);
    tls_->take_output(out_);
    if (!received) {
        const std::string reason = std::move(received).error().message;
        flush();  // the alert, so that the peer's log says why
        fail(reason);
    } else if (tls_->is_closed_by_peer() && state_ != State::kFinishing) {
        fail("the collector has closed the connection");
    }
}

void StreamConnection::end_of_input() {
    if (state_ == State::kFinishing && half_closed_) {
        peer_closed_ = true;
    } else {
        fail("the collector has closed the connection");
    }
}

void StreamConnection::finish(SteadyTime now) {
    if (tls_) {
        tls_->finish();
        tls_->take_output(out_);
    }
    state_ = State::kFinishing;
    deadline_ = now + options_.stream.finish_timeout;
    flush();
    look_at_finish(now);
}

void StreamConnection::look_at_finish(SteadyTime now) {
    if (state_ != State::kFinishing) {
        return;
    }
    if (pending() == 0 && !half_closed_) {
        ::shutdown(socket_.get(), SHUT_WR);
        half_closed_ = true;
        deadline_ = now + options_.stream.finish_timeout;
    }
    const bool is_confirmed = half_closed_ && unconfirmed_bytes(socket_.get()) == 0;
    // A peer that does not close its half may be a bad one, but its kernel has confirmed it all.
    if (is_confirmed && (peer_closed_ || now >= deadline_)) {
        state_ = State::kFinished;
    } else if (peer_closed_ && connect_outcome(socket_.get()).value_or(0) != 0) {
        fail("the collector has closed the connection before it had everything");
    } else if (peer_closed_ || now >= deadline_) {
        deadline_ = now + kFinishStep;
    }
}

std::uint64_t StreamConnection::uncertain() const {
    if (!was_open_) {
        return 0;
    }
    if (is_unix()) {
        return std::min(unix_unread_, accepted_);
    }
    const std::uint64_t unconfirmed = std::min(unconfirmed_bytes(socket_.get()), accepted_);
    return unconfirmed + std::min(accepted_ - unconfirmed, peer_buffer_max_);
}

void StreamConnection::fail(std::string reason) {
    if (state_ != State::kFailed) {
        state_ = State::kFailed;
        reason_ = std::move(reason);
    }
}

// What the peer said before it hung up explains more than that it did.
void StreamConnection::fail_with(int code) {
    if (tls_) {
        std::array<char, 16384> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init)
        const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (got > 0) {
            if (Result<void> received =
                    tls_->receive({bytes.data(), static_cast<std::size_t>(got)});
                !received) {
                fail(received.error().message);
                return;
            }
        }
    }
    fail(std::generic_category().message(code));
}

void StreamConnection::prepare_wait(TransportWait& wait) const {
    if (state_ == State::kFailed || state_ == State::kFinished) {
        wake_at(wait, SteadyTime::min());
        return;
    }
    pollfd what{.fd = socket_.get(), .events = 0, .revents = 0};
    if (state_ == State::kConnecting || pending() != 0) {
        what.events |= POLLOUT;
    }
    if (is_reading()) {
        what.events |= POLLIN;
    }
    if (!peer_closed_) {  // such a socket is always ready
        wait.descriptors.push_back(what);
    }
    if (state_ != State::kOpen) {
        wake_at(wait, deadline_);
    }
}

}  // namespace flowgauge
