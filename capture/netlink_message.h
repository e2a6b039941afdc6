// Takes netlink messages and their attributes apart (RFC 3549 section 2.3, <linux/netlink.h>).
// Every length is checked: what does not fit ends the walk.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

namespace flowgauge {

// `payload` points into the bytes it was taken from.
struct NetlinkMessage {
    std::uint16_t type = 0;
    std::uint16_t flags = 0;
    std::uint32_t sequence = 0;
    std::span<const std::uint8_t> payload;
};

struct NetlinkAttribute {
    std::uint16_t type = 0;  // without the flags of its upper two bits
    std::span<const std::uint8_t> payload;
};

// Takes the first message or attribute off `rest`. Returns nothing at the end, when `rest` is
// empty, and where the bytes make no sense, when it is not.
[[nodiscard]] std::optional<NetlinkMessage> take_message(std::span<const std::uint8_t>& rest
) noexcept;
[[nodiscard]] std::optional<NetlinkAttribute> take_attribute(std::span<const std::uint8_t>& rest
) noexcept;

// The structure at the head of `bytes`, which need not be aligned; nothing where it is cut.
template <typename T>
[[nodiscard]] std::optional<T> load_head(std::span<const std::uint8_t> bytes) noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    if (bytes.size() < sizeof(T)) {
        return std::nullopt;
    }
    T value{};
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

// What follows a T at the head of `bytes` and its padding: the attributes.
template <typename T>
[[nodiscard]] std::span<const std::uint8_t> after_head(std::span<const std::uint8_t> bytes
) noexcept {
    constexpr std::size_t kAlignment = 4;
    constexpr std::size_t kHeadBytes = (sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
    return bytes.size() < kHeadBytes ? std::span<const std::uint8_t>() : bytes.subspan(kHeadBytes);
}

}  // namespace flowgauge
