#include "plugins/sha256.h"

#include <bit>
#include <cstddef>

namespace flowgauge::plugins {
namespace {

constexpr std::size_t kBlockBytes = 64;

// Section 4.2.2: fractional parts of the cube roots of the first 64 primes.
constexpr std::array<std::uint32_t, 64> kRounds = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

// Section 5.3.3: of the square roots of the first eight.
constexpr std::array<std::uint32_t, 8> kBegin = {
    0x6a09e667,
    0xbb67ae85,
    0x3c6ef372,
    0xa54ff53a,
    0x510e527f,
    0x9b05688c,
    0x1f83d9ab,
    0x5be0cd19,
};

using Digest = std::array<std::uint32_t, 8>;

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        word = word << 8 | static_cast<std::uint8_t>(bytes[at + i]);
    }
    return word;
}

// Section 6.2.2. Requires: block.size() == kBlockBytes.
void take_block(Digest& digest, std::string_view block) {
    std::array<std::uint32_t, 64> w{};
    for (std::size_t t = 0; t < 16; ++t) {
        w[t] = word_at(block, 4 * t);
    }
    for (std::size_t t = 16; t < w.size(); ++t) {
        const std::uint32_t near = w[t - 15];
        const std::uint32_t late = w[t - 2];
        w[t] = w[t - 16] + (std::rotr(near, 7) ^ std::rotr(near, 18) ^ near >> 3) + w[t - 7] +
               (std::rotr(late, 17) ^ std::rotr(late, 19) ^ late >> 10);
    }
    auto [a, b, c, d, e, f, g, h] = digest;
    for (std::size_t t = 0; t < w.size(); ++t) {
        const std::uint32_t first = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                                    ((e & f) ^ (~e & g)) + kRounds[t] + w[t];
        const std::uint32_t second =
            (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    const Digest added = {a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < digest.size(); ++i) {
        digest[i] += added[i];
    }
}

// Section 5.1.1: a bit, zeros, and the length in bits end a block.
std::string padded(std::string_view text) {
    std::string whole(text);
    whole += '\x80';
    while (whole.size() % kBlockBytes != kBlockBytes - 8) {
        whole += '\0';
    }
    const std::uint64_t bits = std::uint64_t{8} * text.size();
    for (unsigned shift = 64; shift > 0; shift -= 8) {
        whole += static_cast<char>(bits >> (shift - 8) & 0xff);
    }
    return whole;
}

}  // namespace

std::array<std::uint8_t, 32> sha256(std::string_view text) {
    const std::string whole = padded(text);
    Digest digest = kBegin;
    for (std::size_t at = 0; at < whole.size(); at += kBlockBytes) {
        take_block(digest, std::string_view(whole).substr(at, kBlockBytes));
    }
    std::array<std::uint8_t, 32> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(digest[i / 4] >> (24 - 8 * (i % 4)));
    }
    return bytes;
}

std::string sha256_hex(std::string_view text, std::size_t digits) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const std::array<std::uint8_t, 32> bytes = sha256(text);
    std::string hex;
    for (std::size_t i = 0; i < digits; ++i) {
        hex += kDigits[bytes[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    }
    return hex;
}

}  // namespace flowgauge::plugins
