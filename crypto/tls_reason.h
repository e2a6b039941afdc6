// Why OpenSSL refused, in words, and what all of its contexts have in common.
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace flowgauge {

// The oldest error of this thread's queue, which is empty afterwards.
[[nodiscard]] std::string tls_reason();

// TLS 1.2 at least, no compression, no renegotiation, no resumption, and no question for a
// passphrase at the terminal. `key` is the configuration key that messages name.
[[nodiscard]] Result<void> harden_tls(ssl_ctx_st* context, std::string_view key);

// Shows the certificate chain of one file with the key of the other, both in PEM. Errors: name the
// file and what is wrong with it.
[[nodiscard]] Result<void> use_certificate(
    ssl_ctx_st* context,
    const std::string& cert_file,
    const std::string& key_file,
    std::string_view key
);

}  // namespace flowgauge
