// HttpServer: answers HTTP/1.1 on the control thread, over TCP, TLS and a unix socket.
#pragma once

#include "control/event_loop.h"
#include "control/http_message.h"
#include "core/base/result.h"
#include "telemetry/http_statistics.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace flowgauge {

struct HttpTlsFiles {
    std::string cert_file;  // PEM, with the chain; empty: no TLS
    std::string key_file;
    std::string client_ca_file;  // clients must show a certificate of it; empty: they need none
};

// What a client can make the server keep. Memory for all connections is at most connections_max x
// (header + body + one answer), for TCP and for the unix socket each.
struct HttpLimits {
    std::size_t connections_max = 32;  // further ones are closed at once, and counted
    std::uint32_t header_bytes_max = 16384;
    std::uint64_t body_bytes_max = 65536;
    std::chrono::milliseconds header_timeout{10'000};    // TLS handshake; header; body
    std::chrono::milliseconds idle_timeout{30'000};      // between two requests
    std::chrono::milliseconds response_timeout{30'000};  // for the handler; then for the reader
};

struct HttpServerOptions {
    std::string listen = "127.0.0.1:9477";  // also [::1]:9477; :9477 is every address; empty: off
    std::string unix_socket;                // path; empty: off
    HttpTlsFiles tls;                       // of `listen`; the unix socket has its file mode
    std::string user;                       // basic authentication of `listen`; empty: none
    std::string password_file;              // its first line
    HttpLimits limits;
};

// Thread: the control thread's, all of it. Lifetime: ends before `loop`. Errors: what a client does
// is answered or counted, never thrown; the password is in no message.
class HttpServer {
public:
    // Listens from now on, and answers when the loop runs. The unix socket gets mode 0660. One that
    // nobody answers on is replaced; one that somebody answers on is an error.
    [[nodiscard]] static Result<std::unique_ptr<HttpServer>> open(
        EventLoop& loop, const HttpServerOptions& options, HttpHandler handler
    );
    ~HttpServer();  // closes every connection, and removes the unix socket if it is still its own
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    // For a reload: reads the files again. All or nothing; connections that are open stay, and
    // their next request needs the new password.
    [[nodiscard]] Result<void> replace_credentials(
        const HttpTlsFiles& tls, const std::string& user, const std::string& password_file
    );

    [[nodiscard]] HttpStatistics statistics() const;

    // Where it listens; 0: not over TCP. Differs from `listen` where that asks for port 0.
    [[nodiscard]] std::uint16_t port() const noexcept;

    struct State;  // control/http_server.cpp

private:
    explicit HttpServer(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;
};

}  // namespace flowgauge
