// Connections of the HTTP server: one request after the other, bounded in time and memory.
#pragma once

#include "control/credentials.h"
#include "control/http_message.h"
#include "control/http_server.h"

#include <boost/asio/generic/stream_protocol.hpp>

#include <memory>

namespace flowgauge {

// What the connections of a server share. Thread: the control thread.
struct HttpService {
    HttpLimits limits;
    HttpHandler handler;
    std::shared_ptr<const Credentials> credentials;
    HttpStatistics statistics;
};

// Ownership: a connection keeps itself alive by what it waits for.
class HttpConnection {
public:
    HttpConnection() = default;
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;
    virtual ~HttpConnection() = default;

    virtual void close() noexcept = 0;
};

using HttpSocket = boost::asio::generic::stream_protocol::socket;

// Serves the other end of `socket`. `is_local`: over the unix socket, without TLS and password.
[[nodiscard]] std::weak_ptr<HttpConnection> serve_connection(
    HttpSocket socket, std::shared_ptr<HttpService> service, bool is_local
);

}  // namespace flowgauge
