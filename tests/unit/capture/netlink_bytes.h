// Netlink messages for tests, written byte by byte as the kernel would.
#pragma once

#include "tests/support/packet_builder.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstdint>

namespace flowgauge::test {

template <typename T>
Bytes bytes_of(const T& value) {
    const auto* const begin = static_cast<const std::uint8_t*>(static_cast<const void*>(&value));
    return {begin, begin + sizeof(T)};
}

inline Bytes padded(Bytes bytes) {
    bytes.resize((bytes.size() + 3) / 4 * 4);
    return bytes;
}

inline Bytes attribute(std::uint16_t type, const Bytes& payload) {
    const auto length = static_cast<std::uint16_t>(sizeof(nlattr) + payload.size());
    return padded(joined({bytes_of(nlattr{.nla_len = length, .nla_type = type}), payload}));
}

inline Bytes message(std::uint16_t type, const Bytes& payload) {
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(sizeof(nlmsghdr) + payload.size());
    header.nlmsg_type = type;
    return padded(joined({bytes_of(header), payload}));
}

struct LinkMessage {
    std::uint16_t type = RTM_NEWLINK;
    std::uint8_t family = AF_UNSPEC;
    int index = 2;
    std::uint16_t hardware_type = 1;
    unsigned int flags = 0;
};

inline Bytes link_message(const LinkMessage& link, const Bytes& attributes) {
    ifinfomsg head{};
    head.ifi_family = link.family;
    head.ifi_type = link.hardware_type;
    head.ifi_index = link.index;
    head.ifi_flags = link.flags;
    return message(link.type, joined({bytes_of(head), attributes}));
}

}  // namespace flowgauge::test
