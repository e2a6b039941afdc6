#include "control/http_server.h"

#include "control/http_client.h"
#include "tests/unit/control/served_loop.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGet = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

HttpServerOptions on_loopback() {
    HttpServerOptions options;
    options.listen = "127.0.0.1:0";
    return options;
}

// Answers with what it was asked.
void echo(const HttpRequest& request, const HttpRespond& respond) {
    HttpResponse response;
    response.body = request.method + " " + request.path;
    for (const auto& [name, value] : request.query) {
        response.body.append(" ").append(name).append("=").append(value);
    }
    response.body += request.is_local ? " local" : "";
    respond(std::move(response));
}

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = testing::TempDir() + "flowgauge-http-XXXXXX";
        path_ = ::mkdtemp(name.data());
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

std::string ask(const std::string& endpoint, std::string_view method, std::string_view target) {
    Result<HttpResponse> answer = http_request(endpoint, method, target, 10s);
    return answer ? std::to_string(answer.value().status) + " " + answer.value().body
                  : answer.error().message;
}

TEST(HttpServer, HandsMethodPathAndQueryToTheHandler) {
    ServedLoop served(on_loopback(), echo);
    EXPECT_EQ(ask(served.endpoint(), "GET", "/a%20b?k=1%2B1&q=x+y"), "200 GET /a b k=1+1 q=x y");
    EXPECT_EQ(ask(served.endpoint(), "POST", "/reload"), "200 POST /reload");
    EXPECT_EQ(served.statistics().requests.at(200), 2U);
    EXPECT_EQ(served.statistics().connections, 2U);
}

