// TLS client sessions that neither own a socket nor wait: bytes go in, bytes come out.
#pragma once

#include "core/base/result.h"

#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX
struct ssl_st;      // OpenSSL's SSL

namespace flowgauge {

struct TlsClientOptions {
    std::string ca_file;    // PEM: who may sign the peer's certificate; empty: the system's list
    std::string cert_file;  // PEM, with the chain; shown when the peer asks; empty: none
    std::string key_file;   // PEM, without passphrase
};

// What the sessions to all peers share. Read once from the files. Thread: one at a time.
class TlsClientContext {
public:
    // Errors: name the file under `key`, and what is wrong with it; never what is in it.
    [[nodiscard]] static Result<std::shared_ptr<const TlsClientContext>> load(
        const TlsClientOptions& options, std::string_view key
    );

private:
    friend class TlsClient;

    std::shared_ptr<ssl_ctx_st> context_;
};

// One session: TLS 1.2 at least, the peer's certificate verified against its name (RFC 6125) or
// address. What the peer sends is read and thrown away. After an error the session is over; what
// take_output() still gives, an alert, may be sent.
//
// Thread: one. Cost: a copy of each byte. Bounds: what was put in and not yet taken out, and one
// TLS record of the peer.
class TlsClient {
public:
    // `host`: the name or the numeric address that the certificate must be for.
    [[nodiscard]] static Result<std::unique_ptr<TlsClient>> begin(
        const TlsClientContext& context, const std::string& host
    );
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    // Bytes from the peer. Errors: what is wrong with its certificate, or with ours in its eyes.
    [[nodiscard]] Result<void> receive(std::string_view bytes);

    // Whether the handshake is over. With TLS 1.3 the peer may still refuse our certificate: the
    // error comes with what it sends next.
    [[nodiscard]] bool is_open() const noexcept { return open_; }

    // Whether the peer has said that it sends nothing more.
    [[nodiscard]] bool is_closed_by_peer() const noexcept;

    // Encrypts. Requires: is_open().
    [[nodiscard]] Result<void> send(std::string_view plain);

    // Tells the peer that nothing follows.
    void finish();

    // Appends what has to go to the peer.
    void take_output(std::string& out);

private:
    explicit TlsClient(std::string host);

    Result<void> handshake();
    Result<void> read_away();
    [[nodiscard]] Error session_error() const;

    std::string host_;
    std::unique_ptr<ssl_st, void (*)(ssl_st*)> session_;
    bool open_ = false;
};

}  // namespace flowgauge
