#include "export/spool/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace flowgauge {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
    constexpr std::uint32_t kPolynomial = 0x82f63b78;  // bits reversed
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = value >> 1U ^ ((value & 1U) != 0 ? kPolynomial : 0U);
        }
        table.at(i) = value;
    }
    return table;
}

constexpr std::array<std::uint32_t, 256> kTable = make_table();

#if defined(__x86_64__)
[[gnu::target("sse4.2")]] std::uint32_t crc32c_by_instruction(
    std::uint32_t crc, std::string_view bytes
) noexcept {
    std::uint64_t state = ~crc;
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        state = __builtin_ia32_crc32di(state, word);
        at += sizeof word;
    }
    auto rest = static_cast<std::uint32_t>(state);
    for (; left != 0; --left) {
        rest = __builtin_ia32_crc32qi(rest, static_cast<unsigned char>(*at));
        ++at;
    }
    return ~rest;
}
#endif

}  // namespace

std::uint32_t crc32c_by_table(std::uint32_t crc, std::string_view bytes) noexcept {
    std::uint32_t state = ~crc;
    for (const char byte : bytes) {
        state = state >> 8U ^ kTable[(state ^ static_cast<unsigned char>(byte)) & 0xffU];
    }
    return ~state;
}

std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes) noexcept {
#if defined(__x86_64__)
    static const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
    if (kHasInstruction) {
        return crc32c_by_instruction(crc, bytes);
    }
#endif
    return crc32c_by_table(crc, bytes);
}

}  // namespace flowgauge
