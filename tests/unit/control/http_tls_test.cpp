// TLS with certificates that openssl(1) makes for the test.
#include "control/http_server.h"
#include "tests/unit/control/served_loop.h"

#include <gtest/gtest.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;

int run(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str());  // NOLINT(concurrency-mt-unsafe)
}

void answer_ok(const HttpRequest& request, const HttpRespond& respond) {
    HttpResponse response;
    response.body = "ok " + request.path;
    respond(std::move(response));
}

// Where the certificates are, and whether they could be made.
std::string folder;
bool has_openssl = false;

// Two authorities; of the first a server's and a client's certificate.
class HttpTls : public testing::Test {
protected:
    static void SetUpTestSuite() {
        std::string name = testing::TempDir() + "flowgauge-tls-XXXXXX";
        folder = std::string(::mkdtemp(name.data())) + "/";
        has_openssl = run("openssl version") == 0;
        if (!has_openssl) {
            return;
        }
        make_authority("ca");
        make_authority("other");
        make_certificate("server", "ca");
        make_certificate("renewed", "ca");
        make_certificate("client", "ca");
        make_certificate("stranger", "other");
    }
    static void TearDownTestSuite() { std::filesystem::remove_all(folder); }
    void SetUp() override {
        if (!has_openssl) {
            GTEST_SKIP() << "openssl is missing: apt-get install openssl";
        }
    }

    static std::string file(const std::string& name) { return folder + name; }

    static HttpServerOptions options(const std::string& certificate, bool asks_clients) {
        HttpServerOptions options;
        options.listen = "127.0.0.1:0";
        options.tls = tls(certificate, asks_clients);
        return options;
    }
    static HttpTlsFiles tls(const std::string& certificate, bool asks_clients) {
        return {
            .cert_file = file(certificate + ".pem"),
            .key_file = file(certificate + ".key"),
            .client_ca_file = asks_clients ? file("ca.pem") : ""};
    }

private:
    static void make_authority(const std::string& name) {
        ASSERT_EQ(
            run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                "-subj /CN=" +
                name + " -keyout " + file(name + ".key") + " -out " + file(name + ".pem")),
            0
        );
    }
    static void make_certificate(const std::string& name, const std::string& authority) {
        ASSERT_EQ(
            run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name +
                " -keyout " + file(name + ".key") + " -out " + file(name + ".csr") +
                " && openssl x509 -req -days 2 -in " + file(name + ".csr") + " -CA " +
                file(authority + ".pem") + " -CAkey " + file(authority + ".key") +
                " -CAcreateserial -out " + file(name + ".pem")),
            0
        );
    }
};

struct ClientOptions {
    std::string authority;    // whom the client trusts
    std::string certificate;  // what it shows; empty: none
    int newest = 0;           // TLS version at most; 0: any
};

// What one GET over TLS gives; empty if there is no answer. `peer` gets the server's name.
std::string get(std::uint16_t port, const ClientOptions& options, std::string* peer = nullptr) {
    const RawConnection connection(port);
    const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(
        ::SSL_CTX_new(::TLS_client_method()), ::SSL_CTX_free
    );
    ::SSL_CTX_load_verify_locations(context.get(), options.authority.c_str(), nullptr);
    ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    ::SSL_CTX_set_security_level(context.get(), 0);  // so that it would speak TLS 1.0
    ::SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    ::SSL_CTX_set_max_proto_version(context.get(), options.newest);
    if (!options.certificate.empty()) {
        const std::string key = options.certificate + ".key";
        ::SSL_CTX_use_certificate_chain_file(context.get(), (options.certificate + ".pem").c_str());
        ::SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM);
    }
    const std::unique_ptr<SSL, void (*)(SSL*)> session(::SSL_new(context.get()), ::SSL_free);
    ::SSL_set_fd(session.get(), connection.descriptor());
    std::string text;
    if (::SSL_connect(session.get()) == 1) {
        constexpr std::string_view kRequest =
            "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        ::SSL_write(session.get(), kRequest.data(), static_cast<int>(kRequest.size()));
        char bytes[4096];
        for (int got = 0; (got = ::SSL_read(session.get(), bytes, sizeof bytes)) > 0;) {
            text.append(bytes, static_cast<std::size_t>(got));
        }
    }
    if (peer != nullptr) {
        const std::unique_ptr<X509, void (*)(X509*)> certificate(
            ::SSL_get1_peer_certificate(session.get()), ::X509_free
        );
        char name[256] = "";
        ::X509_NAME_oneline(::X509_get_subject_name(certificate.get()), name, sizeof name);
        *peer = name;
    }
    ::ERR_clear_error();
    return text;
}

bool is_answered(const std::string& text) {
    return text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with("ok /x");
}

