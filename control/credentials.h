// Credentials: what the HTTP server shows and asks for over TCP: certificate and password.
#pragma once

#include "control/http_server.h"
#include "core/base/result.h"
#include "crypto/digest.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace flowgauge {

// Read once from the files; never changes. Thread: any. The password itself is not kept.
class Credentials {
public:
    // Errors: name the file, and what is wrong with it; never what is in it.
    [[nodiscard]] static Result<std::shared_ptr<const Credentials>> load(
        const HttpTlsFiles& tls, const std::string& user, const std::string& password_file
    );

    // TLS 1.2 at least; null: no TLS.
    [[nodiscard]] ssl_ctx_st* tls() const noexcept { return tls_.get(); }

    // Whether the header `Authorization` opens the door (RFC 7617). Takes equally long for each
    // wrong one of its length.
    [[nodiscard]] bool admits(std::string_view authorization) const;

private:
    std::shared_ptr<ssl_ctx_st> tls_;
    std::optional<Sha256> expected_;  // SHA-256 of the base64 text; none: all are let in
};

}  // namespace flowgauge
