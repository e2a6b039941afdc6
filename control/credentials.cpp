#include "control/credentials.h"

#include "core/base/format.h"
#include "crypto/tls_server.h"

#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kPasswordMax = 1024;

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
        Result<std::shared_ptr<ssl_ctx_st>> context = load_tls_server(
            {.cert_file = tls.cert_file,
             .key_file = tls.key_file,
             .client_ca_file = tls.client_ca_file},
            "metrics.tls"
        );
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
        credentials->expected_ = sha256(base64_of(user + ":" + password.value()));
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
    return equal_in_constant_time(sha256(*token), *expected_);
}

}  // namespace flowgauge
