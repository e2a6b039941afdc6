// LocalAddresses: which addresses are this machine's, and in which network namespace.
#pragma once

#include "core/base/ip_address.h"

#include <cstdint>
#include <span>
#include <vector>

namespace flowgauge {

struct LocalAddress {
    IpAddress address;
    std::uint8_t ip_version = 0;
    std::uint32_t name_space = 0;  // inode of the network namespace

    friend auto operator<=>(const LocalAddress&, const LocalAddress&) = default;
};

// Every namespace has 127.0.0.0/8 and ::1, but only those of the own one can be in a packet that is
// captured here, so only they count. A value; thread: as its vector.
class LocalAddresses {
public:
    LocalAddresses() = default;

    // Sorts `list`, drops doubles and what is loopback: `own` alone has that, all of it.
    LocalAddresses(std::vector<LocalAddress> list, std::uint32_t own);

    // The namespaces that have this address, at most one entry each; empty: not local. Any address
    // of 127.0.0.0/8 gives one entry of the own namespace. Valid as long as this object is.
    // Cost: a binary search.
    [[nodiscard]] std::span<const LocalAddress> find(
        const IpAddress& address, std::uint8_t ip_version
    ) const noexcept;

    [[nodiscard]] bool contains(const IpAddress& address, std::uint8_t ip_version) const noexcept {
        return !find(address, ip_version).empty();
    }

    // All but loopback.
    [[nodiscard]] const std::vector<LocalAddress>& list() const noexcept { return list_; }

    friend bool operator==(const LocalAddresses&, const LocalAddresses&) = default;

private:
    std::vector<LocalAddress> list_;  // in the order of <=>
    LocalAddress loopback4_{.address = {.high = 0, .low = 0x7f000001}, .ip_version = 4};
    LocalAddress loopback6_{.address = {.high = 0, .low = 1}, .ip_version = 6};
};

// 127.0.0.0/8 or ::1.
[[nodiscard]] constexpr bool is_loopback(
    const IpAddress& address, std::uint8_t ip_version
) noexcept {
    return address.high == 0 && (ip_version == 4 ? address.low >> 24U == 127 : address.low == 1);
}

}  // namespace flowgauge
