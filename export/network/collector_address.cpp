#include "export/network/collector_address.h"

#include "core/base/format.h"

#include <sys/un.h>

#include <algorithm>
#include <charconv>

namespace flowgauge {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::size_t kPathMax = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::size_t kHostMax = 253;  // RFC 1035 section 2.3.4, without the last dot

Error address_error(std::string_view text, std::string_view what) {
    return Error{
        ErrorKind::kUsage,
        format(
            "\"{}\": {}; right would be \"host:port\", \"192.0.2.1:port\", "
            "\"[2001:db8::1]:port\" or \"unix:/path\"",
            text,
            what
        )};
}

bool is_port(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value >= 1 && value <= 65535;
}

bool is_host(std::string_view text) {
    return !text.empty() && text.size() <= kHostMax &&
           std::all_of(text.begin(), text.end(), [](char letter) {
               return letter > ' ' && letter < 0x7f && letter != '/';
           });
}

Result<CollectorAddress> parse_unix(std::string_view text) {
    const std::string_view path = text.substr(kUnix.size());
    if (!path.starts_with('/') || path.size() > kPathMax ||
        path.find('\0') != std::string_view::npos) {
        return address_error(
            text, format("the path must begin with / and have {} bytes at most", kPathMax)
        );
    }
    CollectorAddress address;
    address.path = path;
    return address;
}

}  // namespace

std::string CollectorAddress::text() const {
    if (is_unix()) {
        return std::string(kUnix) + path;
    }
    return host.find(':') == std::string::npos ? host + ":" + port : "[" + host + "]:" + port;
}

Result<CollectorAddress> parse_collector_address(std::string_view text) {
    if (text.starts_with(kUnix)) {
        return parse_unix(text);
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || text.ends_with(']')) {
        return address_error(text, "the port is missing");
    }
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return address_error(text, "an IPv6 address stands in brackets");
    }
    if (!is_host(host)) {
        return address_error(text, "the host is missing or is no name");
    }
    if (!is_port(text.substr(colon + 1))) {
        return address_error(text, "the port must be a number from 1 to 65535");
    }
    CollectorAddress address;
    address.host = host;
    address.port = text.substr(colon + 1);
    return address;
}

}  // namespace flowgauge
