// StreamTransport: blocks to one collector over TCP, TLS or a unix stream, with connections that
// come and go.
#pragma once

#include "crypto/tls_client.h"
#include "export/network/network_options.h"
#include "export/network/peer_dialer.h"
#include "export/network/peer_report.h"
#include "export/network/peer_transport.h"
#include "export/network/replay_ring.h"
#include "export/network/session_protocol.h"
#include "export/network/stream_connection.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {

// Acknowledged means: left the replay ring, or confirmed by the peer's end of the connection when
// we ended ours. What may be lost nevertheless when a connection fails is counted, as an upper
// bound, in records_uncertain. Thread: that of the sink. Bounds: those of ReplayRing.
class StreamTransport final : public PeerTransport {
public:
    struct Options {
        PeerDialer::Options dialer;
        StreamOptions stream;
        TlsClientOptions tls_files;
        std::shared_ptr<const TlsClientContext> tls;  // null: plain
        SessionFactory make_session;
        std::function<void(const std::string& text)> tell;
    };

    explicit StreamTransport(Options options);

    [[nodiscard]] bool has_room() const noexcept override { return ring_.has_room(); }
    void turn(SteadyTime now, std::vector<Delivery>& done) override;
    void prepare_wait(TransportWait& wait) const override;
    void close() override { closing_ = true; }
    [[nodiscard]] bool is_idle() const noexcept override;
    [[nodiscard]] const OutputNumbers& numbers() const noexcept override { return report_.numbers; }
    // Reads the TLS files again, for the next connection. With errors the old ones stay in use.
    void reopen() override;

    void accept(PendingBlock pending) override;
    void give_back(std::vector<PendingBlock>& blocks) override;
    [[nodiscard]] bool is_up() const noexcept override { return session_ != nullptr; }
    [[nodiscard]] std::uint64_t failures() const noexcept override { return dialer_.failures(); }
    [[nodiscard]] std::optional<SteadyTime> stuck_since() const noexcept override;
    void wake() override;
    void rest(SteadyTime now) override;
    [[nodiscard]] bool is_asleep() const noexcept override { return dialer_.is_asleep(); }

private:
    // Units of which the last byte is at that position on the wire.
    struct Staged {
        std::uint64_t end_position = 0;
        std::size_t units = 0;
    };

    void dial(SteadyTime now);
    void follow_connection(SteadyTime now);
    void begin_session(SteadyTime now);
    void lose(SteadyTime now, const std::string& reason);
    void end_session(SteadyTime now);
    void pump(SteadyTime now);
    void stage(SteadyTime now);
    void settle_sent(SteadyTime now);
    void look_at_end(SteadyTime now, std::vector<Delivery>& done);
    void end_connection(bool sleep) noexcept;

    Options options_;
    PeerDialer dialer_;
    PeerReport report_;
    ReplayRing ring_;
    std::unique_ptr<StreamConnection> connection_;
    std::unique_ptr<SessionProtocol> session_;  // while the connection is open
    std::deque<Staged> staged_;
    std::string staging_;
    std::uint64_t accepted_ = 0;             // of the connection, when it was last looked at
    SteadyTime now_;                         // of the last turn
    std::optional<SteadyTime> progress_at_;  // when the peer took something, or had nothing to take
    bool had_unsent_ = false;                // when the last turn ended
    bool closing_ = false;
    bool resting_ = false;
    SteadyTime rest_until_;
};

}  // namespace flowgauge
