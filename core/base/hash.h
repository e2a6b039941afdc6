// Keyed 64-bit mixing for hash tables that strangers choose the keys of.
//
// Each step folds a full 64 x 64 -> 128 bit product, as wyhash does. With a secret seed nobody can
// aim keys at one bucket; the tables compare whole keys all the same.
#pragma once

#include <bit>
#include <cstdint>

namespace flowgauge {

__extension__ using Uint128 = unsigned __int128;

[[nodiscard]] constexpr std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) noexcept {
    const Uint128 product = Uint128{a} * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Mixes two more words into `state`. The odd constants are wyhash's. A secret state hides in both
// factors: were it in one only, a word chosen to make the other 0 would wipe it out.
[[nodiscard]] constexpr std::uint64_t hash_words(
    std::uint64_t state, std::uint64_t a, std::uint64_t b
) noexcept {
    return fold_multiply(
        a ^ state ^ 0xa0761d6478bd642fULL, b ^ std::rotr(state, 32) ^ 0xe7037ed1a0b428dbULL
    );
}

// A seed that nobody outside the process knows. Errors: none; getrandom(2) cannot fail for 8 bytes
// once the system is up.
[[nodiscard]] std::uint64_t random_seed() noexcept;

}  // namespace flowgauge
