#include "capture/netlink_message.h"

#include <linux/netlink.h>

#include <algorithm>
#include <cstddef>

namespace flowgauge {
namespace {

std::size_t padded(std::size_t bytes) noexcept {
    constexpr std::size_t kAlignment = 4;
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

// Takes `bytes` and their padding off; the last one of all may come without padding.
std::span<const std::uint8_t> take(std::span<const std::uint8_t>& rest, std::size_t bytes) {
    const std::span<const std::uint8_t> taken = rest.first(bytes);
    rest = rest.subspan(std::min(padded(bytes), rest.size()));
    return taken;
}

}  // namespace

std::optional<NetlinkMessage> take_message(std::span<const std::uint8_t>& rest) noexcept {
    const auto header = load_head<nlmsghdr>(rest);
    if (!header || header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > rest.size()) {
        return std::nullopt;
    }
    return NetlinkMessage{
        .type = header->nlmsg_type,
        .flags = header->nlmsg_flags,
        .sequence = header->nlmsg_seq,
        .payload = take(rest, header->nlmsg_len).subspan(sizeof(nlmsghdr))};
}

std::optional<NetlinkAttribute> take_attribute(std::span<const std::uint8_t>& rest) noexcept {
    const auto header = load_head<nlattr>(rest);
    if (!header || header->nla_len < sizeof(nlattr) || header->nla_len > rest.size()) {
        return std::nullopt;
    }
    constexpr unsigned int kTypeMask = 0x3FFF;  // NLA_TYPE_MASK
    return NetlinkAttribute{
        .type = static_cast<std::uint16_t>(header->nla_type & kTypeMask),
        .payload = take(rest, header->nla_len).subspan(sizeof(nlattr))};
}

}  // namespace flowgauge
