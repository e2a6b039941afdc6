// KeyedHash: BLAKE2b with a key (RFC 7693), as Python's hashlib.blake2b(text, key=KEY,
// digest_size=N).
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

struct evp_mac_ctx_st;  // EVP_MAC_CTX

namespace flowgauge {

// Thread: one. Keeps the key, and no allocation of its own per digest.
class KeyedHash {
public:
    static constexpr std::size_t kKeyMax = 64;
    static constexpr std::size_t kDigestMax = 64;

    // Requires: 1 <= key.size() <= kKeyMax, 1 <= digest_bytes <= kDigestMax. Errors (kSystem):
    // OpenSSL has no BLAKE2b.
    [[nodiscard]] static Result<KeyedHash> open(
        std::span<const std::uint8_t> key, std::size_t digest_bytes
    );

    [[nodiscard]] std::size_t digest_bytes() const noexcept { return digest_bytes_; }

    // Writes digest_bytes() bytes to `out`. Returns false when OpenSSL fails; `out` is then worth
    // nothing.
    [[nodiscard]] bool digest(std::string_view text, std::span<std::uint8_t> out) noexcept;

private:
    struct Release {
        void operator()(evp_mac_ctx_st* context) const noexcept;
    };
    using Context = std::unique_ptr<evp_mac_ctx_st, Release>;

    KeyedHash(Context context, std::size_t digest_bytes) noexcept
        : context_(std::move(context)),
          digest_bytes_(digest_bytes) {}

    Context context_;
    std::size_t digest_bytes_;
};

}  // namespace flowgauge
