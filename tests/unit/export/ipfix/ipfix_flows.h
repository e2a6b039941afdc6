// Flows that tests of IPFIX export: both IP versions, one way and both, with everything on.
#pragma once

#include "core/meter/meter_options.h"
#include "tests/support/made_record.h"
#include "tests/support/plain_packet.h"

#include <memory>
#include <string>
#include <vector>

namespace flowgauge::test {

constexpr Tick kMorning = 1'700'000'000'123;

inline MeterOptions everything(AccountingMode mode = AccountingMode::kLink) {
    MeterOptions options;
    options.statistical_analysis = true;
    options.splt_analysis = 5;
    options.layer_octets = true;
    options.attribution = true;
    options.flow.accounting_mode = mode;
    return options;
}

inline std::shared_ptr<const ApplicationNames> sample_names() {
    return std::make_shared<const ApplicationNames>(
        std::vector<std::string>{"Unknown", "TLS", "HTTP", "Google"},
        std::vector<std::string>{"Unspecified", "Web"},
        std::vector<std::string>{"", "XSS", "SQL"}
    );
}

inline std::vector<Packet> conversation(
    const std::string& client, const std::string& server, TimeUnit unit = TimeUnit::kMilliseconds
) {
    const Tick scale = ticks_per_second(unit) / 1000;
    const Tick start = kMorning * scale + (scale > 1 ? 7 : 0);
    return {
        tcp_packet(client, server, {.tick = start, .bytes = 74, .vlan_id = 7, .tcp_flags = 0x02}),
        tcp_packet(
            server,
            client,
            {.tick = start + 10 * scale, .bytes = 74, .vlan_id = 7, .tcp_flags = 0x12}
        ),
        tcp_packet(
            client,
            server,
            {.tick = start + 31 * scale, .bytes = 1514, .vlan_id = 7, .tcp_flags = 0x18}
        ),
        tcp_packet(
            server,
            client,
            {.tick = start + 31 * scale, .bytes = 66, .vlan_id = 7, .tcp_flags = 0x11}
        )};
}

inline std::vector<Packet> request(const std::string& client, const std::string& server) {
    return {udp_packet(client, server, {.tick = kMorning + 500, .bytes = 90})};
}

// What dissection says of a TLS connection.
inline void describe(Application& application) {
    application.master = 1;
    application.app = 3;
    application.category = 1;
    application.confidence = Confidence::kDissected;
    application.risks = 6;
    application.metadata = std::make_unique<ApplicationMetadata>();
    application.metadata->requested_server_name = "www.example.org";
    application.metadata->user_agent = "curl/7.88";
    application.metadata->alpn = "h2,http/1.1";
    application.metadata->tls_version = "TLSv1.3";
    application.metadata->client_fingerprint = "e7d705a3286e19ea42f587b344ee6865";
}

}  // namespace flowgauge::test
