// A server on a loop of its own thread, and raw connections to it.
#pragma once

#include "control/event_loop.h"
#include "control/http_server.h"
#include "core/base/file_descriptor.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace flowgauge {

class ServedLoop {
public:
    ServedLoop(const HttpServerOptions& options, HttpHandler handler) {
        Result<std::unique_ptr<HttpServer>> opened =
            HttpServer::open(loop_, options, std::move(handler));
        if (!opened) {
            ADD_FAILURE() << opened.error().message;
            return;
        }
        server_ = std::move(opened).value();
        port_ = server_->port();
        thread_ = std::jthread([this] { loop_.run(); });
    }
    ServedLoop(const ServedLoop&) = delete;
    ServedLoop& operator=(const ServedLoop&) = delete;
    ~ServedLoop() {
        if (thread_.joinable()) {
            loop_.post([this] {
                server_.reset();
                loop_.stop();
            });
        }
    }

    [[nodiscard]] EventLoop& loop() noexcept { return loop_; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

    // Calls `asked` with the server on the control thread.
    template <typename Asked>
    auto ask(Asked asked) {
        std::packaged_task<std::invoke_result_t<Asked, HttpServer&>()> task(
            [this, asked = std::move(asked)] { return asked(*server_); }
        );
        auto answer = task.get_future();
        loop_.post([&task] { task(); });
        return answer.get();
    }
    [[nodiscard]] HttpStatistics statistics() {
        return ask([](HttpServer& server) { return server.statistics(); });
    }

    // Waits until the statistics are as wanted; false after ten seconds.
    bool wait_until(const std::function<bool(const HttpStatistics&)>& wanted) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!wanted(statistics())) {
            if (std::chrono::steady_clock::now() > deadline) {
                return false;
            }
            std::this_thread::yield();
        }
        return true;
    }

private:
    EventLoop loop_;
    std::unique_ptr<HttpServer> server_;
    std::uint16_t port_ = 0;
    std::jthread thread_;  // joined first
};

// A TCP connection by which a test says exactly what it wants. Reading gives up after ten seconds.
class RawConnection {
public:
    explicit RawConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval patience{.tv_sec = 10, .tv_usec = 0};
        EXPECT_EQ(
            ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0
        );
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const auto* const shape = static_cast<const sockaddr*>(static_cast<const void*>(&address));
        EXPECT_EQ(::connect(socket_.get(), shape, sizeof address), 0);
    }

    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }

    void send(std::string_view text) const {
        static_cast<void>(::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL));
    }

    // What comes until `end` was received, or the other end closed.
    std::string receive_to(std::string_view end) {
        while (received_.find(end) == std::string::npos && receive_some()) {}
        const std::size_t at = received_.find(end);
        const std::size_t size = at == std::string::npos ? received_.size() : at + end.size();
        std::string text = received_.substr(0, size);
        received_.erase(0, size);
        return text;
    }
    std::string receive_all() {
        while (receive_some()) {}
        return std::exchange(received_, {});
    }

private:
    bool receive_some() {
        char bytes[4096];
        const ssize_t got = ::recv(socket_.get(), bytes, sizeof bytes, 0);
        if (got > 0) {
            received_.append(bytes, static_cast<std::size_t>(got));
        }
        return got > 0;
    }

    FileDescriptor socket_;
    std::string received_;
};

}  // namespace flowgauge
