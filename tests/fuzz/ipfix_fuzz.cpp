// Whatever flows hold, and whatever is asked for: their records are decoded by a strict reader of
// IPFIX, and say what the columns say.
//
// The first bytes of the input choose options, the next ones packets, the rest are texts of
// dissection, each up to a zero byte.
#include "export/ipfix/ipfix_encoder.h"
#include "tests/support/ipfix_decoder.h"
#include "tests/support/ipfix_values.h"
#include "tests/support/made_record.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

void require(bool condition, const std::string& what) {
    if (!condition) {
        static_cast<void>(std::fprintf(stderr, "%s\n", what.c_str()));
        std::abort();
    }
}

class Input {
public:
    explicit Input(std::string_view bytes) : bytes_(bytes) {}

    std::uint64_t number(std::size_t bytes) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes; ++i) {
            value = value << 8 | byte();
        }
        return value;
    }
    unsigned below(unsigned bound) { return byte() % bound; }
    std::string text() {
        const std::size_t zero = bytes_.find('\0');
        std::string taken(bytes_.substr(0, zero));
        bytes_.remove_prefix(zero == std::string_view::npos ? bytes_.size() : zero + 1);
        return taken;
    }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }

private:
    unsigned byte() {
        if (bytes_.empty()) {
            return 0;
        }
        const auto first = static_cast<unsigned char>(bytes_.front());
        bytes_.remove_prefix(1);
        return first;
    }

    std::string_view bytes_;
};

MeterOptions meter_of(Input& input) {
    MeterOptions meter;
    meter.layer_octets = true;
    const unsigned switches = input.below(256);
    meter.statistical_analysis = (switches & 1) != 0;
    meter.dissection.enabled = (switches & 2) != 0;
    meter.splt_analysis = (switches & 4) != 0 ? static_cast<std::uint16_t>(1 + input.number(1)) : 0;
    meter.decode.decode_tunnels = (switches & 8) != 0 ? TunnelSet::kAll : TunnelSet::kNone;
    meter.flow.accounting_mode = static_cast<AccountingMode>(input.below(4));
    meter.flow.time_unit = static_cast<TimeUnit>(input.below(3));
    return meter;
}

IpfixOptions ipfix_of(Input& input) {
    IpfixOptions options;
    options.profile = static_cast<IpfixProfile>(input.below(3));
    options.vocabulary = static_cast<IpfixVocabulary>(input.below(4));
    options.biflow = static_cast<IpfixBiflow>(input.below(2));
    options.message_size = 512 + static_cast<std::uint32_t>(input.number(2) % 65024);
    options.text_bytes_max = static_cast<std::uint16_t>(input.number(2));
    return options;
}

// Packets of one flow, in rising time.
std::vector<Packet> packets_of(Input& input) {
    Packet packet;
    packet.ip_version = input.below(2) == 0 ? 4 : 6;
    const std::uint64_t high = packet.ip_version == 6 ? input.number(8) : 0;
    const std::size_t address_bytes = packet.ip_version == 6 ? 8 : 4;
    packet.source = {.high = high, .low = input.number(address_bytes)};
    packet.destination = {.high = high, .low = input.number(address_bytes)};
    packet.source_port = static_cast<std::uint16_t>(input.number(2));
    packet.destination_port = static_cast<std::uint16_t>(input.number(2));
    packet.protocol = static_cast<std::uint8_t>(input.number(1));
    packet.vlan_id = static_cast<std::uint16_t>(input.number(2) & 0x0fff);
    packet.tunnel_id = static_cast<TunnelId>(input.below(10));
    // What an NTP time stamp holds without a new era: up to 2036.
    packet.tick = static_cast<Tick>(1 + input.number(5) % 1'000'000'000'000);
    std::vector<Packet> packets;
    for (unsigned count = 1 + input.below(24); count > 0; --count) {
        if (!packets.empty()) {
            packet.tick += static_cast<Tick>(input.number(4));
            if (input.below(2) == 1) {
                std::swap(packet.source, packet.destination);
                std::swap(packet.source_port, packet.destination_port);
            }
        }
        packet.frame_bytes = static_cast<std::uint32_t>(input.number(3));
        packet.ip_bytes = static_cast<std::uint32_t>(input.number(2));
        packet.transport_bytes = packet.ip_bytes / 2;
        packet.payload_bytes = packet.ip_bytes / 3;
        packet.tcp_flags = static_cast<std::uint8_t>(input.number(1));
        packets.push_back(packet);
    }
    return packets;
}

void describe(Application& application, Input& input) {
    application.master = static_cast<std::uint16_t>(input.below(6));
    application.app = static_cast<std::uint16_t>(input.below(6));
    application.category = static_cast<std::uint16_t>(input.below(4));
    application.confidence = static_cast<Confidence>(input.below(8));
    application.guessed = input.below(2) == 1;
    application.risks = input.number(1);
    if (input.empty()) {
        return;
    }
    application.metadata = std::make_unique<ApplicationMetadata>();
    ApplicationMetadata& metadata = *application.metadata;
    for (std::string* text :
         {&metadata.requested_server_name,
          &metadata.client_fingerprint,
          &metadata.server_fingerprint,
          &metadata.user_agent,
          &metadata.content_type,
          &metadata.alpn,
          &metadata.tls_version}) {
        *text = input.text();
    }
}

void try_input(std::string_view bytes) {
    Input input(bytes);
    const MeterOptions meter = meter_of(input);
    const IpfixOptions options = ipfix_of(input);
    static const auto kNames = std::make_shared<const ApplicationNames>(
        std::vector<std::string>{"Unknown", "TLS", "HTTP", "Google", "DNS"},
        std::vector<std::string>{"Unspecified", "Web"},
        std::vector<std::string>{"", "XSS", "SQL", "RCE"}
    );
    auto opened = IpfixEncoder::open(options, meter, kNames);
    if (!opened) {
        require(!opened.error().message.empty(), "an error without a message");
        return;
    }
    IpfixEncoder& encoder = *opened.value();
    test::IpfixDecoder decoder;
    const std::string preamble = decoder.decode(encoder.preamble());
    require(preamble.empty(), "preamble: " + preamble);
    decoder.records.clear();

    const RecordContext context = test::context_of(meter, kNames);
    test::MadeRecord record(meter, packets_of(input));
    record.record().end_reason = static_cast<EndReason>(input.below(6));
    if (meter.dissection.enabled) {
        describe(record.application(), input);
    }
    Block block;
    require(encoder.encode(record.view(context), block), "refused");
    encoder.end_unit(block);
    require(block.records == 1, "a record that is in no unit");
    for (std::size_t i = 0; i < block.units.size(); ++i) {
        require(block.unit(i).size() <= options.message_size, "a message that is too long");
        const std::string error = decoder.decode(block.unit(i));
        require(error.empty(), "message: " + error);
    }
    const bool two = options.biflow == IpfixBiflow::kSplit && record.flow().packets[1] != 0;
    require(decoder.records.size() == (two ? 2U : 1U), "another number of records");
    for (std::size_t i = 0; i < decoder.records.size(); ++i) {
        const std::string found = test::difference(
            record.view(context),
            decoder.records[i],
            {.options = options,
             .meter = meter,
             .mirrored = i == 1,
             .shortened = encoder.records_shortened() > 0}
        );
        require(found.empty(), found);
    }
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks this name up
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// NOLINTNEXTLINE(readability-identifier-naming): as above
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flowgauge::try_input({reinterpret_cast<const char*>(data), size});
    return 0;
}
