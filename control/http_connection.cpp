#include "control/http_connection.h"

#include "control/http_target.h"
#include "core/base/format.h"
#include "service/log.h"

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace flowgauge {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

using PlainStream = beast::basic_stream<asio::generic::stream_protocol>;
using TlsStream = asio::ssl::stream<PlainStream>;

constexpr std::size_t kFirstReadBytes = 4096;
constexpr std::chrono::seconds kLinger{2};

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

// IMF-fixdate of RFC 9110 section 5.6.7, without the locale of strftime().
std::string date_text() {
    constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    using std::chrono::floor;
    const auto now = floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto day = floor<std::chrono::days>(now);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(now - day);
    return format(
        "{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
        kDays.at(std::chrono::weekday(day).c_encoding()),
        static_cast<unsigned>(date.day()),
        kMonths.at(static_cast<unsigned>(date.month()) - 1),
        static_cast<int>(date.year()),
        time.hours().count(),
        time.minutes().count(),
        time.seconds().count()
    );
}

HttpResponse refusal(unsigned status, std::string_view text) {
    return {.status = status, .body = std::string(text) + "\n", .headers = {}};
}

// What the server answers by itself to a request that it could not read; nothing: just close.
std::optional<HttpResponse> answer_to(error_code error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return refusal(431, "the header is too large");
    }
    if (error == http::error::body_limit) {
        return refusal(413, "the body is too large");
    }
    if (error.category() == http::make_error_code(http::error::bad_version).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message) {
        return refusal(400, "this is no HTTP request");
    }
    return std::nullopt;
}

