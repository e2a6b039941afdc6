#include "crypto/tls_reason.h"

#include "core/base/format.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <system_error>

namespace flowgauge {
namespace {

// A key with a passphrase would make OpenSSL ask at the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return 0;
}

Error file_error(std::string_view key, const std::string& file, std::string_view remedy) {
    return Error{ErrorKind::kUsage, format("{}: {}: {}; {}", key, file, tls_reason(), remedy)};
}

}  // namespace

std::string tls_reason() {
    const auto code = ::ERR_get_error();
    ::ERR_clear_error();
    const char* const reason = ::ERR_reason_error_string(code);
    if (reason != nullptr) {
        return reason;
    }
    return ERR_SYSTEM_ERROR(code) ? std::system_category().message(ERR_GET_REASON(code))
                                  : "unknown reason";
}

Result<void> harden_tls(ssl_ctx_st* context, std::string_view key) {
    // Sessions are not resumed: connections are rare, and a resumed session would skip what a
    // reload has changed.
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    ::SSL_CTX_set_options(
        context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION
    );
    ::SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    if (::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
        return Error{ErrorKind::kSystem, format("{}: {}", key, tls_reason())};
    }
    return {};
}

Result<void> use_certificate(
    ssl_ctx_st* context,
    const std::string& cert_file,
    const std::string& key_file,
    std::string_view key
) {
    if (::SSL_CTX_use_certificate_chain_file(context, cert_file.c_str()) != 1) {
        return file_error(
            format("{}.cert_file", key), cert_file, "it must hold PEM certificates, our own first"
        );
    }
    if (::SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        return file_error(
            format("{}.key_file", key),
            key_file,
            "it must hold the certificate's key in PEM without passphrase, readable for flowgauge"
        );
    }
    return {};
}

}  // namespace flowgauge
