#include "crypto/tls_client.h"

#include "core/base/format.h"
#include "crypto/tls_reason.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <array>
#include <utility>

namespace flowgauge {
namespace {

bool is_numeric(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

// What would have been right, for an error of verification.
std::string remedy_of(long code, const std::string& host) {  // NOLINT(google-runtime-int): theirs
    switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "renew the collector's certificate, or mend the clock";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return format("it is not for {}; name the collector as its certificate does", host);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        return "tls.ca_file must hold the certificate of the authority that signed it";
    default:
        return "the collector must show a certificate that holds";
    }
}

// Whether the error means that the other side speaks something else.
bool is_no_tls(int reason) {
    switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_RECORD_LENGTH_MISMATCH:
    case SSL_R_UNEXPECTED_MESSAGE:
    case SSL_R_UNEXPECTED_RECORD:
    case SSL_R_BAD_RECORD_TYPE:
        return true;
    default:
        return false;
    }
}

// Whether the peer wanted another certificate of ours, or one at all.
bool is_refusal(int reason) {
    switch (reason) {
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
        return true;
    default:
        return false;
    }
}

Result<void> trust(SSL_CTX* context, const std::string& ca_file, std::string_view key) {
    if (ca_file.empty()) {
        if (::SSL_CTX_set_default_verify_paths(context) != 1) {
            return Error{ErrorKind::kSystem, format("{}: {}", key, tls_reason())};
        }
    } else if (::SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1) {
        return Error{
            ErrorKind::kUsage,
            format(
                "{}.ca_file: {}: {}; it must hold PEM certificates and be readable for flowgauge",
                key,
                ca_file,
                tls_reason()
            )};
    }
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    return {};
}

// Whom the certificate must be for.
bool expect_peer(SSL* session, const std::string& host) {
    X509_VERIFY_PARAM* const parameters = ::SSL_get0_param(session);
    if (is_numeric(host)) {
        return ::X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
    }
    ::X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return ::X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size()) == 1 &&
           ::SSL_ctrl(  // SSL_set_tlsext_host_name() without its cast
               session,
               SSL_CTRL_SET_TLSEXT_HOSTNAME,
               TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(host.c_str())
           ) == 1;
}

}  // namespace

Result<std::shared_ptr<const TlsClientContext>> TlsClientContext::load(
    const TlsClientOptions& options, std::string_view key
) {
    if (options.cert_file.empty() != options.key_file.empty()) {
        return Error{ErrorKind::kUsage, format("{}: cert_file and key_file belong together", key)};
    }
    ::ERR_clear_error();
    auto made = std::make_shared<TlsClientContext>();
    made->context_ = {::SSL_CTX_new(::TLS_client_method()), ::SSL_CTX_free};
    SSL_CTX* const context = made->context_.get();
    if (context == nullptr) {
        return Error{ErrorKind::kSystem, format("{}: {}", key, tls_reason())};
    }
    if (Result<void> done = harden_tls(context, key); !done) {
        return std::move(done).error();
    }
    if (Result<void> done = trust(context, options.ca_file, key); !done) {
        return std::move(done).error();
    }
    if (!options.cert_file.empty()) {
        if (Result<void> done = use_certificate(context, options.cert_file, options.key_file, key);
            !done) {
            return std::move(done).error();
        }
    }
    ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return std::shared_ptr<const TlsClientContext>(std::move(made));
}

TlsClient::TlsClient(std::string host) : host_(std::move(host)), session_(nullptr, ::SSL_free) {}

TlsClient::~TlsClient() = default;

Result<std::unique_ptr<TlsClient>> TlsClient::begin(
    const TlsClientContext& context, const std::string& host
) {
    ::ERR_clear_error();
    std::unique_ptr<TlsClient> client(new TlsClient(host));
    client->session_.reset(::SSL_new(context.context_.get()));
    SSL* const session = client->session_.get();
    BIO* const in = ::BIO_new(::BIO_s_mem());
    BIO* const out = ::BIO_new(::BIO_s_mem());
    if (session == nullptr || in == nullptr || out == nullptr || !expect_peer(session, host)) {
        ::BIO_free(in);
        ::BIO_free(out);
        return Error{ErrorKind::kSystem, format("tls: {}: {}", host, tls_reason())};
    }
    ::SSL_set_bio(session, in, out);  // they are the session's now
    ::SSL_set_connect_state(session);
    if (Result<void> begun = client->handshake(); !begun) {
        return std::move(begun).error();
    }
    return client;
}

