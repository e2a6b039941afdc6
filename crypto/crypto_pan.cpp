#include "crypto/crypto_pan.h"

#include <cstring>
#include <span>
#include <utility>

namespace flowgauge {
namespace {

using Block = std::array<std::uint8_t, Aes128::kBlockBytes>;

// What the pad of MAC addresses is made of.
constexpr Block kMacLabel{'M', 'A', 'C', ' ', 'a', 'd', 'd', 'r', 'e', 's', 's', 'e', 's'};

void store(Uint128 value, std::uint8_t* out) noexcept {
    const auto high = __builtin_bswap64(static_cast<std::uint64_t>(value >> 64));
    const auto low = __builtin_bswap64(static_cast<std::uint64_t>(value));
    std::memcpy(out, &high, sizeof high);
    std::memcpy(out + sizeof high, &low, sizeof low);
}

Uint128 load(std::span<const std::uint8_t, Aes128::kBlockBytes> block) noexcept {
    return Uint128{load_be64(block.data())} << 64 | load_be64(block.data() + 8);
}

}  // namespace

Result<CryptoPan> CryptoPan::open(const SecretKey& key) {
    Result<Aes128> cipher = Aes128::open(key.bytes().first<Aes128::kBlockBytes>());
    if (!cipher) {
        return std::move(cipher).error();
    }
    Block pad{};
    Block mac_pad{};
    bool is_made = cipher.value().encrypt(key.bytes().last<Aes128::kBlockBytes>(), pad);
    for (std::size_t i = 0; i < pad.size(); ++i) {
        mac_pad[i] = static_cast<std::uint8_t>(pad[i] ^ kMacLabel[i]);
    }
    is_made = is_made && cipher.value().encrypt(mac_pad, mac_pad);
    if (!is_made) {
        return Error{ErrorKind::kSystem, "OpenSSL does not encrypt with AES-128"};
    }
    return CryptoPan(std::move(cipher).value(), load(pad), load(mac_pad));
}

// Bit n is flipped as the cipher says of the n bits before it, followed by the pad. All blocks are
// known beforehand, so that the processor works on several at a time.
std::optional<Uint128> CryptoPan::flips(Uint128 value, Uint128 pad, unsigned count) noexcept {
    for (unsigned i = 0; i < count; ++i) {
        const Uint128 behind = ~Uint128{0} >> i;
        store((value & ~behind) | (pad & behind), blocks_.data() + i * Aes128::kBlockBytes);
    }
    const std::span blocks = std::span(blocks_).first(count * Aes128::kBlockBytes);
    if (!cipher_.encrypt(blocks, blocks)) {
        return std::nullopt;
    }
    Uint128 out = 0;
    for (unsigned i = 0; i < count; ++i) {
        out |= Uint128{static_cast<std::uint8_t>(blocks_[i * Aes128::kBlockBytes] >> 7)}
               << (127 - i);
    }
    return out;
}

std::optional<IpAddress> CryptoPan::address(
    const IpAddress& address, std::uint8_t version
) noexcept {
    if (version == 4) {
        const std::optional<Uint128> changed = flips(Uint128{address.low} << 96, pad_, 32);
        if (!changed) {
            return std::nullopt;
        }
        return IpAddress{.low = address.low ^ static_cast<std::uint64_t>(*changed >> 96)};
    }
    const std::optional<Uint128> changed =
        flips(Uint128{address.high} << 64 | address.low, pad_, 128);
    if (!changed) {
        return std::nullopt;
    }
    return IpAddress{
        .high = address.high ^ static_cast<std::uint64_t>(*changed >> 64),
        .low = address.low ^ static_cast<std::uint64_t>(*changed)};
}

std::optional<std::uint64_t> CryptoPan::mac(std::uint64_t bits) noexcept {
    const std::optional<Uint128> changed = flips(Uint128{bits} << 80, mac_pad_, 48);
    if (!changed) {
        return std::nullopt;
    }
    return bits ^ static_cast<std::uint64_t>(*changed >> 80);
}

}  // namespace flowgauge
