#include "crypto/digest.h"

#include <gtest/gtest.h>

namespace flowgauge {
namespace {

TEST(Digest, IsSha256) {
    // FIPS 180-4, example of one block.
    EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, WritesBase64) {
    // RFC 4648 section 10.
    EXPECT_EQ(base64_of(""), "");
    EXPECT_EQ(base64_of("f"), "Zg==");
    EXPECT_EQ(base64_of("fo"), "Zm8=");
    EXPECT_EQ(base64_of("foobar"), "Zm9vYmFy");
}

TEST(Digest, ComparesWholly) {
    const Sha256 one = sha256("one");
    Sha256 other = one;
    EXPECT_TRUE(equal_in_constant_time(one, other));
    other[31] ^= 1;
    EXPECT_FALSE(equal_in_constant_time(one, other));
}

}  // namespace
}  // namespace flowgauge
