#include "visibility/sockets/local_addresses.h"

#include <algorithm>
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
    const auto key = [](const LocalAddress& one) {
        return std::pair(one.address, one.ip_version);
    };
    const auto found =
        std::ranges::equal_range(list_, std::pair(address, ip_version), std::ranges::less{}, key);
    return {found.begin(), found.end()};
}

}  // namespace flowgauge