TEST(HttpServer, AnswersHeadWithTheLengthAndWithoutTheBody) {
    ServedLoop served(on_loopback(), echo);
    RawConnection client(served.port());
    client.send("HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string text = client.receive_all();
    EXPECT_NE(text.find("HTTP/1.1 200 OK\r\n"), std::string::npos);
    EXPECT_NE(text.find("Content-Length: 7\r\n"), std::string::npos) << text;
    EXPECT_TRUE(text.ends_with("\r\n\r\n")) << text;
}

TEST(HttpServer, ServesSeveralRequestsOfAConnectionAlsoWhenTheyComeAtOnce) {
    ServedLoop served(on_loopback(), echo);
    RawConnection client(served.port());
    client.send(kGet);
    EXPECT_NE(client.receive_to("GET /x").find("200 OK"), std::string::npos);
    client.send(std::string(kGet) + std::string(kGet) + "GET /last HTTP/1.1\r\nHo");
    client.receive_to("GET /x");
    client.receive_to("GET /x");
    client.send("st: a\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(client.receive_all().ends_with("GET /last"));
    EXPECT_EQ(served.statistics().connections, 1U);
    EXPECT_EQ(served.statistics().requests.at(200), 4U);
}

struct Refused {
    std::string request;
    std::string status;
};

TEST(HttpServer, RefusesWhatItDoesNotServeAndCloses) {
    const std::vector<Refused> rows{
        {"DELETE /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "405"},
        {"GET /x HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", "431"},
        {"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", "413"},
        {"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n" +
             std::string(65'537, 'x') + "\r\n0\r\n\r\n",
         "413"},
        {"GET /x HTTP/1.1\r\n\r\n", "400"},
        {"GET x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "400"},
        {"GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "400"},
        {"GET / HTTP/9.9\r\nHost: a\r\n\r\n", "400"},
        {"\x16\x03\x01\x02 TLS by mistake\r\n\r\n", "400"},
        {"POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
         "417"}};
    ServedLoop served(on_loopback(), echo);
    for (const Refused& row : rows) {
        RawConnection client(served.port());
        client.send(row.request);
        const std::string text = client.receive_all();
        EXPECT_TRUE(text.starts_with("HTTP/1.1 " + row.status)) << row.request << text;
    }
}

TEST(HttpServer, TakesABodyUpToTheLimit) {
    ServedLoop served(on_loopback(), echo);
    RawConnection client(served.port());
    client.send(
        "POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 65536\r\n\r\n" +
        std::string(65'536, 'x')
    );
    EXPECT_TRUE(client.receive_all().ends_with("POST /x"));
}

TEST(HttpServer, ClosesTheThirtyThirdConnectionAtOnceAndCountsIt) {
    ServedLoop served(on_loopback(), echo);
    std::vector<RawConnection> clients;
    for (int i = 0; i < 32; ++i) {
        clients.emplace_back(served.port());
        clients.back().send(kGet);
        ASSERT_NE(clients.back().receive_to("GET /x").find("200 OK"), std::string::npos);
    }
    RawConnection refused(served.port());
    EXPECT_EQ(refused.receive_all(), "");
    EXPECT_EQ(served.statistics().connections_refused, 1U);
    EXPECT_EQ(served.statistics().connections_open, 32U);

    clients.pop_back();
    ASSERT_TRUE(served.wait_until([](const auto& now) { return now.connections_open == 31; }));
    RawConnection admitted(served.port());
    admitted.send(kGet);
    EXPECT_NE(admitted.receive_to("GET /x").find("200 OK"), std::string::npos);
}

TEST(HttpServer, ClosesAConnectionWhoseHeaderDoesNotComeInTime) {
    HttpServerOptions options = on_loopback();
    options.limits.header_timeout = 50ms;
    ServedLoop served(options, echo);
    RawConnection silent(served.port());
    RawConnection slow(served.port());
    slow.send("GET /x HT");
    EXPECT_EQ(silent.receive_all(), "");
    EXPECT_EQ(slow.receive_all(), "");
    EXPECT_EQ(served.statistics().timeouts, 2U);
}

TEST(HttpServer, ClosesAnIdleConnectionWithoutCallingItAFault) {
    HttpServerOptions options = on_loopback();
    options.limits.idle_timeout = 50ms;
    ServedLoop served(options, echo);
    RawConnection client(served.port());
    client.send(kGet);
    EXPECT_TRUE(client.receive_all().ends_with("GET /x"));
    EXPECT_EQ(served.statistics().timeouts, 0U);
}

TEST(HttpServer, LetsGoOfAReaderThatDoesNotRead) {
    HttpServerOptions options = on_loopback();
    options.limits.response_timeout = 50ms;
    constexpr std::size_t kBodyBytes = std::size_t{32} << 20;
    ServedLoop served(options, [](const HttpRequest&, const HttpRespond& respond) {
        HttpResponse response;
        response.body.resize(kBodyBytes, 'x');
        respond(std::move(response));
    });
    RawConnection client(served.port());
    client.send(kGet);
    ASSERT_TRUE(served.wait_until([](const auto& now) { return now.timeouts == 1; }));
    ASSERT_TRUE(served.wait_until([](const auto& now) { return now.connections_open == 0; }));
    EXPECT_LT(client.receive_all().size(), kBodyBytes);
}

TEST(HttpServer, AnswersWhenTheHandlerIsReadyLater) {
    EventLoop* loop = nullptr;
    ServedLoop served(on_loopback(), [&loop](const HttpRequest&, HttpRespond respond) {
        loop->after(1ms, [respond = std::move(respond)] {
            HttpResponse response;
            response.body = "later";
            respond(response);
            respond(response);  // once is enough
        });
    });
    loop = &served.loop();
    EXPECT_EQ(ask(served.endpoint(), "GET", "/"), "200 later");
    EXPECT_EQ(served.statistics().requests.at(200), 1U);
}

TEST(HttpServer, AnswersInPlaceOfAHandlerThatDoesNot) {
    HttpServerOptions options = on_loopback();
    options.limits.response_timeout = 50ms;
    std::vector<HttpRespond> kept;
    ServedLoop served(options, [&kept](const HttpRequest&, HttpRespond respond) {
        kept.push_back(std::move(respond));
    });
    EXPECT_EQ(ask(served.endpoint(), "GET", "/"), "503 no answer in time; try again\n");
    EXPECT_EQ(served.statistics().timeouts, 1U);
    served.ask([&kept](HttpServer&) {
        kept.front()({});  // too late: nobody is there
        return true;
    });
    EXPECT_EQ(served.statistics().requests.size(), 1U);
}

TEST(HttpServer, AnswersWithAFaultWhenTheHandlerThrows) {
    ServedLoop served(on_loopback(), [](const HttpRequest&, const HttpRespond&) {
        throw std::runtime_error("out of paper");
    });
    EXPECT_EQ(ask(served.endpoint(), "GET", "/"), "500 this failed; the log says why\n");
}

TEST(HttpServer, ListensOnIpv6AndOnEveryAddress) {
    for (const std::string listen : {"[::1]:0", ":0"}) {
        HttpServerOptions options;
        options.listen = listen;
        ServedLoop served(options, echo);
        const std::string port = std::to_string(served.port());
        EXPECT_EQ(ask("[::1]:" + port, "GET", "/"), "200 GET /") << listen;
        if (listen == ":0") {
            EXPECT_EQ(ask("127.0.0.1:" + port, "GET", "/"), "200 GET /");
        }
    }
}

std::string open_error(const HttpServerOptions& options) {
    EventLoop loop;
    Result<std::unique_ptr<HttpServer>> opened = HttpServer::open(loop, options, echo);
    return opened ? "" : opened.error().message;
}

TEST(HttpServer, SaysWhereItCannotListenAndWhatToDo) {
    ServedLoop served(on_loopback(), echo);
    HttpServerOptions options;
    options.listen = served.endpoint();
    EXPECT_EQ(
        open_error(options),
        "cannot listen on " + served.endpoint() +
            ": Address already in use; choose another port in metrics.listen, or \"\" for none "
            "(ss -ltnp 'sport = :" +
            std::to_string(served.port()) + "' names the process that has it)"
    );
    options.listen = "192.0.2.1:9477";
    EXPECT_NE(open_error(options).find("no interface has this address"), std::string::npos);
    for (const std::string wrong :
         {"9477", "::1:9477", "localhost:9477", "127.0.0.1:", "1:70000"}) {
        options.listen = wrong;
        EXPECT_NE(open_error(options).find("metrics.listen: '"), std::string::npos) << wrong;
    }
}

TEST(HttpServer, AsksForThePasswordOverTcpAlone) {
    const TemporaryFolder folder;
    std::ofstream(folder.file("password")) << "open sesame\nsecond line\n";
    HttpServerOptions options = on_loopback();
    options.unix_socket = folder.file("control.sock");
    options.user = "ali";
    options.password_file = folder.file("password");
    ServedLoop served(options, echo);
    const auto status_with = [&](const std::string& header) {
        RawConnection client(served.port());
        client.send("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + header + "\r\n");
        return client.receive_all().substr(9, 3);
    };
    EXPECT_EQ(status_with("Authorization: Basic YWxpOm9wZW4gc2VzYW1l\r\n"), "200");
    EXPECT_EQ(status_with("Authorization: basic  YWxpOm9wZW4gc2VzYW1l\r\n"), "200");
    EXPECT_EQ(status_with("Authorization: Basic YWxpOm9wZW4gc2VzYW1\r\n"), "401");
    EXPECT_EQ(status_with("Authorization: Basic YWxpOm9wZW4gb2lsCg==\r\n"), "401");
    EXPECT_EQ(status_with("Authorization: Bearer YWxpOm9wZW4gc2VzYW1l\r\n"), "401");
    EXPECT_EQ(status_with(""), "401");
    EXPECT_EQ(ask(folder.file("control.sock"), "GET", "/x"), "200 GET /x local");

    RawConnection client(served.port());
    client.send(kGet);
    EXPECT_NE(
        client.receive_all().find("WWW-Authenticate: Basic realm=\"flowgauge\""), std::string::npos
    );
}

TEST(HttpServer, TakesANewPasswordOrKeepsTheOldOneWhole) {
    const TemporaryFolder folder;
    std::ofstream(folder.file("old")) << "old\n";
    std::ofstream(folder.file("new")) << "new\n";
    std::ofstream(folder.file("empty")) << "";
    HttpServerOptions options = on_loopback();
    options.user = "u";
    options.password_file = folder.file("old");
    ServedLoop served(options, echo);
    const auto replace = [&](const std::string& file) {
        return served.ask([&](HttpServer& server) {
            Result<void> done = server.replace_credentials({}, "u", file);
            return done ? std::string{} : done.error().message;
        });
    };
    RawConnection client(served.port());  // stays open all the while
    const auto status_with = [&](const std::string& token) {
        client.send("GET /x HTTP/1.1\r\nHost: a\r\nAuthorization: Basic " + token + "\r\n\r\n");
        return client.receive_to("GET /x").substr(9, 3);
    };
    EXPECT_EQ(status_with("dTpvbGQ="), "200");
    EXPECT_NE(replace(folder.file("missing")).find("No such file"), std::string::npos);
    EXPECT_NE(replace(folder.file("empty")).find("first line"), std::string::npos);
    EXPECT_EQ(status_with("dTpvbGQ="), "200");
    EXPECT_EQ(replace(folder.file("new")), "");
    EXPECT_EQ(status_with("dTpuZXc="), "200");
    EXPECT_EQ(status_with("dTpvbGQ="), "401");
}

TEST(HttpServer, MakesItsUnixSocketForItsGroupAndRemovesIt) {
    const TemporaryFolder folder;
    const std::string path = folder.file("control.sock");
    HttpServerOptions options;
    options.listen = "";
    options.unix_socket = path;
    {
        ServedLoop served(options, echo);
        struct stat status {};
        ASSERT_EQ(::lstat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode, static_cast<mode_t>(S_IFSOCK | 0660));
        EXPECT_EQ(ask(path, "POST", "/r"), "200 POST /r local");
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(HttpServer, ReplacesAUnixSocketThatNobodyAnswersOn) {
    const TemporaryFolder folder;
    const std::string path = folder.file("control.sock");
    {
        const FileDescriptor dead(::socket(AF_UNIX, SOCK_STREAM, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        const auto* const shape = static_cast<const sockaddr*>(static_cast<const void*>(&address));
        ASSERT_EQ(::bind(dead.get(), shape, sizeof address), 0);
    }
    HttpServerOptions options;
    options.listen = "";
    options.unix_socket = path;
    ServedLoop served(options, echo);
    EXPECT_EQ(ask(path, "GET", "/"), "200 GET / local");
}

TEST(HttpServer, LeavesAloneWhatIsNotItsOwn) {
    const TemporaryFolder folder;
    const std::string path = folder.file("control.sock");
    HttpServerOptions options;
    options.listen = "";
    options.unix_socket = path;
    {
        ServedLoop served(options, echo);
        EXPECT_NE(open_error(options).find("another flowgauge answers there"), std::string::npos);
        EXPECT_EQ(ask(path, "GET", "/"), "200 GET / local");
        std::filesystem::remove(path);
        std::ofstream(path) << "somebody else's\n";
    }
    EXPECT_TRUE(std::filesystem::exists(path));
    EXPECT_NE(open_error(options).find("a file that is no socket"), std::string::npos);
    options.unix_socket = folder.file("missing/control.sock");
    EXPECT_NE(open_error(options).find("make the directory first"), std::string::npos);
    options.unix_socket = folder.file(std::string(200, 'x'));
    EXPECT_NE(open_error(options).find("at most 107 bytes"), std::string::npos);
}

TEST(HttpServer, ClosesOpenConnectionsWhenItEnds) {
    std::optional<RawConnection> client;
    {
        ServedLoop served(on_loopback(), echo);
        client.emplace(served.port());
        client->send(kGet);
        client->receive_to("GET /x");
    }
    EXPECT_EQ(client->receive_all(), "");
}

}  // namespace
}  // namespace flowgauge
