// The client against OpenSSL's own server side, both in memory. Peers of others, and what is wrong
// with certificates: tests/unit/export/network/tls_transport_test.cpp.
#include "crypto/tls_client.h"

#include <gtest/gtest.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace flowgauge {
namespace {

std::string folder;

// A server with the certificate of the suite.
class Server {
public:
    explicit Server(int newest)
        : context_(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free),
          session_(nullptr, ::SSL_free) {
        ::SSL_CTX_set_security_level(context_.get(), 0);  // so that it would speak TLS 1.1
        ::SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
        ::SSL_CTX_set_max_proto_version(context_.get(), newest);
        ::SSL_CTX_use_certificate_chain_file(context_.get(), (folder + "c.pem").c_str());
        ::SSL_CTX_use_PrivateKey_file(context_.get(), (folder + "k.pem").c_str(), SSL_FILETYPE_PEM);
        session_.reset(::SSL_new(context_.get()));
        ::SSL_set_bio(session_.get(), ::BIO_new(::BIO_s_mem()), ::BIO_new(::BIO_s_mem()));
        ::SSL_set_accept_state(session_.get());
    }

    // Takes what the client says, and returns what it answers.
    std::string talk(const std::string& bytes) {
        ::BIO_write(::SSL_get_rbio(session_.get()), bytes.data(), static_cast<int>(bytes.size()));
        char piece[16384];
        for (int got = 0; (got = ::SSL_read(session_.get(), piece, sizeof piece)) > 0;) {
            heard.append(piece, static_cast<std::size_t>(got));
        }
        is_closed = ::SSL_get_shutdown(session_.get()) == SSL_RECEIVED_SHUTDOWN;
        ::ERR_clear_error();
        std::string answer(::BIO_ctrl_pending(::SSL_get_wbio(session_.get())), '\0');
        ::BIO_read(::SSL_get_wbio(session_.get()), answer.data(), static_cast<int>(answer.size()));
        return answer;
    }
    [[nodiscard]] SSL* get() const { return session_.get(); }

    std::string heard;
    bool is_closed = false;

private:
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
    std::unique_ptr<SSL, void (*)(SSL*)> session_;
};

class Client : public testing::Test {
public:
    static void SetUpTestSuite() {
        std::string name = testing::TempDir() + "flowgauge-client-XXXXXX";
        folder = std::string(::mkdtemp(name.data())) + "/";
        const std::string command =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "
            "/CN=x -addext subjectAltName=IP:127.0.0.1,DNS:collector.example.org -keyout " +
            folder + "k.pem -out " + folder + "c.pem >/dev/null 2>&1";
        ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT(concurrency-mt-unsafe)
    }
    static void TearDownTestSuite() { std::filesystem::remove_all(folder); }
    void SetUp() override {
        if (!std::filesystem::exists(folder + "c.pem")) {
            GTEST_SKIP() << "openssl is missing: apt-get install openssl";
        }
        context = TlsClientContext::load(
                      {.ca_file = folder + "c.pem", .cert_file = "", .key_file = ""}, "tls"
        )
                      .value();
    }
    // Both talk until neither has anything to say. Returns what the client has against it.
    static std::string talk(TlsClient& client, Server& server) {
        for (std::string out;; out.clear()) {
            client.take_output(out);
            const std::string answer = server.talk(out);
            if (out.empty() && answer.empty()) {
                return "";
            }
            if (Result<void> received = client.receive(answer); !received) {
                return received.error().message;
            }
        }
    }

    std::shared_ptr<const TlsClientContext> context;
};

TEST_F(Client, SendsThroughTls12And13) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Server server(version);
        std::unique_ptr<TlsClient> client =
            std::move(TlsClient::begin(*context, "collector.example.org")).value();
        EXPECT_FALSE(client->is_open());
        EXPECT_EQ(talk(*client, server), "");
        ASSERT_TRUE(client->is_open());
        EXPECT_EQ(::SSL_version(server.get()), version);
        EXPECT_STREQ(
            ::SSL_get_servername(server.get(), TLSEXT_NAMETYPE_host_name), "collector.example.org"
        );
        const std::string text(100'000, 'x');
        EXPECT_TRUE(client->send(text));
        EXPECT_TRUE(client->send("end"));
        EXPECT_EQ(talk(*client, server), "");
        EXPECT_EQ(server.heard, text + "end");
        EXPECT_FALSE(server.is_closed);
        client->finish();
        EXPECT_EQ(talk(*client, server), "");
        EXPECT_TRUE(server.is_closed);
    }
}

TEST_F(Client, RefusesOlderVersions) {
    Server server(TLS1_1_VERSION);
    std::unique_ptr<TlsClient> client = std::move(TlsClient::begin(*context, "127.0.0.1")).value();
    const std::string error = talk(*client, server);
    EXPECT_NE(error.find("it must speak TLS 1.2 or later"), std::string::npos) << error;
    EXPECT_FALSE(client->is_open());
}

TEST_F(Client, NoticesThatThePeerCloses) {
    Server server(TLS1_3_VERSION);
    std::unique_ptr<TlsClient> client = std::move(TlsClient::begin(*context, "127.0.0.1")).value();
    EXPECT_EQ(talk(*client, server), "");
    EXPECT_EQ(::SSL_get_servername(server.get(), TLSEXT_NAMETYPE_host_name), nullptr)
        << "an address is no server name (RFC 6066 section 3)";
    EXPECT_FALSE(client->is_closed_by_peer());
    ::SSL_shutdown(server.get());
    EXPECT_EQ(talk(*client, server), "");
    EXPECT_TRUE(client->is_closed_by_peer());
}

TEST_F(Client, RefusesDamagedRecords) {
    Server server(TLS1_3_VERSION);
    std::unique_ptr<TlsClient> client = std::move(TlsClient::begin(*context, "127.0.0.1")).value();
    EXPECT_EQ(talk(*client, server), "");
    ::SSL_write(server.get(), "hello", 5);
    std::string record = server.talk("");
    record.back() = static_cast<char>(record.back() ^ 1);
    EXPECT_FALSE(client->receive(record));
}

}  // namespace
}  // namespace flowgauge
