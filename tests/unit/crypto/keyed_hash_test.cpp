#include "crypto/keyed_hash.h"

#include "core/base/format.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <string>

namespace flowgauge {
namespace {

// 00 01 02 ... 3f
std::array<std::uint8_t, 64> counting_key() {
    std::array<std::uint8_t, 64> key{};
    std::iota(key.begin(), key.end(), std::uint8_t{0});
    return key;
}

std::string digest_of(KeyedHash& hash, std::string_view text) {
    std::array<std::uint8_t, KeyedHash::kDigestMax> bytes{};
    EXPECT_TRUE(hash.digest(text, bytes));
    std::string digits;
    for (std::size_t i = 0; i < hash.digest_bytes(); ++i) {
        digits += format("{:02x}", bytes[i]);
    }
    return digits;
}

// hashlib.blake2b(text.encode(), key=bytes(range(64)), digest_size=8).hexdigest()
TEST(KeyedHash, IsPythonsBlake2bWithAKey) {
    KeyedHash hash = KeyedHash::open(counting_key(), 8).value();
    struct Row {
        std::string text;
        const char* digest;
    };
    for (const Row& row :
         {Row{"192.168.178.20", "fe5834042329f89e"},
          Row{"443", "7512349cf89f7157"},
          Row{"", "59923de3c050f5ad"},
          Row{std::string(1000, 'a'), "391d493575971542"},
          Row{"\xc3\xa9", "ca6a842b8bc9941a"},
          Row{"443", "7512349cf89f7157"}}) {
        EXPECT_EQ(digest_of(hash, row.text), row.digest) << row.text;
    }
}

TEST(KeyedHash, IsNfstreamsInItsLength) {
    KeyedHash hash = KeyedHash::open(counting_key(), 64).value();
    EXPECT_EQ(
        digest_of(hash, "192.168.178.20"),
        "2c832d870fd4e0f289e7ee7f84d63825bd5a1cd19551219a88ec26bb3ad185547fae23c7762795514980685ade"
        "50d5b6c8de74b773b2fa53aeeb5cf7c61071c5"
    );
}

TEST(KeyedHash, TakesShortKeysAndDigests) {
    constexpr std::array<std::uint8_t, 1> kKey{'k'};
    KeyedHash hash = KeyedHash::open(kKey, 1).value();
    EXPECT_EQ(digest_of(hash, "x"), "71");
}

}  // namespace
}  // namespace flowgauge
