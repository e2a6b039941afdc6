#include "core/expression/membership.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <tuple>

namespace flowgauge {
namespace {

constexpr std::uint64_t kOuiMask = 0xffffff000000;

template <typename T>
std::vector<T> sorted(std::vector<T> members) {
    std::ranges::sort(members);
    return members;
}

}  // namespace

IntegerSet::IntegerSet(std::vector<Int128> members) : members_(std::move(members)) {
    std::sort(members_.begin(), members_.end());
}

bool IntegerSet::operator()(Int128 value) const noexcept {
    return std::binary_search(members_.begin(), members_.end(), value);
}

RealSet::RealSet(std::vector<double> members) : members_(sorted(std::move(members))) {}

bool RealSet::operator()(double value) const noexcept {
    return !std::isnan(value) && std::binary_search(members_.begin(), members_.end(), value);
}

TextSet::TextSet(std::vector<std::string> members) : members_(sorted(std::move(members))) {}

bool TextSet::operator()(std::string_view value) const noexcept {
    return std::binary_search(members_.begin(), members_.end(), value, std::less<>{});
}

NetworkSet::NetworkSet(std::vector<IpNetwork> networks) {
    std::ranges::sort(networks, {}, [](const IpNetwork& network) {
        return std::tuple(network.version, network.first);
    });
    for (const IpNetwork& network : networks) {
        if (!ranges_.empty() && ranges_.back().version == network.version &&
            network.first <= ranges_.back().last) {
            ranges_.back().last = std::max(ranges_.back().last, network.last);
        } else {
            ranges_.push_back(network);
        }
    }
}

bool NetworkSet::operator()(const AddressValue& value) const noexcept {
    const auto above = std::upper_bound(
        ranges_.begin(),
        ranges_.end(),
        value,
        [](const AddressValue& a, const IpNetwork& b) {
            return std::tie(a.version, a.address) < std::tie(b.version, b.first);
        }
    );
    if (above == ranges_.begin()) {
        return false;
    }
    const IpNetwork& range = *(above - 1);
    return range.version == value.version && value.address <= range.last;
}

MacSet::MacSet(const std::vector<MacValue>& members) {
    for (const MacValue& member : members) {
        (member.bytes == 3 ? ouis_ : addresses_).push_back(member.bits);
    }
    std::ranges::sort(addresses_);
    std::ranges::sort(ouis_);
}

bool MacSet::operator()(const MacValue& value) const noexcept {
    return std::ranges::binary_search(ouis_, value.bits & kOuiMask) ||
           (value.bytes == 6 && std::ranges::binary_search(addresses_, value.bits));
}

std::optional<MacValue> read_mac(std::string_view text) noexcept {
    if (text.size() != 17 && text.size() != 8) {
        return std::nullopt;
    }
    MacValue mac{.bits = 0, .bytes = static_cast<std::uint8_t>((text.size() + 1) / 3)};
    for (std::size_t i = 0; i < mac.bytes; ++i) {
        const char* const digits = text.data() + 3 * i;
        unsigned byte = 0;
        if (std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) {
            return std::nullopt;
        }
        const bool is_last = i + 1 == mac.bytes;
        if (!is_last && (digits[2] != text[2] || (text[2] != ':' && text[2] != '-'))) {
            return std::nullopt;
        }
        mac.bits |= std::uint64_t{byte} << (40 - 8 * i);
    }
    return mac;
}

}  // namespace flowgauge
