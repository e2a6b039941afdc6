// TLS against socat, a peer of others, with certificates that openssl(1) makes for the test.
#include "core/base/file_descriptor.h"
#include "tests/unit/export/network/collector_socket.h"
#include "tests/unit/export/network/network_fixture.h"
#include "tests/unit/export/network/transport_driver.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace flowgauge {
namespace {

using test::CollectorSocket;
using test::numbered_block;
using test::TransportDriver;

// Where the certificates are, and whether the programs are there.
std::string folder;
bool has_programs = false;

int run(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str());  // NOLINT(concurrency-mt-unsafe)
}

std::string file(const std::string& name) {
    return folder + name;
}

void make_authority(const std::string& name) {
    ASSERT_EQ(
        run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "
            "/CN=" +
            name + " -keyout " + file(name + ".key") + " -out " + file(name + ".pem")),
        0
    );
}

// A certificate of `authority` for the names, such as "IP:127.0.0.1", that lasts `days`.
void make_certificate(
    const std::string& name, const std::string& authority, const std::string& names, int days = 2
) {
    ASSERT_EQ(
        run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name +
            " -addext subjectAltName=" + names + " -keyout " + file(name + ".key") + " -out " +
            file(name + ".csr") + " && openssl x509 -req -copy_extensions copy -days " +
            std::to_string(days) + " -in " + file(name + ".csr") + " -CA " +
            file(authority + ".pem") + " -CAkey " + file(authority + ".key") +
            " -CAcreateserial -out " + file(name + ".pem")),
        0
    );
}

// socat in a process of its own, which appends what it gets to a file.
class SocatListener {
public:
    SocatListener(std::string port, const std::string& certificate, bool asks_clients)
        : port_(std::move(port)),
          output_(file("received-" + port_)) {
        listen_ = "OPENSSL-LISTEN:" + port_ +
                  ",bind=127.0.0.1,reuseaddr,cert=" + file(certificate + ".pem") +
                  ",key=" + file(certificate + ".key") +
                  (asks_clients ? ",verify=1,cafile=" + file("ca.pem") : ",verify=0");
        std::filesystem::remove(output_);
        start();
    }
    ~SocatListener() { kill(); }
    SocatListener(const SocatListener&) = delete;
    SocatListener& operator=(const SocatListener&) = delete;

    void start() {
        const std::string to = "OPEN:" + output_ + ",creat,append";
        const char* const words[] = {"socat", "-u", listen_.c_str(), to.c_str(), nullptr};
        ASSERT_EQ(
            ::posix_spawnp(
                &pid_, "socat", nullptr, nullptr, const_cast<char* const*>(words), environ
            ),
            0
        );
    }
    void kill() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
            pid_ = 0;
        }
    }
    // What has arrived whole.
    [[nodiscard]] test::ArrivedLines lines() const {
        std::ifstream in(output_, std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(in)), {});
        test::ArrivedLines lines;
        std::string_view rest = bytes;
        while (!rest.empty()) {
            // A session that was cut off ends within a line, on which the next one goes on.
            const std::size_t end = rest.find('\n');
            const std::string_view line = rest.substr(0, end);
            if (end != std::string_view::npos && line.size() >= kLine - 1) {
                lines.add(line.substr(line.size() - (kLine - 1)));
                lines.add("\n");
            }
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        }
        return lines;
    }
    [[nodiscard]] std::uint64_t bytes() const {
        std::error_code missing;
        const std::uintmax_t size = std::filesystem::file_size(output_, missing);
        return missing ? 0 : size;
    }

    static constexpr std::size_t kLine = 500;

private:
    std::string port_;
    std::string output_;
    std::string listen_;
    pid_t pid_ = 0;
};

// A port of 127.0.0.1 on which nobody listens now.
std::string free_port() {
    CollectorSocket socket(SOCK_STREAM);
    EXPECT_TRUE(socket.listen());
    return socket.address().port;
}

