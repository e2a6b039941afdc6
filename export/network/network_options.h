// How records go to collectors over the network: the options of a sink.
#pragma once

#include "crypto/tls_client.h"
#include "export/network/backoff.h"
#include "export/network/collector_address.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace flowgauge {

// To a unix socket, kUdp means datagrams and kTcp a stream.
enum class NetworkProtocol : std::uint8_t { kUdp, kTcp, kTls };

// What several collectors are for.
enum class DistributeMode : std::uint8_t {
    kFailover,   // the first that works gets everything
    kDuplicate,  // each gets everything
};

// What kind of loss a connection may bring, and how long it is waited for what.
struct StreamOptions {
    // Bytes of sent blocks that are kept, to be sent again on the next connection. Nothing is lost
    // with a connection while they are more than both sockets hold: twice send_buffer here (the
    // kernel doubles it), and 8 MiB there (tcp_rmem's usual limit of 6 MiB, rounded up by the
    // window's scale). See docs/ARCHITECTURE.md, "Connections".
    std::uint64_t replay_size = (std::uint64_t{8} << 20) + (std::uint64_t{640} << 10);
    std::uint64_t unsent_max = std::uint64_t{1} << 20;  // bytes that wait for the peer
    std::uint32_t send_buffer = 256 * 1024;             // SO_SNDBUF at most
    std::chrono::milliseconds connect_timeout{10'000};  // each: name, connection, TLS handshake
    std::chrono::milliseconds user_timeout{60'000};   // no acknowledgement for so long: it is dead
    std::chrono::milliseconds finish_timeout{2'000};  // for the peer to close, too, at the end
};

struct DatagramOptions {
    std::uint32_t message_size = 65'507;  // bytes; longer ones are dropped as too long
    // Whether IP may cut messages that are larger than the path's MTU. IPFIX forbids it (RFC 7011
    // section 10.3.3); text over UDP lives with it (RFC 5426 section 3.2).
    bool may_fragment = false;
    std::uint64_t unsent_max = std::uint64_t{1} << 20;  // bytes that wait for the socket
    std::uint64_t rate = 0;  // bytes a second over UDP at most; 0: as fast as they come
};

struct NetworkOptions {
    std::vector<CollectorAddress> collectors;  // the preferred one first
    NetworkProtocol protocol = NetworkProtocol::kUdp;
    DistributeMode distribute = DistributeMode::kFailover;
    TlsClientOptions tls;
    StreamOptions stream;
    DatagramOptions datagram;
    BackoffOptions backoff;
    // How long a preferred collector must have been reachable before records go back to it.
    std::chrono::milliseconds failback_after{60'000};
    // How long one of several collectors may hold up the others before it is left out.
    std::chrono::milliseconds skip_after{60'000};
    // Told when a collector is reached, lost, or refused for another reason than before.
    std::function<void(const std::string& text)> tell;
};

}  // namespace flowgauge
