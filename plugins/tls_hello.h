// What a TLS hello says of client or server (RFC 8446 sections 4.1 and 5.1, RFC 5246), and where it
// lies in what TCP carries. All bytes are hostile: whatever reads past its field ends the reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <flowgauge/plugin.hpp>
#include <string>
#include <vector>

namespace flowgauge::plugins {

enum class HelloType : std::uint8_t { kClient = 1, kServer = 2 };

struct TlsHello {
    std::uint16_t version = 0;                        // of the hello's own field
    std::vector<std::uint16_t> ciphers;               // of a server the one it chose
    std::vector<std::uint16_t> extensions;            // in the order of the hello
    std::vector<std::uint16_t> supported_versions;    // of a server the one it chose
    std::vector<std::uint16_t> signature_algorithms;  // in the order of the hello
    std::string first_application;                    // of the ALPN extension (RFC 7301)
};

enum class HelloSearch : std::uint8_t {
    kNone,   // the bytes begin with something else
    kPart,   // they may be one: more are wanted
    kFound,  // `hello` is set
};

// Looks for a hello at the beginning of what TCP carried in one direction. `records` is scratch.
// A handshake message may lie in several records; past kHelloBytesMax it is none.
constexpr std::size_t kHelloBytesMax = 16'384;
[[nodiscard]] HelloSearch find_hello(
    plugin::Bytes stream, HelloType type, std::vector<std::uint8_t>& records, TlsHello& hello
);

// RFC 8701: values of no meaning, which clients say to keep servers tolerant.
[[nodiscard]] constexpr bool is_grease(std::uint16_t value) noexcept {
    return (value & 0x0f0fU) == 0x0a0aU && value >> 8 == (value & 0xffU);
}

}  // namespace flowgauge::plugins