// A request is read in three steps (first byte, header, body), handed to the handler, answered,
// and followed by the next one. Each step has a deadline; one request and one answer are held.
template <typename Stream>
class Connection final : public HttpConnection,
                         public std::enable_shared_from_this<Connection<Stream>> {
public:
    static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;

    template <typename... Arguments>
    Connection(std::shared_ptr<HttpService> service, bool is_local, Arguments&&... of_the_stream)
        : service_(std::move(service)),
          is_local_(is_local),
          stream_(std::forward<Arguments>(of_the_stream)...),
          handler_timer_(lowest().get_executor()),
          buffer_(service_->limits.header_bytes_max + service_->limits.body_bytes_max) {}

    void start() {
        lowest().expires_after(service_->limits.header_timeout);
        if constexpr (kIsTls) {
            stream_.async_handshake(asio::ssl::stream_base::server, then(&Connection::shaken));
        } else {
            wait_for_first_byte();
        }
    }

    void close() noexcept override {
        error_code ignored;
        lowest().socket().close(ignored);
        handler_timer_.cancel(ignored);
    }

private:
    using Self = std::shared_ptr<Connection>;

    PlainStream& lowest() noexcept {
        if constexpr (kIsTls) {
            return stream_.next_layer();
        } else {
            return stream_;
        }
    }

    // A completion handler that keeps the connection alive and calls `step`.
    template <typename... Arguments>
    auto then(void (Connection::*step)(error_code, Arguments...)) {
        return [self = this->shared_from_this(), step](error_code error, Arguments... rest) {
            (self.get()->*step)(error, rest...);
        };
    }

    void count_timeout(error_code error) {
        if (error == beast::error::timeout) {
            ++service_->statistics.timeouts;
        }
    }

    void shaken(error_code error) {
        if (error) {
            ++service_->statistics.tls_failures;
            count_timeout(error);
            return;
        }
        wait_for_first_byte();
    }

    void wait_for_first_byte() {
        stream_.async_read_some(buffer_.prepare(kFirstReadBytes), then(&Connection::first_bytes));
    }

    void first_bytes(error_code error, std::size_t bytes) {
        if (error) {  // silence between requests is no fault, so it is not counted
            if (!has_served_) {
                count_timeout(error);
            }
            return;
        }
        buffer_.commit(bytes);
        read_header();
    }

    void read_header() {
        parser_.emplace();
        parser_->header_limit(service_->limits.header_bytes_max);
        parser_->body_limit(service_->limits.body_bytes_max);
        lowest().expires_after(service_->limits.header_timeout);
        http::async_read_header(stream_, buffer_, *parser_, then(&Connection::header_read));
    }

    void header_read(error_code error, std::size_t /*bytes*/) {
        if (error) {
            give_up(error);
            return;
        }
        const auto& request = parser_->get();
        if (request.version() >= 11 && request.find(http::field::host) == request.end()) {
            refuse(refusal(400, "the header Host is missing"));
        } else if (!is_admitted(view(request[http::field::authorization]))) {
            HttpResponse response = refusal(401, "user and password are needed");
            response.headers.emplace_back(
                "WWW-Authenticate", "Basic realm=\"flowgauge\", charset=\"UTF-8\""
            );
            refuse(std::move(response));
        } else if (request.find(http::field::expect) != request.end()) {
            refuse(refusal(417, "send the body without waiting for 100 Continue"));
        } else {
            http::async_read(stream_, buffer_, *parser_, then(&Connection::request_read));
        }
    }

    [[nodiscard]] bool is_admitted(std::string_view authorization) const {
        return is_local_ || service_->credentials->admits(authorization);
    }

    void request_read(error_code error, std::size_t /*bytes*/) {
        if (error) {
            give_up(error);
            return;
        }
        has_served_ = true;
        const auto& read = parser_->get();
        keep_alive_ = read.keep_alive();
        is_head_ = read.method() == http::verb::head;
        if (!is_head_ && read.method() != http::verb::get && read.method() != http::verb::post) {
            HttpResponse response = refusal(405, "only GET, HEAD and POST are known");
            response.headers.emplace_back("Allow", "GET, HEAD, POST");
            answer(std::move(response));
            return;
        }
        std::optional<HttpTarget> target = split_target(view(read.target()));
        if (!target) {
            answer(refusal(400, "the path is malformed"));
            return;
        }
        handle(
            {.method = std::string(view(read.method_string())),
             .path = std::move(target->path),
             .query = std::move(target->query),
             .accept = std::string(view(read[http::field::accept])),
             .is_local = is_local_}
        );
    }

    // The handler may answer later. The timer keeps the connection alive until then, and answers
    // in its place when it does not.
    void handle(const HttpRequest& request) {
        const std::uint64_t number = ++request_number_;
        handler_timer_.expires_after(service_->limits.response_timeout);
        handler_timer_.async_wait([self = this->shared_from_this(), number](error_code error) {
            if (!error) {
                ++self->service_->statistics.timeouts;
                self->respond(number, refusal(503, "no answer in time; try again"));
            }
        });
        try {
            service_->handler(
                request,
                [weak = this->weak_from_this(), number](HttpResponse response) {
                    if (const Self self = weak.lock()) {
                        self->respond(number, std::move(response));
                    }
                }
            );
        } catch (const std::exception& error) {
            log_error(format("HTTP {} {}: {}", request.method, request.path, error.what()));
            respond(number, refusal(500, "this failed; the log says why"));
        }
    }

    // Takes the first answer to request `number`, and no other.
    void respond(std::uint64_t number, HttpResponse response) {
        if (number != request_number_ || answered_ == number) {
            return;
        }
        answered_ = number;
        handler_timer_.cancel();
        answer(std::move(response));
    }

    // For a request whose rest is not read: the connection cannot go on behind it.
    void refuse(HttpResponse response) {
        keep_alive_ = false;
        is_head_ = parser_->get().method() == http::verb::head;
        answer(std::move(response));
    }

    void give_up(error_code error) {
        count_timeout(error);
        if (std::optional<HttpResponse> response = answer_to(error)) {
            refuse(std::move(*response));
        }
    }

    void answer(HttpResponse&& response) {
        ++service_->statistics.requests[response.status];
        response_ = {};
        response_.result(response.status);
        response_.set(http::field::date, date_text());
        response_.set(http::field::content_type, response.content_type);
        response_.set(http::field::cache_control, "no-store");
        response_.set("X-Content-Type-Options", "nosniff");
        for (const auto& [name, value] : response.headers) {
            response_.set(name, value);
        }
        response_.keep_alive(keep_alive_);
        response_.content_length(response.body.size());
        if (!is_head_) {
            response_.body() = std::move(response.body);
        }
        lowest().expires_after(service_->limits.response_timeout);
        http::async_write(stream_, response_, then(&Connection::written));
    }

    void written(error_code error, std::size_t /*bytes*/) {
        response_ = {};
        if (error) {
            count_timeout(error);
            return;
        }
        if (!keep_alive_) {
            finish();
        } else if (buffer_.size() > 0) {  // the next request came with this one
            read_header();
        } else {
            lowest().expires_after(service_->limits.idle_timeout);
            wait_for_first_byte();
        }
    }

    // Says that nothing follows, then reads on for a while: closing with bytes unread would make
    // the kernel send a reset, which can overtake the answer.
    void finish() {
        lowest().expires_after(kLinger);
        if constexpr (kIsTls) {
            stream_.async_shutdown(then(&Connection::tls_ended));
        } else {
            tls_ended({});
        }
    }

    void tls_ended(error_code /*error*/) {
        error_code ignored;
        lowest().socket().shutdown(asio::socket_base::shutdown_send, ignored);
        drain({}, 0);
    }

    void drain(error_code error, std::size_t /*bytes*/) {
        if (!error) {
            lowest().async_read_some(asio::buffer(drained_), then(&Connection::drain));
        }
    }

    std::shared_ptr<HttpService> service_;
    bool is_local_;
    Stream stream_;
    asio::steady_timer handler_timer_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> response_;
    std::array<char, 1024> drained_{};
    std::uint64_t request_number_ = 0;
    std::uint64_t answered_ = 0;
    bool keep_alive_ = false;
    bool is_head_ = false;
    bool has_served_ = false;
};

template <typename Stream, typename... Arguments>
std::weak_ptr<HttpConnection> start(Arguments&&... arguments) {
    auto connection = std::make_shared<Connection<Stream>>(std::forward<Arguments>(arguments)...);
    connection->start();
    return connection;
}

}  // namespace

std::weak_ptr<HttpConnection> serve_connection(
    HttpSocket socket, std::shared_ptr<HttpService> service, bool is_local
) {
    SSL_CTX* const tls = is_local ? nullptr : service->credentials->tls();
    if (tls == nullptr) {
        return start<PlainStream>(std::move(service), is_local, std::move(socket));
    }
    SSL* const session = ::SSL_new(tls);  // the stream's from here on
    if (session == nullptr) {
        return {};
    }
    return start<TlsStream>(std::move(service), is_local, PlainStream(std::move(socket)), session);
}

}  // namespace flowgauge
