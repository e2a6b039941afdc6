// What nDPI reads out of TLS, and the risks that it finds.
#include "core/dpi/dissection_observer.h"
#include "tests/unit/core/dpi/dissection_packets.h"
#include "tests/unit/core/dpi/tls_messages.h"

#include <gtest/gtest.h>

#include <string>

namespace flowgauge {
namespace {

using test::client_hello;
using test::DissectingShard;
using test::server_hello;
using test::tcp_wire;
using test::TlsHello;

constexpr const char* kClient = "10.0.0.1:40000";
constexpr const char* kServer = "10.0.0.2:443";

// One TCP connection: payloads behind a handshake.
class Connection {
public:
    explicit Connection(DissectingShard& shard, const char* server = kServer)
        : shard_(&shard),
          server_name_(server) {
        shard_->add(tcp_wire(kClient, server_name_, kTcpSyn, 0, ""));
        shard_->add(tcp_wire(server_name_, kClient, kTcpSyn | kTcpAck, 0, ""));
        shard_->add(tcp_wire(kClient, server_name_, kTcpAck, 1, ""));
    }
    void client(std::string_view payload) {
        shard_->add(tcp_wire(kClient, server_name_, kTcpAck | kTcpPsh, from_client_, payload));
        from_client_ += static_cast<std::uint32_t>(payload.size());
    }
    void server(std::string_view payload) {
        shard_->add(tcp_wire(server_name_, kClient, kTcpAck | kTcpPsh, from_server_, payload));
        from_server_ += static_cast<std::uint32_t>(payload.size());
    }

private:
    DissectingShard* shard_;
    const char* server_name_;
    std::uint32_t from_client_ = 1;
    std::uint32_t from_server_ = 1;
};

TlsHello modern_hello() {
    return {
        .server_name = "www.example.org",
        .protocols = {"h2", "http/1.1"},
        .supported_versions = {0x0304, 0x0303}};
}

TEST(DissectionOfTls, ReadsTheOfferOfAClient) {
    DissectingShard shard({});
    Connection(shard).client(client_hello(modern_hello()));
    const Application& found = shard.finish();
    ASSERT_NE(found.metadata, nullptr);
    EXPECT_EQ(found.metadata->requested_server_name, "www.example.org");
    EXPECT_EQ(found.metadata->alpn, "h2,http/1.1");
    EXPECT_EQ(found.metadata->tls_version, "TLSv1.2");
    EXPECT_EQ(shard.names()->risks(found), "");
}

TEST(DissectionOfTls, TakesTheVersionButNotTheProtocolThatTheServerChose) {
    DissectingShard shard({});
    Connection connection(shard);
    connection.client(client_hello(modern_hello()));
    connection.server(server_hello({.protocols = {"h2"}, .supported_versions = {0x0304}}));
    const Application& found = shard.finish();
    ASSERT_NE(found.metadata, nullptr);
    EXPECT_EQ(found.metadata->alpn, "h2,http/1.1");
    EXPECT_EQ(found.metadata->tls_version, "TLSv1.3");
    EXPECT_EQ(shard.names()->risks(found), "");
}

TEST(DissectionOfTls, TakesTheChoiceOfTheServerWithoutAnOffer) {
    DissectingShard shard({});
    Connection connection(shard);
    connection.client(client_hello({.server_name = "www.example.org", .supported_versions = {}}));
    connection.server(server_hello({.protocols = {"http/1.1"}, .supported_versions = {}}));
    const Application& found = shard.finish();
    ASSERT_NE(found.metadata, nullptr);
    EXPECT_EQ(found.metadata->alpn, "http/1.1");
}

TEST(DissectionOfTls, WritesEachVersionAsNdpiDoes) {
    struct Row {
        std::uint16_t chosen;
        const char* text;
    };
    for (const Row& row :
         {Row{0x0300, "SSLv3"},
          Row{0x0301, "TLSv1"},
          Row{0x0302, "TLSv1.1"},
          Row{0x0303, "TLSv1.2"},
          Row{0x0304, "TLSv1.3"},
          Row{0x7f17, "TLSv1.3 (draft)"},
          Row{0xfb1a, "TLSv1.3 (Fizz)"},
          Row{0x0a0a, "GREASE"},
          Row{0xfafa, "GREASE"},
          Row{0x1234, "TLS (1234)"},
          Row{0x0000, ""}}) {
        DissectingShard shard({});
        Connection connection(shard);
        connection.client(client_hello(modern_hello()));
        connection.server(server_hello({.supported_versions = {row.chosen}}));
        const Application& found = shard.finish();
        ASSERT_NE(found.metadata, nullptr) << row.text;
        EXPECT_EQ(found.metadata->tls_version, row.text);
    }
}

TEST(DissectionOfTls, DropsBytesOfTheOfferThatAreNotUtf8) {
    DissectingShard shard({});
    TlsHello hello = modern_hello();
    hello.protocols = {"\xca\xca", "h\xc3\xa9", "h2"};
    Connection(shard).client(client_hello(hello));
    const Application& found = shard.finish();
    ASSERT_NE(found.metadata, nullptr);
    EXPECT_EQ(found.metadata->alpn, ",h\xc3\xa9,h2");
}

TEST(DissectionOfTls, LeavesOutWhatAPortCannotTell) {
    DissectingShard shard({});
    shard.add(tcp_wire(kClient, kServer, kTcpSyn, 0, ""));
    const Application& found = shard.finish();
    EXPECT_EQ(shard.names()->application(found), "TLS");
    EXPECT_EQ(found.metadata, nullptr);
}

TEST(DissectionRisks, NameAnObsoleteVersion) {
    for (const bool obsolete : {true, false}) {
        DissectingShard shard({});
        TlsHello hello = modern_hello();
        hello.version = obsolete ? 0x0301 : 0x0303;
        hello.supported_versions = {};
        Connection(shard).client(client_hello(hello));
        const Application& found = shard.finish();
        ASSERT_NE(found.metadata, nullptr);
        EXPECT_EQ(found.metadata->tls_version, obsolete ? "TLSv1" : "TLSv1.2");
        EXPECT_EQ(
            shard.names()->risks(found), obsolete ? "Obsolete TLS Version (1.1 or older)" : ""
        );
    }
}

TEST(DissectionRisks, StandInTheOrderOfTheirNumbers) {
    DissectingShard shard({});
    Connection(shard, "10.0.0.2:4433").client(client_hello({.supported_versions = {}}));
    EXPECT_EQ(
        shard.names()->risks(shard.finish()),
        "Known Protocol on Non Standard Port|TLS (probably) Not Carrying HTTPS|"
        "Missing SNI TLS Extension"
    );
}

// Harvesting before the last packet would miss it.
TEST(DissectionRisks, IncludeThoseOfALaterPacket) {
    DissectingShard shard({});
    Connection connection(shard);
    connection.client(client_hello(modern_hello()));
    connection.server(test::tls_fatal_alert());
    EXPECT_EQ(shard.names()->risks(shard.finish()), "TLS Fatal Alert");
}

TEST(DissectionRisks, IncludeThoseThatOnlyAGuessFinds) {
    for (const bool guess : {true, false}) {
        DissectionOptions options;
        options.guess = guess;
        DissectingShard shard(options);
        shard.add(tcp_wire(kClient, "10.0.0.2:23", kTcpSyn, 0, ""));
        const Application& found = shard.finish();
        EXPECT_EQ(shard.names()->risks(found), guess ? "Unsafe Protocol" : "");
        EXPECT_EQ(found.metadata, nullptr);
    }
}

TEST(DissectionRisks, IncludeAttacksInTheUrl) {
    struct Row {
        const char* url;
        const char* risks;
    };
    for (const Row& row :
         {Row{"/?id=1", ""},
          Row{"/?id=1%27+and+1%3D1+union+select+null%2C+table_name+from+tables%23",
              "SQL Injection"},
          Row{"/?name=%3Cscript%3Ealert%281%29%3C%2Fscript%3E", "XSS Attack"},
          Row{"/msadc/../../cmd.exe", "HTTP Suspicious URL"}}) {
        DissectingShard shard({});
        Connection connection(shard, "10.0.0.2:80");
        connection.client(
            "GET " + std::string(row.url) +
            " HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: curl/8.0\r\nAccept: */*\r\n\r\n"
        );
        EXPECT_EQ(shard.names()->risks(shard.finish()), row.risks) << row.url;
    }
}

}  // namespace
}  // namespace flowgauge
