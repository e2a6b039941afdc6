#include "control/credentials.h"

#include "core/base/format.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::size_t kPasswordMax = 1024;

// Why OpenSSL refused, and clears its queue.
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

Error tls_error(std::string_view key, const std::string& file, std::string_view remedy) {
    return Error{
        ErrorKind::kUsage, format("metrics.tls.{}: {}: {}; {}", key, file, tls_reason(), remedy)};
}

// A key with a passphrase would make OpenSSL ask at the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return 0;
}

Result<void> require_client_certificates(SSL_CTX* context, const std::string& file) {
    STACK_OF(X509_NAME)* const names = ::SSL_load_client_CA_file(file.c_str());
    if (names == nullptr || ::SSL_CTX_load_verify_locations(context, file.c_str(), nullptr) != 1) {
        return tls_error(
            "client_ca_file", file, "it must hold PEM certificates and be readable for flowgauge"
        );
    }
    ::SSL_CTX_set_client_CA_list(context, names);
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return {};
}

Result<std::shared_ptr<SSL_CTX>> load_tls(const HttpTlsFiles& files) {
    if (files.key_file.empty()) {
        return Error{ErrorKind::kUsage, "metrics.tls.key_file: missing; cert_file needs its key"};
    }
    ::ERR_clear_error();
    std::shared_ptr<SSL_CTX> context(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free);
    if (!context) {
        return Error{ErrorKind::kSystem, format("metrics.tls: {}", tls_reason())};
    }
    // Sessions are not resumed: scrapes are rare, and a resumed session would skip what a reload
    // has changed.
    ::SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    ::SSL_CTX_set_options(
        context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION
    );
    ::SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
    if (::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) {
        return Error{ErrorKind::kSystem, format("metrics.tls: {}", tls_reason())};
    }
    if (::SSL_CTX_use_certificate_chain_file(context.get(), files.cert_file.c_str()) != 1) {
        return tls_error(
            "cert_file", files.cert_file, "it must hold PEM certificates, the server's first"
        );
    }
    if (::SSL_CTX_use_PrivateKey_file(context.get(), files.key_file.c_str(), SSL_FILETYPE_PEM) !=
        1) {
        return tls_error(
            "key_file",
            files.key_file,
            "it must hold the certificate's key in PEM without passphrase, readable for flowgauge"
        );
    }
    if (!files.client_ca_file.empty()) {
        if (Result<void> done = require_client_certificates(context.get(), files.client_ca_file);
            !done) {
            return std::move(done).error();
        }
    }
    return context;
}

Result<std::string> read_password(const std::string& path) {
    std::ifstream file(path);
    if (!file) {
        return Error{
            ErrorKind::kUsage,
            format(
                "metrics.basic_auth.password_file: {}: {}; it must be readable for flowgauge",
                path,
                std::system_category().message(errno)
            )};
    }
    std::string line(kPasswordMax + 2, '\0');
    file.getline(line.data(), static_cast<std::streamsize>(line.size()));
    const bool is_whole = !file.fail();
    line.resize(line.find('\0'));
    if (!line.empty() && line.back() == '\r') {
        line.pop_back();
    }
    if (line.empty() || !is_whole) {
        return Error{
            ErrorKind::kUsage,
            format(
                "metrics.basic_auth.password_file: {}: its first line must hold 1 to {} bytes",
                path,
                kPasswordMax
            )};
    }
    return line;
}

std::string base64(std::string_view text) {
    std::vector<unsigned char> out(4 * ((text.size() + 2) / 3) + 1);
    const std::vector<unsigned char> in(text.begin(), text.end());
    const int size = ::EVP_EncodeBlock(out.data(), in.data(), static_cast<int>(in.size()));
    return {out.begin(), out.begin() + size};
}

std::array<std::uint8_t, 32> digest_of(std::string_view text) {
    std::array<std::uint8_t, 32> digest{};
    const std::vector<unsigned char> in(text.begin(), text.end());
    ::SHA256(in.data(), in.size(), digest.data());
    return digest;
}

// The part behind `Basic`, or nothing. The scheme's case does not matter (RFC 9110 section 11.1).
std::optional<std::string_view> basic_token(std::string_view authorization) {
    constexpr std::string_view kScheme = "basic ";
    if (authorization.size() < kScheme.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < kScheme.size(); ++i) {
        const char letter = authorization[i];
        const bool is_upper = letter >= 'A' && letter <= 'Z';
        if ((is_upper ? static_cast<char>(letter - 'A' + 'a') : letter) != kScheme[i]) {
            return std::nullopt;
        }
    }
    authorization.remove_prefix(kScheme.size());
    while (!authorization.empty() && authorization.front() == ' ') {
        authorization.remove_prefix(1);
    }
    return authorization;
}

}  // namespace

Result<std::shared_ptr<const Credentials>> Credentials::load(
    const HttpTlsFiles& tls, const std::string& user, const std::string& password_file
) {
    auto credentials = std::make_shared<Credentials>();
    if (!tls.cert_file.empty()) {
        Result<std::shared_ptr<SSL_CTX>> context = load_tls(tls);
        if (!context) {
            return std::move(context).error();
        }
        credentials->tls_ = std::move(context).value();
    } else if (!tls.key_file.empty() || !tls.client_ca_file.empty()) {
        return Error{
            ErrorKind::kUsage,
            "metrics.tls.cert_file: missing; key_file and client_ca_file mean nothing without it"};
    }
    if (user.empty() != password_file.empty() || user.find(':') != std::string::npos) {
        return Error{
            ErrorKind::kUsage,
            "metrics.basic_auth: user and password_file belong together, and user has no colon"};
    }
    if (!user.empty()) {
        Result<std::string> password = read_password(password_file);
        if (!password) {
            return std::move(password).error();
        }
        credentials->expected_ = digest_of(base64(user + ":" + password.value()));
    }
    return std::shared_ptr<const Credentials>(std::move(credentials));
}

bool Credentials::admits(std::string_view authorization) const {
    if (!expected_) {
        return true;
    }
    const std::optional<std::string_view> token = basic_token(authorization);
    if (!token) {
        return false;
    }
    const Digest shown = digest_of(*token);
    return ::CRYPTO_memcmp(shown.data(), expected_->data(), shown.size()) == 0;
}

}  // namespace flowgauge
