#include "visibility/sockets/local_addresses.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace flowgauge {

LocalAddresses::LocalAddresses(std::vector<LocalAddress> list, std::uint32_t own)
    : list_(std::move(list)) {
    std::erase_if(list_, [](const LocalAddress& one) {
        return is_loopback(one.address, one.ip_version) || one.address == IpAddress{};
    });
    std::ranges::sort(list_);
    list_.erase(std::unique(list_.begin(), list_.end()), list_.end());
    loopback4_.name_space = own;
    loopback6_.name_space = own;
}

std::span<const LocalAddress> LocalAddresses::find(
    const IpAddress& address, std::uint8_t ip_version
) const noexcept {
    if (is_loopback(address, ip_version)) {
        return {ip_version == 4 ? &loopback4_ : &loopback6_, 1};
    }
    LocalAddress bound{.address = address, .ip_version = ip_version, .name_space = 0};
    const auto first = std::lower_bound(list_.begin(), list_.end(), bound);
    bound.name_space = std::numeric_limits<std::uint32_t>::max();
    return {first, std::upper_bound(first, list_.end(), bound)};
}

}  // namespace flowgauge
