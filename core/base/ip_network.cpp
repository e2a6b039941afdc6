#include "core/base/ip_network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace flowgauge {
namespace {

// Bits behind the first `count` of 64.
constexpr std::uint64_t tail_of(unsigned count) noexcept {
    return count >= 64 ? 0 : ~std::uint64_t{0} >> count;
}

std::optional<IpNetwork> read_single(std::string_view text) noexcept {
    std::array<char, kIpTextMax + 1> terminated{};
    if (text.size() > kIpTextMax || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    std::copy(text.begin(), text.end(), terminated.begin());
    std::array<std::uint8_t, 16> bytes{};
    if (::inet_pton(AF_INET, terminated.data(), bytes.data()) == 1) {
        const IpAddress address = ipv4_address(bytes.data());
        return IpNetwork{.first = address, .last = address, .version = 4};
    }
    if (::inet_pton(AF_INET6, terminated.data(), bytes.data()) == 1) {
        const IpAddress address = ipv6_address(bytes.data());
        return IpNetwork{.first = address, .last = address, .version = 6};
    }
    return std::nullopt;
}

std::optional<unsigned> read_prefix(std::string_view text, unsigned maximum) noexcept {
    unsigned prefix = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), prefix);
    if (error != std::errc{} || end != text.data() + text.size() || prefix > maximum) {
        return std::nullopt;
    }
    return prefix;
}

}  // namespace

std::optional<IpNetwork> read_ip_network(std::string_view text) noexcept {
    const std::size_t slash = text.find('/');
    std::optional<IpNetwork> network = read_single(text.substr(0, slash));
    if (!network || slash == std::string_view::npos) {
        return network;
    }
    const std::optional<unsigned> prefix =
        read_prefix(text.substr(slash + 1), network->version == 4 ? 32 : 128);
    if (!prefix) {
        return std::nullopt;
    }
    const bool is_ipv4 = network->version == 4;
    const std::uint64_t low_tail = is_ipv4        ? tail_of(32 + *prefix)
                                   : *prefix > 64 ? tail_of(*prefix - 64)
                                                  : ~std::uint64_t{0};
    const std::uint64_t high_tail = is_ipv4 ? 0 : tail_of(*prefix);
    network->first = {
        .high = network->first.high & ~high_tail, .low = network->first.low & ~low_tail};
    network->last = {.high = network->last.high | high_tail, .low = network->last.low | low_tail};
    return network;
}

}  // namespace flowgauge
