// The target of a request: path and query, decoded.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace flowgauge {

struct HttpTarget {
    std::string path;
    std::map<std::string, std::string> query;  // of a name that comes twice the first one counts
};

// Takes origin-form apart (RFC 9112 section 3.2.1): a path that begins with '/', and a query of
// NAME=VALUE with '&' between. %XX is decoded, in the query also '+' to a space. Returns nothing if
// it is malformed. Cost: linear.
[[nodiscard]] std::optional<HttpTarget> split_target(std::string_view target);

}  // namespace flowgauge
