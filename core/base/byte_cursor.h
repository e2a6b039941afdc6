// ByteCursor: the only way to read wire bytes.
//
// Every read is checked: past the end it yields 0, so that a forgotten has() gives a wrong value at
// worst, never a wild read. Callers ask has() first wherever 0 would be an answer.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace flowgauge {

// Ownership: points into bytes that outlive it. Thread: as a pointer. Cost: one compare a read.
class ByteCursor {
public:
    ByteCursor() = default;
    explicit ByteCursor(std::span<const std::uint8_t> bytes) noexcept : bytes_(bytes) {}

    [[nodiscard]] std::size_t remaining() const noexcept { return bytes_.size(); }
    [[nodiscard]] bool has(std::size_t count) const noexcept { return bytes_.size() >= count; }
    [[nodiscard]] std::span<const std::uint8_t> rest() const noexcept { return bytes_; }

    // Values at `offset` from the cursor, network order.
    [[nodiscard]] std::uint8_t u8(std::size_t offset) const noexcept {
        return offset < bytes_.size() ? bytes_[offset] : std::uint8_t{0};
    }
    [[nodiscard]] std::uint16_t be16(std::size_t offset) const noexcept {
        return load<std::uint16_t>(offset, std::endian::big);
    }
    [[nodiscard]] std::uint32_t be32(std::size_t offset) const noexcept {
        return load<std::uint32_t>(offset, std::endian::big);
    }
    // Little-endian, for the link types that are written in the byte order of a host.
    [[nodiscard]] std::uint16_t le16(std::size_t offset) const noexcept {
        return load<std::uint16_t>(offset, std::endian::little);
    }
    [[nodiscard]] std::uint32_t le32(std::size_t offset) const noexcept {
        return load<std::uint32_t>(offset, std::endian::little);
    }

    // The `count` bytes at `offset`, or none when they are not all there.
    [[nodiscard]] std::span<const std::uint8_t> view(std::size_t offset, std::size_t count)
        const noexcept {
        if (offset > bytes_.size() || bytes_.size() - offset < count) {
            return {};
        }
        return bytes_.subspan(offset, count);
    }

    // Moves past `count` bytes. Returns false, and stays, when fewer are left.
    [[nodiscard]] bool skip(std::size_t count) noexcept {
        if (!has(count)) {
            return false;
        }
        bytes_ = bytes_.subspan(count);
        return true;
    }

private:
    // One check and one load where all bytes are there; byte by byte at the end.
    template <typename Value>
    [[nodiscard]] Value load(std::size_t offset, std::endian order) const noexcept {
        if (offset + sizeof(Value) > bytes_.size()) [[unlikely]] {
            return load_partly<Value>(offset, order);
        }
        Value value{};
        std::memcpy(&value, bytes_.data() + offset, sizeof value);
        if (order == std::endian::native) {
            return value;
        }
        if constexpr (sizeof(Value) == 2) {
            return __builtin_bswap16(value);
        } else {
            return __builtin_bswap32(value);
        }
    }
    template <typename Value>
    [[nodiscard, gnu::noinline]] Value load_partly(std::size_t offset, std::endian order)
        const noexcept {
        Value value = 0;
        for (std::size_t i = 0; i < sizeof value; ++i) {
            const std::size_t shift = order == std::endian::big ? sizeof value - 1 - i : i;
            value = static_cast<Value>(value | Value{u8(offset + i)} << (8 * shift));
        }
        return value;
    }

    std::span<const std::uint8_t> bytes_;
};

}  // namespace flowgauge
