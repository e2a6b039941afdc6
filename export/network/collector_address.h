// CollectorAddress: where records go, as the configuration says it.
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>

namespace flowgauge {

struct CollectorAddress {
    std::string host;  // a name, or a numeric address without brackets
    std::string port;  // 1 to 65535
    std::string path;  // of a unix socket; then host and port are empty

    [[nodiscard]] bool is_unix() const noexcept { return !path.empty(); }

    // As the configuration writes it.
    [[nodiscard]] std::string text() const;
};

// "host:port", "192.0.2.1:port", "[2001:db8::1]:port", "unix:/path". Errors: what would be right.
[[nodiscard]] Result<CollectorAddress> parse_collector_address(std::string_view text);

}  // namespace flowgauge
