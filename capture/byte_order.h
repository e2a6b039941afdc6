// ByteOrder: reads the integers of a capture file in the byte order of the host that wrote it.
#pragma once

#include <cstdint>
#include <cstring>

namespace flowgauge {

// A value type. Each load reads that many bytes at `at`, which need not be aligned.
class ByteOrder {
public:
    // The order of this host; `swapped` means the other one.
    ByteOrder() = default;
    explicit ByteOrder(bool swapped) noexcept : swapped_(swapped) {}

    [[nodiscard]] std::uint16_t load16(const std::uint8_t* at) const noexcept {
        const auto value = raw<std::uint16_t>(at);
        return swapped_ ? __builtin_bswap16(value) : value;
    }
    [[nodiscard]] std::uint32_t load32(const std::uint8_t* at) const noexcept {
        const auto value = raw<std::uint32_t>(at);
        return swapped_ ? __builtin_bswap32(value) : value;
    }
    [[nodiscard]] std::uint64_t load64(const std::uint8_t* at) const noexcept {
        const auto value = raw<std::uint64_t>(at);
        return swapped_ ? __builtin_bswap64(value) : value;
    }

private:
    template <typename T>
    static T raw(const std::uint8_t* at) noexcept {
        T value{};
        std::memcpy(&value, at, sizeof value);
        return value;
    }

    bool swapped_ = false;
};

}  // namespace flowgauge
