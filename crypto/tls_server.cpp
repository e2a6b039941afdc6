#include "crypto/tls_server.h"

#include "core/base/format.h"
#include "crypto/tls_reason.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <utility>

namespace flowgauge {
namespace {

Result<void> require_client_certificates(
    SSL_CTX* context, const std::string& file, std::string_view key
) {
    STACK_OF(X509_NAME)* const names = ::SSL_load_client_CA_file(file.c_str());
    if (names == nullptr || ::SSL_CTX_load_verify_locations(context, file.c_str(), nullptr) != 1) {
        ::sk_X509_NAME_pop_free(names, ::X509_NAME_free);
        return Error{
            ErrorKind::kUsage,
            format(
                "{}.client_ca_file: {}: {}; it must hold PEM certificates and be readable for "
                "flowgauge",
                key,
                file,
                tls_reason()
            )};
    }
    ::SSL_CTX_set_client_CA_list(context, names);
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return {};
}

}  // namespace

Result<std::shared_ptr<ssl_ctx_st>> load_tls_server(
    const TlsServerFiles& files, std::string_view key
) {
    if (files.key_file.empty()) {
        return Error{
            ErrorKind::kUsage, format("{}.key_file: missing; cert_file needs its key", key)};
    }
    ::ERR_clear_error();
    std::shared_ptr<SSL_CTX> context(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free);
    if (!context) {
        return Error{ErrorKind::kSystem, format("{}: {}", key, tls_reason())};
    }
    if (Result<void> done = harden_tls(context.get(), key); !done) {
        return std::move(done).error();
    }
    if (Result<void> done = use_certificate(context.get(), files.cert_file, files.key_file, key);
        !done) {
        return std::move(done).error();
    }
    if (!files.client_ca_file.empty()) {
        if (Result<void> done =
                require_client_certificates(context.get(), files.client_ca_file, key);
            !done) {
            return std::move(done).error();
        }
    }
    return context;
}

}  // namespace flowgauge
