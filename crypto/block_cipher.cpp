#include "crypto/block_cipher.h"

#include <openssl/evp.h>

namespace flowgauge {

void Aes128::Release::operator()(evp_cipher_ctx_st* context) const noexcept {
    ::EVP_CIPHER_CTX_free(context);
}

Result<Aes128> Aes128::open(std::span<const std::uint8_t, kBlockBytes> key) {
    Context context(::EVP_CIPHER_CTX_new());
    if (context == nullptr ||
        ::EVP_EncryptInit_ex(context.get(), ::EVP_aes_128_ecb(), nullptr, key.data(), nullptr) !=
            1 ||
        ::EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1) {
        return Error{ErrorKind::kSystem, "OpenSSL has no AES-128"};
    }
    return Aes128(std::move(context));
}

bool Aes128::encrypt(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) noexcept {
    int written = 0;
    return ::EVP_EncryptUpdate(
               context_.get(), out.data(), &written, in.data(), static_cast<int>(in.size())
           ) == 1 &&
           static_cast<std::size_t>(written) == in.size();
}

}  // namespace flowgauge
