// flowgauge/plugin/bytes.hpp: runs of values that someone else owns: bytes of packets, addresses.
#ifndef FLOWGAUGE_PLUGIN_BYTES_HPP
#define FLOWGAUGE_PLUGIN_BYTES_HPP

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace flowgauge::plugin {

// A run of values that someone else owns; in C++20 a std::span is made of it.
template <typename T>
class View {
public:
    constexpr View() noexcept = default;
    constexpr View(T* data, std::size_t size) noexcept : data_(data), size_(size) {}
    // A view of what may be changed is one of what may be read.
    template <typename Other, typename = std::enable_if_t<std::is_same_v<const Other, T>>>
    constexpr View(View<Other> other) noexcept  // NOLINT(google-explicit-constructor): see above
        : data_(other.data()),
          size_(other.size()) {}

    [[nodiscard]] constexpr T* data() const noexcept { return data_; }
    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] constexpr T* begin() const noexcept { return data_; }
    [[nodiscard]] constexpr T* end() const noexcept { return data_ + size_; }

    // Requires: place < size().
    [[nodiscard]] constexpr T& operator[](std::size_t place) const noexcept { return data_[place]; }

    // At most `count` values; fewer, or none, where there are no more.
    [[nodiscard]] constexpr View first(std::size_t count) const noexcept {
        return {data_, count < size_ ? count : size_};
    }
    [[nodiscard]] constexpr View from(std::size_t place) const noexcept {
        return place < size_ ? View(data_ + place, size_ - place) : View();
    }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

// Bytes of a packet. The numbers are big-endian, as on the wire, and 0 where bytes are missing.
class Bytes : public View<const std::uint8_t> {
public:
    using View::View;
    constexpr Bytes(View<const std::uint8_t> bytes) noexcept  // NOLINT(google-explicit-constructor)
        : View(bytes) {}

    [[nodiscard]] constexpr std::uint8_t u8(std::size_t at) const noexcept {
        return at < size() ? (*this)[at] : std::uint8_t{0};
    }
    [[nodiscard]] constexpr std::uint16_t u16(std::size_t at) const noexcept {
        return static_cast<std::uint16_t>(u8(at) << 8 | u8(at + 1));
    }
    [[nodiscard]] constexpr std::uint32_t u32(std::size_t at) const noexcept {
        return static_cast<std::uint32_t>(u16(at)) << 16 | u16(at + 2);
    }
    [[nodiscard]] constexpr Bytes first(std::size_t count) const noexcept {
        return View::first(count);
    }
    [[nodiscard]] constexpr Bytes from(std::size_t place) const noexcept {
        return View::from(place);
    }
    [[nodiscard]] std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(data()), size()};
    }
};

// An IP address: 4 bytes or 16, in network order.
class Address {
public:
    constexpr Address(const std::uint8_t* bytes, std::uint8_t ip_version) noexcept
        : bytes_(bytes, ip_version == 4 ? std::size_t{4} : std::size_t{16}) {}

    [[nodiscard]] constexpr Bytes bytes() const noexcept { return bytes_; }
    [[nodiscard]] bool is_unspecified() const noexcept {
        return std::all_of(bytes_.begin(), bytes_.end(), [](std::uint8_t byte) {
            return byte == 0;
        });
    }
    [[nodiscard]] std::string text() const {
        std::array<char, INET6_ADDRSTRLEN> out{};
        const int family = bytes_.size() == 4 ? AF_INET : AF_INET6;
        return inet_ntop(family, bytes_.data(), out.data(), static_cast<socklen_t>(out.size()));
    }

private:
    Bytes bytes_;
};

}  // namespace flowgauge::plugin

#endif
