// The addresses of one network namespace: as NETLINK_ROUTE answers, and as /proc/PID/net has them.
#pragma once

#include "visibility/sockets/local_addresses.h"
#include "visibility/sockets/netlink_messages.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace flowgauge {

// Addresses of all namespaces together. Beyond that they are not known as local.
constexpr std::size_t kLocalAddressesMax = 65'536;

// RTM_GETADDR for all links and versions.
[[nodiscard]] std::vector<std::uint8_t> addresses_request(std::uint32_t sequence);

// Appends the addresses of one piece of the answer to `list`, which has kLocalAddressesMax at most.
[[nodiscard]] DumpOutcome read_addresses(
    std::span<const std::uint8_t> piece,
    std::uint32_t sequence,
    std::uint32_t name_space,
    std::vector<LocalAddress>& list
);

// The file if_inet6 or part of it: an address of 32 hexadecimal digits opens each line.
// Returns whether all found room.
bool parse_if_inet6(
    std::string_view lines, std::uint32_t name_space, std::vector<LocalAddress>& list
);

// The file fib_trie, in parts of whole lines: routes as a tree, of which the leaves "/32 host
// LOCAL" are addresses, once for each table.
class FibTrieParser {
public:
    // Returns whether all found room.
    bool parse(std::string_view lines, std::uint32_t name_space, std::vector<LocalAddress>& list);

private:
    std::optional<IpAddress> leaf_;  // the last one, to which the lines that follow belong
};

}  // namespace flowgauge
