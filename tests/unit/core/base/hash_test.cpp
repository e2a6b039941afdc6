#include "core/base/hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <set>

namespace flowgauge {
namespace {

constexpr std::uint64_t kAllOnes = ~std::uint64_t{0};

TEST(FoldMultiply, FoldsBothHalvesOfTheProduct) {
    static_assert(fold_multiply(0, kAllOnes) == 0);
    static_assert(fold_multiply(3, 5) == 15);
    static_assert(fold_multiply(std::uint64_t{1} << 63, 2) == 1);  // 2^64: only the upper half
    // (2^64 - 1)^2 = 2^128 - 2^65 + 1: halves 2^64 - 2 and 1.
    static_assert(fold_multiply(kAllOnes, kAllOnes) == kAllOnes);
    EXPECT_EQ(
        fold_multiply(0x0123456789abcdef, 0xfedcba9876543210),
        fold_multiply(0xfedcba9876543210, 0x0123456789abcdef)
    );
}

TEST(HashWords, DependsOnSeedBothWordsAndTheirOrder) {
    const std::uint64_t hash = hash_words(1, 2, 3);
    EXPECT_EQ(hash, hash_words(1, 2, 3));
    EXPECT_NE(hash, hash_words(2, 2, 3));
    EXPECT_NE(hash, hash_words(1, 3, 3));
    EXPECT_NE(hash, hash_words(1, 2, 4));
    EXPECT_NE(hash, hash_words(1, 3, 2));
}

// Half of the bits change when one does, with some tolerance: that is what buckets need.
TEST(HashWords, SpreadsASingleBit) {
    int flips = 0;
    for (unsigned bit = 0; bit < 64; ++bit) {
        const std::uint64_t changed = hash_words(99, std::uint64_t{1} << bit, 7);
        flips += std::popcount(changed ^ hash_words(99, 0, 7));
    }
    EXPECT_NEAR(flips, 64 * 32, 64 * 6);
}

TEST(HashWords, FillsLowBitsEvenlyForCountingKeys) {
    constexpr std::size_t kBuckets = 256;
    constexpr std::size_t kKeys = kBuckets * 64;
    std::size_t filled[kBuckets] = {};
    for (std::size_t key = 0; key < kKeys; ++key) {
        ++filled[hash_words(5, key, 0) % kBuckets];
    }
    for (const std::size_t count : filled) {
        EXPECT_GT(count, 64U / 3);
        EXPECT_LT(count, 64U * 2);
    }
}

TEST(RandomSeed, DiffersFromCallToCall) {
    std::set<std::uint64_t> seeds;
    for (int i = 0; i < 100; ++i) {
        seeds.insert(random_seed());
    }
    EXPECT_EQ(seeds.size(), 100U);
}

}  // namespace
}  // namespace flowgauge
