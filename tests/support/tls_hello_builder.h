// TLS hellos for tests, as TCP carries them.
#pragma once

#include "tests/support/packet_builder.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace flowgauge::test {

struct HelloExtension {
    std::uint16_t kind = 0;
    Bytes body = {};
};

// The extensions whose body is a list of numbers behind its length.
[[nodiscard]] HelloExtension supported_versions(const std::vector<std::uint16_t>& versions);
[[nodiscard]] HelloExtension signature_algorithms(const std::vector<std::uint16_t>& algorithms);
[[nodiscard]] HelloExtension application(std::string_view name);

// A record with a handshake message; `record_bytes_max` cuts the message into several records.
[[nodiscard]] Bytes client_hello(
    const std::vector<std::uint16_t>& ciphers,
    const std::vector<HelloExtension>& extensions,
    std::size_t record_bytes_max = 16'384
);
[[nodiscard]] Bytes server_hello(
    std::uint16_t cipher, const std::vector<HelloExtension>& extensions
);

// Chrome's of FoxIO's description of JA4, with values of GREASE side by side, and its fingerprint.
[[nodiscard]] Bytes chrome_hello(std::size_t record_bytes_max = 16'384);
constexpr std::string_view kChromeJa4 = "t13d1516h2_8daaf6152771_e5627efa2ab1";

}  // namespace flowgauge::test
