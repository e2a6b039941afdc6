#include "control/http_client.h"

#include "core/base/file_descriptor.h"
#include "core/base/format.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSocketType = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
constexpr std::size_t kAnswerMax = std::size_t{64} << 20;
constexpr std::size_t kChunk = 65536;

bool is_path(const std::string& endpoint) {
    return endpoint.find('/') != std::string::npos;
}

std::string remedy_of(int number, const std::string& endpoint) {
    const bool is_local = is_path(endpoint);
    switch (number) {
    case ENOENT:
    case ECONNREFUSED:
        return is_local ? "is flowgauge running? systemctl status flowgauge; another socket is "
                          "named by control.socket of its configuration"
                        : "is flowgauge running, with this address in metrics.listen? systemctl "
                          "status flowgauge";
    case EACCES:
    case EPERM:
        return "members of the group flowgauge may: adduser YOU flowgauge, then log in again; or "
               "use sudo";
    case ETIMEDOUT:
    case EAGAIN:
        return "it is busy or stopped: systemctl status flowgauge";
    default:
        return "systemctl status flowgauge says whether it runs";
    }
}

Error failure(const std::string& endpoint, int number) {
    return {
        ErrorKind::kSystem,
        format(
            "no answer from {}: {}; {}",
            endpoint,
            std::system_category().message(number),
            remedy_of(number, endpoint)
        )};
}

enum class Wait : std::uint8_t { kToSend, kToReceive };

// One exchange over one connection, with one deadline for all of it.
class Exchange {
public:
    Exchange(const std::string& endpoint, Clock::time_point deadline)
        : endpoint_(endpoint),
          deadline_(deadline) {}

    [[nodiscard]] Result<void> connect() {
        return is_path(endpoint_) ? connect_to_path() : connect_to_address();
    }

    [[nodiscard]] Result<void> send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (sent >= 0) {
                text.remove_prefix(static_cast<std::size_t>(sent));
            } else if (const int error = retry(errno, Wait::kToSend); error != 0) {
                return failure(endpoint_, error);
            }
        }
        return {};
    }

    // Everything until the server closes.
    [[nodiscard]] Result<std::string> receive() {
        std::string text;
        while (text.size() <= kAnswerMax) {
            const std::size_t before = text.size();
            text.resize(before + kChunk);
            const ssize_t got = ::recv(socket_.get(), text.data() + before, kChunk, 0);
            const int error = got < 0 ? errno : 0;
            text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
            if (got == 0) {
                return text;
            }
            if (const int given_up = retry(error, Wait::kToReceive); given_up != 0) {
                return failure(endpoint_, given_up);
            }
        }
        return Error{
            ErrorKind::kSystem,
            format("{} answers with more than {} bytes", endpoint_, kAnswerMax)};
    }

