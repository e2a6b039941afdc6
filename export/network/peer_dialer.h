// PeerDialer: when to try which address of a collector.
#pragma once

#include "export/network/backoff.h"
#include "export/network/collector_address.h"
#include "export/network/name_lookup.h"
#include "export/sink/transport.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace flowgauge {

// The sink is to wake at `when`, or before.
void wake_at(TransportWait& wait, SteadyTime when);

// The name is asked for anew before each round over its addresses. After a round without success,
// and after a connection is lost, a back-off passes. Thread: one.
class PeerDialer {
public:
    struct Options {
        CollectorAddress address;
        int socket_type = 0;
        BackoffOptions backoff;
        std::chrono::milliseconds timeout{10'000};  // for the name server
        ResolveHost resolve = resolve_host;
        std::uint32_t seed = 1;
    };

    explicit PeerDialer(Options options);

    // An address to try now. Its outcome must be told before the next one comes.
    [[nodiscard]] std::optional<SocketAddress> next(SteadyTime now);

    void connected(SteadyTime now);
    void failed(SteadyTime now, const std::string& reason);  // the attempt
    void lost(SteadyTime now);                               // the connection

    // Why the last round over all addresses failed, once.
    [[nodiscard]] std::optional<std::string> take_failure();

    void wake() noexcept;
    void sleep() noexcept { phase_ = Phase::kAsleep; }
    [[nodiscard]] bool is_asleep() const noexcept { return phase_ == Phase::kAsleep; }

    // Rounds without success, and connections that did not last.
    [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }

    void prepare_wait(TransportWait& wait) const;

private:
    enum class Phase : std::uint8_t { kAsleep, kWaiting, kLookup, kNext, kTrying, kConnected };

    void look_up(SteadyTime now);
    void end_round(SteadyTime now, const std::string& reason);
    void wait_from(SteadyTime now);

    Options options_;
    Backoff backoff_;
    NameLookup lookup_;
    Phase phase_ = Phase::kWaiting;
    SteadyTime retry_at_ = SteadyTime::min();
    SteadyTime deadline_;  // of the lookup
    SteadyTime connected_at_;
    SocketAddresses addresses_;
    std::size_t tried_ = 0;  // of the addresses
    std::optional<std::string> failure_;
    std::uint64_t failures_ = 0;
};

}  // namespace flowgauge
