// Aes128: the bare block cipher (FIPS 197), many independent blocks at a time.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct evp_cipher_ctx_st;  // EVP_CIPHER_CTX

namespace flowgauge {

// A pseudorandom function on blocks, not a way to encrypt messages. Thread: one.
class Aes128 {
public:
    static constexpr std::size_t kBlockBytes = 16;

    // Errors (kSystem): OpenSSL has no AES.
    [[nodiscard]] static Result<Aes128> open(std::span<const std::uint8_t, kBlockBytes> key);

    // Requires: whole blocks, `out` as long as `in`; both may be the same memory. Returns false
    // when OpenSSL fails; `out` is then worth nothing.
    [[nodiscard]] bool encrypt(
        std::span<const std::uint8_t> in, std::span<std::uint8_t> out
    ) noexcept;

private:
    struct Release {
        void operator()(evp_cipher_ctx_st* context) const noexcept;
    };
    using Context = std::unique_ptr<evp_cipher_ctx_st, Release>;

    explicit Aes128(Context context) noexcept : context_(std::move(context)) {}

    Context context_;
};

}  // namespace flowgauge
