#include "crypto/keyed_hash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>

namespace flowgauge {

void KeyedHash::Release::operator()(evp_mac_ctx_st* context) const noexcept {
    ::EVP_MAC_CTX_free(context);
}

Result<KeyedHash> KeyedHash::open(std::span<const std::uint8_t> key, std::size_t digest_bytes) {
    const std::unique_ptr<::EVP_MAC, decltype(&::EVP_MAC_free)> algorithm(
        ::EVP_MAC_fetch(nullptr, "BLAKE2BMAC", nullptr), ::EVP_MAC_free
    );
    Context context(algorithm == nullptr ? nullptr : ::EVP_MAC_CTX_new(algorithm.get()));
    const std::array<::OSSL_PARAM, 2> parameters{
        ::OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &digest_bytes),
        ::OSSL_PARAM_construct_end()};
    if (context == nullptr ||
        ::EVP_MAC_init(context.get(), key.data(), key.size(), parameters.data()) != 1) {
        return Error{ErrorKind::kSystem, "OpenSSL has no keyed BLAKE2b (BLAKE2BMAC)"};
    }
    return KeyedHash(std::move(context), digest_bytes);
}

// A beginning without a key takes the one from before.
bool KeyedHash::digest(std::string_view text, std::span<std::uint8_t> out) noexcept {
    std::size_t written = 0;
    return ::EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1 &&
           ::EVP_MAC_update(
               context_.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size()
           ) == 1 &&
           ::EVP_MAC_final(context_.get(), out.data(), &written, out.size()) == 1 &&
           written == digest_bytes_;
}

}  // namespace flowgauge
