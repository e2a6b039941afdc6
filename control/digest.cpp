#include "control/digest.h"

#include "core/base/format.h"

#include <openssl/evp.h>

#include <array>

namespace flowgauge {

std::string sha256_of(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
        return {};
    }
    std::string hexadecimal;
    for (unsigned int i = 0; i < size; ++i) {
        hexadecimal += format("{:02x}", digest[i]);
    }
    return hexadecimal;
}

}  // namespace flowgauge