private:
    // Waits until the socket is ready if `error` says that it was not; else gives the error back.
    [[nodiscard]] int retry(int error, Wait what) const {
        if (error == 0 || error == EINTR) {
            return 0;
        }
        return error == EAGAIN || error == EINPROGRESS ? wait(what) : error;
    }

    [[nodiscard]] int wait(Wait what) const {
        for (;;) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
            if (left.count() <= 0) {
                return ETIMEDOUT;
            }
            pollfd wanted{.fd = socket_.get(), .events = POLLIN, .revents = 0};
            if (what == Wait::kToSend) {
                wanted.events = POLLOUT;
            }
            const int ready = ::poll(&wanted, 1, static_cast<int>(left.count()));
            if (ready > 0) {
                return 0;
            }
            if (ready < 0 && errno != EINTR) {
                return errno;
            }
        }
    }

    template <typename Address>
    [[nodiscard]] Result<void> connect_socket(int family, const Address& address) {
        socket_ = FileDescriptor(::socket(family, kSocketType, 0));
        if (!socket_) {
            return failure(endpoint_, errno);
        }
        const auto* const shape = static_cast<const sockaddr*>(static_cast<const void*>(&address));
        int error = ::connect(socket_.get(), shape, sizeof address) == 0 ? 0 : errno;
        if (error == EINPROGRESS) {
            socklen_t size = sizeof error;
            const int waited = wait(Wait::kToSend);
            if (waited != 0) {
                error = waited;
            } else if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
                error = errno;
            }
        }
        return error == 0 ? Result<void>{} : failure(endpoint_, error);
    }

    [[nodiscard]] Result<void> connect_to_path() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (endpoint_.size() >= sizeof address.sun_path) {
            return Error{ErrorKind::kUsage, format("'{}' is too long for a socket", endpoint_)};
        }
        std::memcpy(address.sun_path, endpoint_.data(), endpoint_.size());
        return connect_socket(AF_UNIX, address);
    }

    [[nodiscard]] Result<void> connect_to_address() {
        const std::size_t colon = endpoint_.rfind(':');
        std::string host = endpoint_.substr(0, colon);
        const std::string digits = colon == std::string::npos ? "" : endpoint_.substr(colon + 1);
        std::uint16_t port = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), port);
        if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
            host = host.substr(1, host.size() - 2);
        }
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        if (port != 0 && ::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
            return connect_socket(AF_INET, v4);
        }
        if (port != 0 && ::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
            return connect_socket(AF_INET6, v6);
        }
        return Error{
            ErrorKind::kUsage,
            format(
                "'{}' is neither the path of a socket nor an address with port, such as "
                "127.0.0.1:9477",
                endpoint_
            )};
    }

    const std::string& endpoint_;
    Clock::time_point deadline_;
    FileDescriptor socket_;
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
    });
    return out;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
        text.remove_suffix(1);
    }
    return text;
}

template <typename T>
std::optional<T> number_of(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                    : std::nullopt;
}

// Takes a whole answer apart: HTTP/1.x, one body of Content-Length bytes or up to the end. An
// answer to HEAD has no body whatever its length says.
std::optional<HttpResponse> parse_answer(std::string_view text, bool has_body) {
    constexpr std::string_view kVersion = "HTTP/1.";
    constexpr std::size_t kStatusAt = std::string_view("HTTP/1.1 ").size();
    const std::size_t end = text.find("\r\n\r\n");
    if (!text.starts_with(kVersion) || end == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view header = text.substr(0, end + 2);
    const std::optional<unsigned> status = number_of<unsigned>(header.substr(kStatusAt, 3));
    if (!status) {
        return std::nullopt;
    }
    HttpResponse response;
    response.status = *status;
    response.body = text.substr(end + 4);
    header.remove_prefix(header.find("\r\n") + 2);
    while (!header.empty()) {
        const std::string_view line = header.substr(0, header.find("\r\n"));
        header.remove_prefix(line.size() + 2);
        const std::size_t colon = std::min(line.find(':'), line.size() - 1);
        std::string name = lower(line.substr(0, colon));
        std::string value(trimmed(line.substr(colon + 1)));
        if (name == "content-length" && has_body &&
            number_of<std::size_t>(value) != response.body.size()) {
            return std::nullopt;  // cut
        }
        if (name == "content-type") {
            response.content_type = value;
        }
        response.headers.emplace_back(std::move(name), std::move(value));
    }
    return response;
}

}  // namespace

Result<HttpResponse> http_request(
    const std::string& endpoint,
    std::string_view method,
    std::string_view target,
    std::chrono::milliseconds timeout
) {
    Exchange exchange(endpoint, Clock::now() + timeout);
    if (Result<void> connected = exchange.connect(); !connected) {
        return std::move(connected).error();
    }
    const std::string_view length = method == "POST" ? "Content-Length: 0\r\n" : "";
    const std::string request = format(
        "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}\r\n",
        method,
        target,
        is_path(endpoint) ? "localhost" : endpoint,
        length
    );
    if (Result<void> sent = exchange.send(request); !sent) {
        return std::move(sent).error();
    }
    Result<std::string> text = exchange.receive();
    if (!text) {
        return std::move(text).error();
    }
    std::optional<HttpResponse> response = parse_answer(text.value(), method != "HEAD");
    if (!response) {
        return Error{
            ErrorKind::kSystem,
            format(
                "{} closed the connection without an HTTP answer; is it flowgauge that listens "
                "there, or has it too many clients?",
                endpoint
            )};
    }
    return std::move(*response);
}

}  // namespace flowgauge