class Tls : public testing::Test {
public:
    static void SetUpTestSuite() {
        std::string name = testing::TempDir() + "flowgauge-tls-XXXXXX";
        folder = std::string(::mkdtemp(name.data())) + "/";
        has_programs = run("openssl version") == 0 && run("socat -V") == 0;
        if (!has_programs) {
            return;
        }
        make_authority("ca");
        make_authority("other");
        make_certificate("collector", "ca", "IP:127.0.0.1,DNS:localhost");
        make_certificate("elsewhere", "ca", "IP:127.0.0.2,DNS:elsewhere");
        make_certificate("old", "ca", "IP:127.0.0.1", -1);
        make_certificate("foreign", "other", "IP:127.0.0.1");
        make_certificate("sensor", "ca", "DNS:sensor");
        make_certificate("stranger", "other", "DNS:stranger");
    }
    static void TearDownTestSuite() { std::filesystem::remove_all(folder); }
    void SetUp() override {
        if (!has_programs) {
            GTEST_SKIP() << "openssl or socat is missing: apt-get install openssl socat";
        }
        options = test::quick_options(NetworkProtocol::kTls);
        options.collectors = {parse_collector_address("127.0.0.1:" + port).value()};
        options.tls.ca_file = file("ca.pem");
        options.tell = [this](const std::string& text) {
            told += text + "\n";
        };
        options.stream.finish_timeout = std::chrono::milliseconds(60'000);
    }
    void show(const std::string& certificate) {
        options.tls.cert_file = file(certificate + ".pem");
        options.tls.key_file = file(certificate + ".key");
    }
    // Connects until `part` has been told.
    void expect_told(const std::string& part) {
        const std::unique_ptr<Transport> transport = test::open_plain(options);
        TransportDriver driver(*transport);
        driver.between = [this] {
            between();
        };
        EXPECT_TRUE(driver.until([&] { return told.find(part) != std::string::npos; })) << told;
        EXPECT_EQ(transport->numbers().working, 0U);
    }

    std::string port = free_port();
    NetworkOptions options;
    std::string told;
    std::function<void()> between = [] {
    };
};

TEST_F(Tls, DeliversEverythingWithBothSidesAuthenticated) {
    const SocatListener socat(port, "collector", true);
    show("sensor");
    const std::unique_ptr<Transport> transport = test::open_plain(options);
    TransportDriver driver(*transport);
    std::uint64_t next = 0;
    for (int i = 0; i < 40; ++i) {
        driver.send(numbered_block(next, 500, SocatListener::kLine));
    }
    ASSERT_TRUE(driver.until_idle()) << told;
    EXPECT_EQ(driver.acknowledged, next);
    ASSERT_TRUE(driver.until([&] { return socat.bytes() == next * SocatListener::kLine; }));
    EXPECT_EQ(socat.lines().distinct(), next);
    EXPECT_EQ(socat.lines().repeated(), 0U);
    EXPECT_EQ(transport->numbers().records_uncertain, 0U);
    EXPECT_GT(transport->numbers().bytes_written, next * SocatListener::kLine);
}

TEST_F(Tls, LosesNothingWhenTheCollectorIsKilledInMidStream) {
    SocatListener socat(port, "collector", false);
    // More than both sockets may hold: a loopback peer announces all that tcp_rmem allows.
    options.stream.replay_size = std::uint64_t{1} << 30;
    const std::unique_ptr<Transport> transport = test::open_plain(options);
    TransportDriver driver(*transport);
    std::uint64_t next = 0;
    for (int i = 0; i < 100; ++i) {
        driver.send(numbered_block(next, 500, SocatListener::kLine));
    }
    for (std::uint64_t part = 1; part <= 3; ++part) {
        ASSERT_TRUE(driver.until([&] { return socat.bytes() > part * 4'000'000; })) << told;
        socat.kill();
        const std::uint64_t errors = transport->numbers().errors;
        ASSERT_TRUE(driver.until([&] { return transport->numbers().errors > errors; }));
        socat.start();
    }
    ASSERT_TRUE(driver.until_idle()) << told;
    const std::uint64_t total = socat.lines().distinct();
    EXPECT_EQ(total, next);
    EXPECT_EQ(driver.acknowledged, next);
    EXPECT_EQ(transport->numbers().records_uncertain, 0U);
    EXPECT_GE(transport->numbers().records_repeated, socat.lines().repeated());
    EXPECT_GE(transport->numbers().connections, 4U);
}

TEST_F(Tls, TellsAnExpiredCertificate) {
    const SocatListener socat(port, "old", false);
    expect_told("certificate has expired; renew the collector's certificate");
}

TEST_F(Tls, TellsAWrongAuthority) {
    const SocatListener socat(port, "foreign", false);
    expect_told("tls.ca_file must hold the certificate of the authority that signed it");
}

TEST_F(Tls, TellsAWrongName) {
    const SocatListener socat(port, "elsewhere", false);
    expect_told("it is not for 127.0.0.1; name the collector as its certificate does");
}

TEST_F(Tls, TellsThatTheCollectorWantsACertificate) {
    const SocatListener socat(port, "collector", true);
    expect_told("tls.cert_file and tls.key_file must be what it accepts");
}

TEST_F(Tls, TellsThatTheCollectorWantsAnotherCertificate) {
    const SocatListener socat(port, "collector", true);
    show("stranger");
    expect_told("tls.cert_file and tls.key_file must be what it accepts");
}

TEST_F(Tls, TellsAPortThatSpeaksSomethingElse) {
    CollectorSocket collector(SOCK_STREAM);
    ASSERT_TRUE(collector.listen());
    options.collectors = {collector.address()};
    between = [&] {
        collector.accept();
        if (collector.is_connected()) {
            (void)::send(collector.peer(), "220 hello\r\n", 11, MSG_NOSIGNAL);
            collector.read();
        }
    };
    expect_told("does not speak TLS on this port");
}

TEST_F(Tls, TellsAPortThatSaysNothing) {
    CollectorSocket collector(SOCK_STREAM);
    ASSERT_TRUE(collector.listen());
    options.collectors = {collector.address()};
    options.stream.connect_timeout = std::chrono::milliseconds(50);
    between = [&] {
        collector.serve();
    };
    expect_told("no answer to the TLS handshake in 1 s; does it speak TLS on this port?");
}

TEST_F(Tls, RefusesFilesThatItCannotUse) {
    struct Row {
        TlsClientOptions tls;
        const char* part = "";
    };
    for (const Row& row :
         {Row{{.ca_file = file("missing.pem"), .cert_file = "", .key_file = ""}, "tls.ca_file: "},
          Row{{.ca_file = "", .cert_file = file("missing.pem"), .key_file = file("ca.key")},
              "tls.cert_file: "},
          Row{{.ca_file = "", .cert_file = file("ca.pem"), .key_file = file("missing.key")},
              "tls.key_file: "},
          Row{{.ca_file = "", .cert_file = file("ca.pem"), .key_file = file("other.key")},
              "key values mismatch"},
          Row{{.ca_file = "", .cert_file = file("ca.pem"), .key_file = ""}, "belong together"}}) {
        options.tls = row.tls;
        Result<std::unique_ptr<Transport>> opened = open_network(options, test::plain_sessions());
        ASSERT_FALSE(opened) << row.part;
        EXPECT_NE(opened.error().message.find(row.part), std::string::npos)
            << opened.error().message;
    }
}

TEST_F(Tls, KeepsTheOldFilesWhenTheNewOnesAreBad) {
    const SocatListener socat(port, "collector", false);
    std::filesystem::copy_file(file("ca.pem"), file("used.pem"));
    options.tls.ca_file = file("used.pem");
    const std::unique_ptr<Transport> transport = test::open_plain(options);
    std::ofstream(file("used.pem")) << "nonsense";
    transport->reopen();
    EXPECT_NE(told.find("the files read before stay in use"), std::string::npos) << told;
    TransportDriver driver(*transport);
    EXPECT_TRUE(driver.until([&] { return transport->numbers().working == 1; })) << told;
}

TEST(Network, RefusesWhatCannotWork) {
    NetworkOptions options = test::quick_options(NetworkProtocol::kTls);
    EXPECT_FALSE(open_network(options, test::plain_sessions()));
    options.collectors = {parse_collector_address("unix:/run/x").value()};
    Result<std::unique_ptr<Transport>> opened = open_network(options, test::plain_sessions());
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("no TLS over a unix socket"), std::string::npos);
}

}  // namespace
}  // namespace flowgauge
