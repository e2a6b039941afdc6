#include "control/http_server.h"

#include "control/event_loop_implementation.h"
#include "control/http_connection.h"
#include "control/listen_socket.h"
#include "core/base/format.h"
#include "service/log.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <utility>
#include <vector>

namespace flowgauge {
namespace {

using boost::asio::generic::stream_protocol;
using boost::system::error_code;

// When the process has no descriptor left, accept() fails at once, again and again.
constexpr std::chrono::milliseconds kPauseAfterError{100};

// One listening socket with its connections. Lives in the State, which its handlers keep alive.
class Listener {
public:
    Listener(
        boost::asio::io_context& context, ListenSocket socket, std::shared_ptr<HttpService> service
    )
        : is_local_(socket.family == AF_UNIX),
          port_(socket.port),
          acceptor_(context, stream_protocol(socket.family, 0), socket.descriptor.release()),
          pause_(context),
          service_(std::move(service)) {}

    // `owner` holds this listener.
    void accept(const std::shared_ptr<void>& owner) {
        acceptor_.async_accept([this, owner](error_code error, HttpSocket socket) {
            if (error == boost::asio::error::operation_aborted) {
                return;
            }
            if (!error) {
                take(std::move(socket));
                accept(owner);
                return;
            }
            log_warning(format("HTTP: cannot accept a connection: {}", error.message()));
            pause_.expires_after(kPauseAfterError);
            pause_.async_wait([this, owner](error_code stopped) {
                if (!stopped) {
                    accept(owner);
                }
            });
        });
    }

    void close() noexcept {
        error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel(ignored);
        for (const std::weak_ptr<HttpConnection>& weak : connections_) {
            if (const std::shared_ptr<HttpConnection> connection = weak.lock()) {
                connection->close();
            }
        }
    }

    [[nodiscard]] std::size_t open() {
        std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
        return connections_.size();
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
    void take(HttpSocket socket) {
        if (open() >= service_->limits.connections_max) {
            ++service_->statistics.connections_refused;
            return;  // the socket closes
        }
        ++service_->statistics.connections;
        connections_.push_back(serve_connection(std::move(socket), service_, is_local_));
    }

    bool is_local_;
    std::uint16_t port_;
    boost::asio::basic_socket_acceptor<stream_protocol> acceptor_;
    boost::asio::steady_timer pause_;
    std::shared_ptr<HttpService> service_;
    std::vector<std::weak_ptr<HttpConnection>> connections_;
};

}  // namespace

struct HttpServer::State {
    std::shared_ptr<HttpService> service = std::make_shared<HttpService>();
    UnixSocketFile unix_socket;
    std::vector<std::unique_ptr<Listener>> listeners;
};

Result<std::unique_ptr<HttpServer>> HttpServer::open(
    EventLoop& loop, const HttpServerOptions& options, HttpHandler handler
) {
    auto state = std::make_shared<State>();
    Result<std::shared_ptr<const Credentials>> credentials =
        Credentials::load(options.tls, options.user, options.password_file);
    if (!credentials) {
        return std::move(credentials).error();
    }
    *state->service = {
        .limits = options.limits,
        .handler = std::move(handler),
        .credentials = std::move(credentials).value(),
        .statistics = {}};
    boost::asio::io_context& context = loop.implementation().context;
    const auto add = [&](ListenSocket socket) {
        state->listeners.push_back(
            std::make_unique<Listener>(context, std::move(socket), state->service)
        );
    };
    if (!options.listen.empty()) {
        Result<ListenSocket> socket = listen_on_address(options.listen);
        if (!socket) {
            return std::move(socket).error();
        }
        add(std::move(socket).value());
    }
    if (!options.unix_socket.empty()) {
        Result<UnixListenSocket> opened = listen_on_path(options.unix_socket);
        if (!opened) {
            return std::move(opened).error();
        }
        UnixListenSocket local = std::move(opened).value();
        state->unix_socket = std::move(local.file);
        add(std::move(local.socket));
    }
    for (const std::unique_ptr<Listener>& listener : state->listeners) {
        listener->accept(state);
    }
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

HttpServer::HttpServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

HttpServer::~HttpServer() {
    for (const std::unique_ptr<Listener>& listener : state_->listeners) {
        listener->close();
    }
    state_->unix_socket = {};
    state_->service->handler = [](const HttpRequest&, const HttpRespond&) {
    };
}

Result<void> HttpServer::replace_credentials(
    const HttpTlsFiles& tls, const std::string& user, const std::string& password_file
) {
    Result<std::shared_ptr<const Credentials>> credentials =
        Credentials::load(tls, user, password_file);
    if (!credentials) {
        return std::move(credentials).error();
    }
    state_->service->credentials = std::move(credentials).value();
    return {};
}

HttpStatistics HttpServer::statistics() const {
    HttpStatistics statistics = state_->service->statistics;
    for (const std::unique_ptr<Listener>& listener : state_->listeners) {
        statistics.connections_open += listener->open();
    }
    return statistics;
}

std::uint16_t HttpServer::port() const noexcept {
    for (const std::unique_ptr<Listener>& listener : state_->listeners) {
        if (listener->port() != 0) {
            return listener->port();
        }
    }
    return 0;
}

}  // namespace flowgauge
