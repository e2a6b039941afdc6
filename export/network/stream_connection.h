// StreamConnection: one connection to one address, over TCP, TLS or a unix socket, from the attempt
// to its end.
#pragma once

#include "core/base/file_descriptor.h"
#include "crypto/tls_client.h"
#include "export/network/name_lookup.h"
#include "export/network/network_options.h"
#include "export/sink/transport.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace flowgauge {

// Nothing waits. What the peer sends is read and thrown away. Bytes on the wire are counted from
// the beginning of the connection; with TLS they are those of its records. Thread: one.
class StreamConnection {
public:
    enum class State : std::uint8_t {
        kConnecting,
        kHandshake,
        kOpen,
        kFinishing,  // everything is said, and the peer is to close
        kFinished,   // the peer's program has read everything, or at least its kernel has it
        kFailed,
    };

    struct Options {
        SocketAddress peer;
        std::string host;                             // whom the certificate must be for
        std::shared_ptr<const TlsClientContext> tls;  // null: plain
        StreamOptions stream;
    };

    StreamConnection(Options options, SteadyTime now);
    StreamConnection(const StreamConnection&) = delete;
    StreamConnection& operator=(const StreamConnection&) = delete;
    ~StreamConnection() = default;

    // Goes on with everything that can be done now.
    void turn(SteadyTime now);
    [[nodiscard]] State state() const noexcept { return state_; }
    [[nodiscard]] bool was_open() const noexcept { return was_open_; }

    // Whether put() may be called: open, and less than 64 KiB wait for the socket.
    [[nodiscard]] bool has_room() const noexcept;

    // Bytes that put() should be given at one time: more make no difference.
    [[nodiscard]] std::size_t chunk() const noexcept;

    // Takes all of it. Returns the position on the wire behind it. flush() or turn() sends it.
    std::uint64_t put(std::string_view bytes);
    void flush();

    // No put() follows: everything is sent, then our half is closed, then the peer has
    // finish_timeout to close the other. Requires: open.
    void finish(SteadyTime now);

    // The position on the wire up to which the socket has taken everything.
    [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }

    // Of them, the last so many may never have reached the peer's program: what is on its way, and
    // what may lie unread in the peer's socket. Holds while the connection is there, and after it
    // has failed; what the peer's program had read and not yet stored is not part of it.
    [[nodiscard]] std::uint64_t uncertain() const;

    // What uncertain() can ever become.
    [[nodiscard]] std::uint64_t uncertain_max() const noexcept { return uncertain_max_; }

    // Why it has failed.
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

    void prepare_wait(TransportWait& wait) const;

private:
    [[nodiscard]] bool is_unix() const noexcept { return options_.peer.family() == AF_UNIX; }
    [[nodiscard]] std::size_t pending() const noexcept { return out_.size() - out_begin_; }
    [[nodiscard]] bool is_reading() const noexcept;

    void look_at_connecting(SteadyTime now);
    void read_away();
    void take(std::string_view bytes);
    void end_of_input();
    void look_at_finish(SteadyTime now);
    void fail(std::string reason);
    void fail_with(int code);

    Options options_;
    FileDescriptor socket_;
    std::unique_ptr<TlsClient> tls_;
    State state_ = State::kConnecting;
    bool was_open_ = false;
    bool half_closed_ = false;  // by us
    bool peer_closed_ = false;  // thereafter
    SteadyTime deadline_;
    std::string out_;  // for the socket, from out_begin_ on
    std::size_t out_begin_ = 0;
    std::uint64_t accepted_ = 0;
    std::uint64_t peer_buffer_max_ = 0;
    std::uint64_t uncertain_max_ = 0;
    std::uint64_t unix_unread_ = 0;  // of a unix peer, at most, when it was last seen alive
    std::string reason_;
};

}  // namespace flowgauge
