#include "plugins/builtin.h"
#include "tests/support/packet_builder.h"
#include "tests/support/plugin_host.h"
#include "tests/support/tls_hello_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace flowgauge {
namespace {

using test::Bytes;
using test::BytesView;
using test::PluginHost;
using test::PluginValue;

constexpr std::uint8_t kSyn = 0x02;
constexpr std::uint8_t kSynAck = 0x12;
constexpr std::uint8_t kAck = 0x10;
const PluginValue kAbsent;

// A TCP connection that the plugin sees.
class Connection {
public:
    explicit Connection(bool ipv6 = false, const std::map<std::string, std::string>& arguments = {})
        : ipv6_(ipv6),
          host_(*find_builtin_plugin("ja4"), arguments) {}

    void client(std::uint8_t flags, BytesView payload = {}) { add(0, flags, payload); }
    void server(std::uint8_t flags, BytesView payload = {}) { add(1, flags, payload); }
    void handshake() {
        client(kSyn);
        server(kSynAck);
        client(kAck);
    }
    // The client sends in segments of that many bytes, each acknowledged.
    void client_segments(BytesView bytes, std::size_t most) {
        while (!bytes.empty()) {
            const BytesView part = bytes.first(std::min(most, bytes.size()));
            client(kAck, part);
            server(kAck);
            bytes = bytes.subspan(part.size());
        }
    }
    // The next segment of the client has that number of bytes before it.
    void skip(std::uint32_t bytes) { next_[0] += bytes; }

