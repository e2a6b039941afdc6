// What a TLS server shows and asks for, read once from files.
#pragma once

#include "core/base/result.h"

#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace flowgauge {

struct TlsServerFiles {
    std::string cert_file;  // PEM, with the chain
    std::string key_file;
    std::string client_ca_file;  // clients must show a certificate of it; empty: they need none
};

// TLS 1.2 at least. Errors: name the file under `key`, and what is wrong with it; never what is in
// it. Thread: any; sessions may use the context from several threads.
[[nodiscard]] Result<std::shared_ptr<ssl_ctx_st>> load_tls_server(
    const TlsServerFiles& files, std::string_view key
);

}  // namespace flowgauge
