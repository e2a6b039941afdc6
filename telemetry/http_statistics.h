// HttpStatistics: what the HTTP server has done, as plain data.
#pragma once

#include <cstdint>
#include <map>

namespace flowgauge {

struct HttpStatistics {
    std::uint64_t connections_open = 0;
    std::uint64_t connections = 0;               // accepted and served, since the start
    std::uint64_t connections_refused = 0;       // closed at once: too many were open
    std::map<unsigned, std::uint64_t> requests;  // answered, by status code
    std::uint64_t timeouts = 0;                  // closed because the other end was too slow
    std::uint64_t tls_failures = 0;              // handshakes that did not succeed
};

}  // namespace flowgauge
