#include "crypto/digest.h"

#include "core/base/format.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <vector>

namespace flowgauge {

Sha256 sha256(std::string_view text) {
    Sha256 digest{};
    const std::vector<unsigned char> in(text.begin(), text.end());
    ::SHA256(in.data(), in.size(), digest.data());
    return digest;
}

std::string sha256_of(std::string_view text) {
    std::string hexadecimal;
    for (const std::uint8_t byte : sha256(text)) {
        hexadecimal += format("{:02x}", byte);
    }
    return hexadecimal;
}

std::string base64_of(std::string_view text) {
    std::vector<unsigned char> out(4 * ((text.size() + 2) / 3) + 1);
    const std::vector<unsigned char> in(text.begin(), text.end());
    const int size = ::EVP_EncodeBlock(out.data(), in.data(), static_cast<int>(in.size()));
    return {out.begin(), out.begin() + size};
}

bool equal_in_constant_time(const Sha256& a, const Sha256& b) {
    return ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace flowgauge
