// Reads addresses and networks as people write them: "10.0.0.1", "10.0.0.0/8", "2001:db8::/32".
#pragma once

#include "core/base/ip_address.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace flowgauge {

// The addresses from `first` to `last` of one IP version.
struct IpNetwork {
    IpAddress first;
    IpAddress last;
    std::uint8_t version = 4;

    // Whether it was written as one address or as a network of one.
    [[nodiscard]] bool is_single() const noexcept { return first == last; }
};

// Returns nothing when `text` is neither an address nor a network. Bits behind the prefix are
// dropped: "10.1.2.3/8" is 10.0.0.0/8.
[[nodiscard]] std::optional<IpNetwork> read_ip_network(std::string_view text) noexcept;

}  // namespace flowgauge
