// ByteCursor: the only way to read wire bytes.
//
// Every read is checked: past the end it yields 0, so that a forgotten has() gives a wrong value at
// worst, never a wild read. Callers ask has() first wherever 0 would be an answer.
#pragma once

#include <cstddef>
#include <cstdint>
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
        return static_cast<std::uint16_t>((u8(offset) << 8) | u8(offset + 1));
    }
    [[nodiscard]] std::uint32_t be32(std::size_t offset) const noexcept {
        return (std::uint32_t{be16(offset)} << 16) | be16(offset + 2);
    }
    // Little-endian, for the link types that are written in the byte order of a host.
    [[nodiscard]] std::uint32_t le32(std::size_t offset) const noexcept {
        return (std::uint32_t{u8(offset + 3)} << 24) | (std::uint32_t{u8(offset + 2)} << 16) |
               (std::uint32_t{u8(offset + 1)} << 8) | u8(offset);
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
    std::span<const std::uint8_t> bytes_;
};

}  // namespace flowgauge
