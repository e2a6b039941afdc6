#include "control/http_client.h"

#include "control/listen_socket.h"

#include <gtest/gtest.h>

#include <poll.h>
#include <sys/socket.h>

#include <functional>
#include <string>
#include <thread>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;

// Takes one connection and writes `answer` to it; keeps it open if the answer is empty.
class OneAnswer {
public:
    explicit OneAnswer(std::string answer) : listening_(listen_on_address("127.0.0.1:0").value()) {
        thread_ = std::jthread([this, answer = std::move(answer)](const std::stop_token& stop) {
            FileDescriptor client;
            while (!client && !stop.stop_requested()) {
                pollfd wanted{.fd = listening_.descriptor.get(), .events = POLLIN, .revents = 0};
                static_cast<void>(::poll(&wanted, 1, 10));
                client = FileDescriptor(::accept(listening_.descriptor.get(), nullptr, nullptr));
            }
            static_cast<void>(::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL));
            while (answer.empty() && !stop.stop_requested()) {
                std::this_thread::yield();
            }
            char bytes[1024];
            ::shutdown(client.get(), SHUT_WR);
            while (::recv(client.get(), bytes, sizeof bytes, 0) > 0) {}
        });
    }

    [[nodiscard]] std::string endpoint() const {
        return "127.0.0.1:" + std::to_string(listening_.port);
    }

private:
    ListenSocket listening_;
    std::jthread thread_;
};

std::string error_of(Result<HttpResponse> answer) {
    return answer ? "" : answer.error().message;
}

TEST(HttpClient, ReadsStatusHeadersAndBody) {
    const OneAnswer server("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
                           "X-Reason:  none \r\nContent-Length: 2\r\n\r\n{}");
    Result<HttpResponse> answer = http_request(server.endpoint(), "GET", "/readyz", 10s);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer.value().status, 503U);
    EXPECT_EQ(answer.value().content_type, "application/json");
    EXPECT_EQ(answer.value().body, "{}");
    EXPECT_EQ(
        answer.value().headers.at(1), (std::pair<std::string, std::string>("x-reason", "none"))
    );
}

TEST(HttpClient, DoesNotTakeACutAnswerForAWholeOne) {
    for (const std::string cut :
         {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\nConte",
          "SSH-2.0\r\n",
          "HTTP/1.1 abc\r\n\r\n",
          "HTTP/1.\r\n\r\n"}) {
        const OneAnswer server(cut);
        EXPECT_NE(
            error_of(http_request(server.endpoint(), "GET", "/", 10s))
                .find("without an HTTP answer"),
            std::string::npos
        ) << cut;
    }
}

TEST(HttpClient, GivesUpAtItsDeadline) {
    const OneAnswer server("");
    EXPECT_EQ(
        error_of(http_request(server.endpoint(), "GET", "/", 50ms)),
        "no answer from " + server.endpoint() +
            ": Connection timed out; it is busy or stopped: systemctl status flowgauge"
    );
}

TEST(HttpClient, SaysWhatToDoWhenNobodyAnswers) {
    EXPECT_EQ(
        error_of(http_request("/nowhere/control.sock", "GET", "/", 1s)),
        "no answer from /nowhere/control.sock: No such file or directory; is flowgauge running? "
        "systemctl status flowgauge; another socket is named by control.socket of its configuration"
    );
    std::string endpoint;
    {
        Result<ListenSocket> gone = listen_on_address("127.0.0.1:0");
        ASSERT_TRUE(gone);
        endpoint = "127.0.0.1:" + std::to_string(gone.value().port);
    }
    EXPECT_NE(
        error_of(http_request(endpoint, "GET", "/", 1s)).find("metrics.listen"), std::string::npos
    );
    EXPECT_NE(
        error_of(http_request("localhost", "GET", "/", 1s)).find("neither the path of a socket"),
        std::string::npos
    );
}

}  // namespace
}  // namespace flowgauge