TEST_F(HttpTls, ServesTls12And13AndNothingOlder) {
    ServedLoop served(options("server", false), answer_ok);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        EXPECT_TRUE(is_answered(get(served.port(), {file("ca.pem"), "", version}))) << version;
    }
    EXPECT_EQ(served.statistics().tls_failures, 0U);
    EXPECT_EQ(get(served.port(), {file("ca.pem"), "", TLS1_1_VERSION}), "");
    EXPECT_TRUE(served.wait_until([](const auto& now) { return now.tls_failures == 1; }));
}

TEST_F(HttpTls, AsksForAClientCertificateOfItsAuthority) {
    ServedLoop served(options("server", true), answer_ok);
    EXPECT_TRUE(is_answered(get(served.port(), {file("ca.pem"), file("client"), 0})));
    EXPECT_EQ(get(served.port(), {file("ca.pem"), "", 0}), "");
    EXPECT_EQ(get(served.port(), {file("ca.pem"), file("stranger"), 0}), "");
    EXPECT_EQ(get(served.port(), {file("ca.pem"), "", TLS1_2_VERSION}), "");
    EXPECT_TRUE(served.wait_until([](const auto& now) { return now.tls_failures == 3; }));
}

TEST_F(HttpTls, CountsWhoSpeaksPlainTextAndWhoIsSilent) {
    HttpServerOptions wanted = options("server", false);
    wanted.limits.header_timeout = 50ms;
    ServedLoop served(wanted, answer_ok);
    RawConnection plain(served.port());
    plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(plain.receive_all().find("HTTP/1.1"), std::string::npos);
    RawConnection silent(served.port());
    EXPECT_EQ(silent.receive_all(), "");
    EXPECT_EQ(served.statistics().tls_failures, 2U);
    EXPECT_EQ(served.statistics().timeouts, 1U);
}

TEST_F(HttpTls, ShowsTheNewCertificateAfterAReload) {
    ServedLoop served(options("server", false), answer_ok);
    std::string peer;
    EXPECT_TRUE(is_answered(get(served.port(), {file("ca.pem"), "", 0}, &peer)));
    EXPECT_EQ(peer, "/CN=server");
    const auto replace = [&](const HttpTlsFiles& files) {
        return served.ask([&](HttpServer& server) {
            Result<void> done = server.replace_credentials(files, "", "");
            return done ? std::string{} : done.error().message;
        });
    };
    EXPECT_EQ(replace(tls("renewed", false)), "");
    EXPECT_TRUE(is_answered(get(served.port(), {file("ca.pem"), "", 0}, &peer)));
    EXPECT_EQ(peer, "/CN=renewed");

    // A key that is another certificate's changes nothing.
    HttpTlsFiles mixed = tls("server", false);
    mixed.key_file = file("client.key");
    EXPECT_NE(replace(mixed).find("metrics.tls.key_file: " + mixed.key_file), std::string::npos);
    EXPECT_TRUE(is_answered(get(served.port(), {file("ca.pem"), "", 0}, &peer)));
    EXPECT_EQ(peer, "/CN=renewed");
}

TEST_F(HttpTls, NamesTheFileThatItCannotUse) {
    ASSERT_EQ(
        run("openssl ec -aes256 -passout pass:secret -in " + file("server.key") + " -out " +
            file("locked.key")),
        0
    );
    const auto error_of = [](const HttpTlsFiles& files) {
        HttpServerOptions wanted;
        wanted.listen = "127.0.0.1:0";
        wanted.tls = files;
        EventLoop loop;
        Result<std::unique_ptr<HttpServer>> opened = HttpServer::open(loop, wanted, answer_ok);
        return opened ? std::string{} : opened.error().message;
    };
    const HttpTlsFiles good = tls("server", true);
    EXPECT_EQ(error_of(good), "");
    HttpTlsFiles files = good;
    files.cert_file = file("missing.pem");
    EXPECT_EQ(
        error_of(files),
        "metrics.tls.cert_file: " + files.cert_file +
            ": No such file or directory; it must hold PEM certificates, our own first"
    );
    files = good;
    files.key_file = file("locked.key");
    EXPECT_NE(error_of(files).find("without passphrase"), std::string::npos) << error_of(files);
    files.key_file = "";
    EXPECT_NE(error_of(files).find("cert_file needs its key"), std::string::npos);
    files = good;
    files.client_ca_file = file("server.key");
    EXPECT_NE(error_of(files).find("metrics.tls.client_ca_file: "), std::string::npos);
    files = good;
    files.cert_file = "";
    EXPECT_NE(error_of(files).find("metrics.tls.cert_file: missing"), std::string::npos);
}

}  // namespace
}  // namespace flowgauge
