#include "export/network/network_transport.h"

#include "core/base/format.h"
#include "export/network/datagram_transport.h"
#include "export/network/duplicate_transport.h"
#include "export/network/failover_transport.h"
#include "export/network/stream_transport.h"

#include <sys/socket.h>

#include <random>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

Result<void> check(const NetworkOptions& options) {
    if (options.collectors.empty() || options.collectors.size() > DuplicateTransport::kPeersMax) {
        return Error{
            ErrorKind::kUsage,
            format(
                "collectors: {} of them; there must be 1 to {}",
                options.collectors.size(),
                DuplicateTransport::kPeersMax
            )};
    }
    for (const CollectorAddress& address : options.collectors) {
        if (address.is_unix() && options.protocol == NetworkProtocol::kTls) {
            return Error{
                ErrorKind::kUsage,
                format(
                    "collectors: {}: there is no TLS over a unix socket; use tcp", address.text()
                )};
        }
    }
    return {};
}

std::unique_ptr<PeerTransport> make_peer(
    const NetworkOptions& options,
    const CollectorAddress& address,
    const std::shared_ptr<const TlsClientContext>& tls,
    const SessionFactory& make_session
) {
    const bool is_datagram = options.protocol == NetworkProtocol::kUdp;
    PeerDialer::Options dialer;
    dialer.address = address;
    dialer.socket_type = is_datagram ? SOCK_DGRAM : SOCK_STREAM;
    dialer.backoff = options.backoff;
    dialer.timeout = options.stream.connect_timeout;
    dialer.seed = std::random_device()();
    if (is_datagram) {
        return std::make_unique<DatagramTransport>(DatagramTransport::Options{
            .dialer = std::move(dialer),
            .datagram = options.datagram,
            .make_session = make_session,
            .tell = options.tell});
    }
    return std::make_unique<StreamTransport>(StreamTransport::Options{
        .dialer = std::move(dialer),
        .stream = options.stream,
        .tls_files = options.tls,
        .tls = tls,
        .make_session = make_session,
        .tell = options.tell});
}

}  // namespace

Result<std::unique_ptr<Transport>> open_network(
    const NetworkOptions& options, const SessionFactory& make_session
) {
    if (Result<void> checked = check(options); !checked) {
        return std::move(checked).error();
    }
    std::shared_ptr<const TlsClientContext> tls;
    if (options.protocol == NetworkProtocol::kTls) {
        Result<std::shared_ptr<const TlsClientContext>> loaded =
            TlsClientContext::load(options.tls, "tls");
        if (!loaded) {
            return std::move(loaded).error();
        }
        tls = std::move(loaded).value();
    }
    std::vector<std::unique_ptr<PeerTransport>> peers;
    for (const CollectorAddress& address : options.collectors) {
        peers.push_back(make_peer(options, address, tls, make_session));
    }
    if (peers.size() == 1) {
        return std::unique_ptr<Transport>(std::move(peers.front()));
    }
    if (options.distribute == DistributeMode::kDuplicate) {
        return std::unique_ptr<Transport>(
            std::make_unique<DuplicateTransport>(std::move(peers), options.skip_after)
        );
    }
    return std::unique_ptr<Transport>(std::make_unique<FailoverTransport>(
        std::move(peers),
        FailoverTransport::Options{
            .failback_after = options.failback_after, .stuck_after = options.skip_after}
    ));
}

}  // namespace flowgauge
