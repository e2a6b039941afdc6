#include "plugins/sha256.h"

#include <gtest/gtest.h>

#include <string>

namespace flowgauge::plugins {
namespace {

// The first two are FIPS 180-4's; all are what sha256sum(1) says.
TEST(Sha256, GivesTheDigestsOfTheStandard) {
    EXPECT_EQ(
        sha256_hex("abc", 64), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    EXPECT_EQ(
        sha256_hex("", 64), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    EXPECT_EQ(
        sha256_hex(std::string(64, 'a'), 64),
        "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"
    );
    EXPECT_EQ(
        sha256_hex(std::string(119, 'a'), 64),
        "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"
    );
}

}  // namespace
}  // namespace flowgauge::plugins
