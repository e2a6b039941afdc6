// CryptoPan: addresses become others so that two which share their first n bits still do, and not
// more. Fan, Xu, Ammar, Moon: Prefix-Preserving IP Address Anonymization (2004).
#pragma once

#include "core/base/hash.h"
#include "core/base/ip_address.h"
#include "core/base/result.h"
#include "crypto/block_cipher.h"
#include "crypto/secret_key.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace flowgauge {

// Thread: one. IPv4 gives what the authors' program gives for the same key; IPv6 is the same over
// 128 bits, as others have it. Cost: one AES block a bit.
class CryptoPan {
public:
    static constexpr std::size_t kKeyBytes = 32;

    // Requires: the key has kKeyBytes. Errors (kSystem): OpenSSL has no AES.
    [[nodiscard]] static Result<CryptoPan> open(const SecretKey& key);

    // Nothing when OpenSSL fails: the address must not be told then.
    [[nodiscard]] std::optional<IpAddress> address(
        const IpAddress& address, std::uint8_t version
    ) noexcept;

    // `bits`: the lower 48. The first three bytes of the result depend on the first three alone, so
    // that an OUI becomes the beginning of what its addresses become.
    [[nodiscard]] std::optional<std::uint64_t> mac(std::uint64_t bits) noexcept;

private:
    static constexpr std::size_t kBitsMax = 128;

    CryptoPan(Aes128 cipher, Uint128 pad, Uint128 mac_pad) noexcept
        : cipher_(std::move(cipher)),
          pad_(pad),
          mac_pad_(mac_pad) {}

    // What the first `count` bits of `value` are to be changed by.
    [[nodiscard]] std::optional<Uint128> flips(Uint128 value, Uint128 pad, unsigned count) noexcept;

    Aes128 cipher_;
    Uint128 pad_;
    Uint128 mac_pad_;  // another, so that known vendors of network cards tell nothing of addresses
    std::array<std::uint8_t, kBitsMax * Aes128::kBlockBytes> blocks_{};
};

}  // namespace flowgauge
