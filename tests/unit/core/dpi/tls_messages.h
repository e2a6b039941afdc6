// TLS messages in records of their own, as tcp_wire() takes them (RFC 8446, RFC 7301).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge::test {

inline std::string tls_u16(std::size_t value) {
    return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

struct TlsHello {
    std::uint16_t version = 0x0303;                 // the field of the hello
    std::string_view server_name = {};              // "" for no extension, as below
    std::vector<std::string_view> protocols = {};   // ALPN
    std::vector<std::uint16_t> supported_versions;  // a server's hello has one at most
};

inline std::string tls_extension(std::uint16_t type, std::string_view content) {
    return tls_u16(type) + tls_u16(content.size()) + std::string(content);
}

inline std::string tls_server_name(std::string_view name) {
    const std::string entry = '\0' + tls_u16(name.size()) + std::string(name);
    return tls_extension(0, tls_u16(entry.size()) + entry);
}

inline std::string tls_protocols(const std::vector<std::string_view>& protocols) {
    std::string list;
    for (const std::string_view protocol : protocols) {
        list += static_cast<char>(protocol.size());
        list += protocol;
    }
    return tls_extension(16, tls_u16(list.size()) + list);
}

// A record of one handshake message.
inline std::string tls_handshake(char type, std::string_view body) {
    const std::string message = std::string{type, '\0'} + tls_u16(body.size()) + std::string(body);
    return std::string("\x16\x03\x01", 3) + tls_u16(message.size()) + message;
}

inline std::string tls_hello_body(
    const TlsHello& hello, std::string_view ciphers, std::string_view versions
) {
    std::string extensions;
    if (!hello.server_name.empty()) {
        extensions += tls_server_name(hello.server_name);
    }
    if (!hello.protocols.empty()) {
        extensions += tls_protocols(hello.protocols);
    }
    if (!versions.empty()) {
        extensions += tls_extension(43, versions);
    }
    return tls_u16(hello.version) + std::string(32, 'r') + '\0' + std::string(ciphers) +
           tls_u16(extensions.size()) + extensions;
}

inline std::string client_hello(const TlsHello& hello) {
    std::string versions;
    for (const std::uint16_t version : hello.supported_versions) {
        versions += tls_u16(version);
    }
    if (!versions.empty()) {
        versions.insert(versions.begin(), static_cast<char>(versions.size()));
    }
    // Two ciphers, one compression method.
    const std::string ciphers("\x00\x04\x13\x01\xc0\x2f\x01\x00", 8);
    return tls_handshake(1, tls_hello_body(hello, ciphers, versions));
}

inline std::string server_hello(const TlsHello& hello) {
    const std::string versions =
        hello.supported_versions.empty() ? "" : tls_u16(hello.supported_versions.front());
    return tls_handshake(2, tls_hello_body(hello, std::string("\xc0\x2f\x00", 3), versions));
}

// handshake_failure
inline std::string tls_fatal_alert() {
    return {"\x15\x03\x03\x00\x02\x02\x28", 7};
}

}  // namespace flowgauge::test