    [[nodiscard]] PluginValue ja4() { return value("ja4"); }
    [[nodiscard]] PluginValue ja4s() { return value("ja4s"); }

private:
    void add(std::uint8_t direction, std::uint8_t flags, BytesView payload) {
        const bool back = direction == 1;
        std::string source = ipv6_ ? "2001:db8::1" : "10.0.0.1";
        std::string destination = ipv6_ ? "2001:db8::2" : "10.0.0.2";
        if (back) {
            std::swap(source, destination);
        }
        const Bytes bytes = test::ip_packet(
            {.source = source, .destination = destination, .protocol = 6},
            test::tcp_segment(
                {.source_port = static_cast<std::uint16_t>(back ? 443 : 40'000),
                 .destination_port = static_cast<std::uint16_t>(back ? 40'000 : 443),
                 .flags = flags,
                 .sequence = next_[direction]},
                payload
            )
        );
        next_[direction] +=
            static_cast<std::uint32_t>(payload.size()) + ((flags & kSyn) != 0 ? 1 : 0);
        EXPECT_FALSE(host_.packet(test::plugin_packet(bytes, direction)));
    }
    [[nodiscard]] PluginValue value(const char* column) {
        host_.end();
        return host_.value(column);
    }

    bool ipv6_;
    PluginHost host_;
    std::uint32_t next_[2] = {0xfffffff0, 7};  // sequence numbers; the first wraps
};

TEST(Ja4, LeavesOutEveryValueOfGrease) {
    Connection connection;
    connection.handshake();
    connection.client(kAck, test::chrome_hello());
    connection.server(
        kAck, test::server_hello(0x1301, {{.kind = 0x33}, {.kind = 43, .body = test::be16(0x0304)}})
    );
    EXPECT_EQ(connection.ja4(), PluginValue(std::string(test::kChromeJa4)));
    EXPECT_EQ(connection.ja4s(), PluginValue(std::string("t130200_1301_234ea6891581")));
}

TEST(Ja4, PutsTheSegmentsAndRecordsOfAHelloTogether) {
    for (const std::size_t segment : {1U, 5U, 6U, 100U, 1000U}) {
        for (const std::size_t record : {7U, 64U, 16'384U}) {
            const Bytes hello = test::chrome_hello(record);
            Connection connection;
            connection.handshake();
            if (hello.size() / segment < 31) {
                connection.client_segments(hello, segment);
                EXPECT_EQ(connection.ja4(), PluginValue(std::string(test::kChromeJa4)))
                    << segment << " " << record;
            } else {
                connection.client_segments(hello, segment);
                EXPECT_EQ(connection.ja4(), kAbsent) << "past the bound of segments";
            }
        }
    }
}

TEST(Ja4, TakesNoHelloWithAHole) {
    const Bytes hello = test::chrome_hello();
    Connection connection;
    connection.handshake();
    connection.client(kAck, BytesView(hello).first(50));
    connection.skip(10);
    connection.client(kAck, BytesView(hello).subspan(50));
    EXPECT_EQ(connection.ja4(), kAbsent);
}

TEST(Ja4, GivesUpAtTheFirstPacketBehindTheHandshakeThatIsNoHello) {
    Connection late;
    late.handshake();
    late.server(kAck, test::text("220 ready"));
    late.client(kAck, test::chrome_hello());
    EXPECT_EQ(late.ja4(), kAbsent);

    Connection early;
    early.client(kSyn);
    early.server(kSynAck);
    early.client(kAck, test::chrome_hello());
    EXPECT_EQ(early.ja4(), PluginValue(std::string(test::kChromeJa4)));

    Connection middle;
    middle.client(kAck, test::chrome_hello());
    middle.client(kAck, test::chrome_hello());
    EXPECT_EQ(middle.ja4(), kAbsent);
}

TEST(Ja4, WaitsForTheHelloOfTheServerWhateverComesBefore) {
    const Bytes hello = test::server_hello(0xc02b, {});
    Connection connection;
    connection.handshake();
    connection.client(kAck, test::chrome_hello());
    connection.client(kAck, hello);  // of the wrong side
    connection.server(kAck);
    connection.server(kAck, Bytes{22, 3, 3, 0, 2});
    connection.server(kAck, Bytes{2, 0});
    connection.server(kAck, Bytes{23, 3, 3, 0, 1, 0});
    connection.server(kAck, BytesView(hello).first(20));
    connection.server(kAck, BytesView(hello).subspan(20));
    connection.server(kAck, test::server_hello(0x1301, {}));
    EXPECT_EQ(connection.ja4(), PluginValue(std::string(test::kChromeJa4)));
    EXPECT_EQ(connection.ja4s(), PluginValue(std::string("t120000_c02b_000000000000")));
}

TEST(Ja4, ReadsIpv6WhereItIsToldTo) {
    for (const bool told : {false, true}) {
        Connection connection(true, {{"ipv6", told ? "true" : "false"}});
        connection.handshake();
        connection.client(kAck, test::chrome_hello());
        EXPECT_EQ(connection.ja4() == kAbsent, !told);
    }
}

std::string fingerprint(
    const std::vector<std::uint16_t>& ciphers, const std::vector<test::HelloExtension>& extensions
) {
    Connection connection;
    connection.handshake();
    connection.client(kAck, test::client_hello(ciphers, extensions));
    const PluginValue value = connection.ja4();
    return std::holds_alternative<std::string>(value) ? std::get<std::string>(value) : "none";
}

TEST(Ja4, SpellsTheFirstPartAsItsDescriptionSays) {
    const std::string zeros = "_000000000000";
    EXPECT_EQ(fingerprint({}, {}), "t12i000000" + zeros + zeros);
    EXPECT_EQ(fingerprint({0x0a0a}, {{.kind = 0}}).substr(0, 10), "t12d000100");
    EXPECT_EQ(fingerprint(std::vector<std::uint16_t>(120, 0x1301), {}).substr(0, 8), "t12i9900");
    EXPECT_EQ(fingerprint({1}, {test::application("x")}).substr(8, 2), "xx");
    EXPECT_EQ(fingerprint({1}, {test::application("\xab!")}).substr(8, 2), "a1");
    EXPECT_EQ(fingerprint({1}, {test::application("http/1.1")}).substr(8, 2), "h1");
    EXPECT_EQ(fingerprint({1}, {test::supported_versions({0x0302})}).substr(1, 2), "11");
    EXPECT_EQ(fingerprint({1}, {test::supported_versions({0x0300})}).substr(1, 2), "s3");
    EXPECT_EQ(fingerprint({1}, {test::supported_versions({0x7f1c})}).substr(1, 2), "00");
}

TEST(Ja4, TakesNoHelloWhoseLengthsAreWrong) {
    EXPECT_EQ(fingerprint({1}, {{.kind = 13, .body = {0, 9, 4, 3}}}), "none");
    EXPECT_EQ(fingerprint({1}, {{.kind = 13, .body = {0, 3, 4, 3, 8}}}), "none");
    EXPECT_EQ(fingerprint({1}, {{.kind = 16, .body = {0, 3, 9, 'h', '2'}}}), "none");
    EXPECT_EQ(fingerprint({1}, {{.kind = 43, .body = {}}}), "none");
    const Bytes hello = test::chrome_hello();
    for (std::size_t size = 0; size < hello.size(); ++size) {
        Connection connection;
        connection.handshake();
        connection.client(kAck, BytesView(hello).first(size));
        EXPECT_EQ(connection.ja4(), kAbsent) << size;
    }
}

}  // namespace
}  // namespace flowgauge