Result<void> TlsClient::receive(std::string_view bytes) {
    ::ERR_clear_error();
    if (::BIO_write(::SSL_get_rbio(session_.get()), bytes.data(), static_cast<int>(bytes.size())) !=
        static_cast<int>(bytes.size())) {
        return Error{ErrorKind::kOutput, "TLS: out of memory"};
    }
    if (!open_) {
        if (Result<void> done = handshake(); !done || !open_) {
            return done;
        }
    }
    return read_away();
}

Result<void> TlsClient::handshake() {
    const int result = ::SSL_do_handshake(session_.get());
    if (result == 1) {
        open_ = true;
        return {};
    }
    const int error = ::SSL_get_error(session_.get(), result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        return {};
    }
    return session_error();
}

Result<void> TlsClient::read_away() {
    std::array<char, 16384> bytes{};
    for (;;) {
        const int result = ::SSL_read(session_.get(), bytes.data(), static_cast<int>(bytes.size()));
        if (result > 0) {
            continue;
        }
        const int error = ::SSL_get_error(session_.get(), result);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ||
            error == SSL_ERROR_ZERO_RETURN) {
            return {};
        }
        return session_error();
    }
}

bool TlsClient::is_closed_by_peer() const noexcept {
    return (::SSL_get_shutdown(session_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

Result<void> TlsClient::send(std::string_view plain) {
    ::ERR_clear_error();
    if (plain.empty()) {
        return {};
    }
    // Memory takes it all, so that there is no partial write.
    if (::SSL_write(session_.get(), plain.data(), static_cast<int>(plain.size())) !=
        static_cast<int>(plain.size())) {
        return session_error();
    }
    return {};
}

void TlsClient::finish() {
    ::ERR_clear_error();
    if (open_) {
        ::SSL_shutdown(session_.get());
        ::ERR_clear_error();
    }
}

void TlsClient::take_output(std::string& out) {
    BIO* const bytes = ::SSL_get_wbio(session_.get());
    const std::size_t size = ::BIO_ctrl_pending(bytes);
    if (size == 0) {
        return;
    }
    const std::size_t begin = out.size();
    out.resize(begin + size);
    const int got = ::BIO_read(bytes, out.data() + begin, static_cast<int>(size));
    out.resize(begin + static_cast<std::size_t>(got > 0 ? got : 0));
}

// The reasons are few and the operator's to mend, so each gets its own words.
Error TlsClient::session_error() const {
    const auto code = ::ERR_peek_error();
    const int reason = ERR_GET_REASON(code);
    const auto verified = ::SSL_get_verify_result(session_.get());
    std::string text = tls_reason();
    if (!open_ && verified != X509_V_OK) {
        return Error{
            ErrorKind::kOutput,
            format(
                "TLS: the certificate of {} does not hold: {}; {}",
                host_,
                ::X509_verify_cert_error_string(verified),
                remedy_of(verified, host_)
            )};
    }
    if (is_refusal(reason)) {
        return Error{
            ErrorKind::kOutput,
            format(
                "TLS: {} refuses us: {}; tls.cert_file and tls.key_file must be what it accepts",
                host_,
                text
            )};
    }
    if (reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION || reason == SSL_R_UNSUPPORTED_PROTOCOL) {
        return Error{
            ErrorKind::kOutput, format("TLS: {}: {}; it must speak TLS 1.2 or later", host_, text)};
    }
    if (!open_ && is_no_tls(reason)) {
        return Error{
            ErrorKind::kOutput, format("TLS: {} does not speak TLS on this port: {}", host_, text)};
    }
    return Error{ErrorKind::kOutput, format("TLS: {}: {}", host_, text)};
}

}  // namespace flowgauge
