#include "core/base/byte_cursor.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <memory>

namespace flowgauge {
namespace {

constexpr std::array<std::uint8_t, 5> kBytes = {0x12, 0x34, 0x56, 0x78, 0x9a};

// In heap memory of exactly its size, so that a sanitizer sees a read beyond.
class ByteCursorTest : public ::testing::Test {
protected:
    ByteCursorTest() : memory_(std::make_unique<std::uint8_t[]>(kBytes.size())) {
        std::copy(kBytes.begin(), kBytes.end(), memory_.get());
        cursor_ = ByteCursor({memory_.get(), kBytes.size()});
    }

    std::unique_ptr<std::uint8_t[]> memory_;
    ByteCursor cursor_;
};

TEST_F(ByteCursorTest, ReadsNetworkAndLittleEndianOrder) {
    EXPECT_EQ(cursor_.u8(0), 0x12);
    EXPECT_EQ(cursor_.u8(4), 0x9a);
    EXPECT_EQ(cursor_.be16(1), 0x3456);
    EXPECT_EQ(cursor_.be32(1), 0x3456789aU);
    EXPECT_EQ(cursor_.le32(0), 0x78563412U);
}

TEST_F(ByteCursorTest, ReadsZeroForBytesPastTheEnd) {
    EXPECT_EQ(cursor_.u8(5), 0);
    EXPECT_EQ(cursor_.be16(4), 0x9a00);
    EXPECT_EQ(cursor_.be32(3), 0x789a0000U);
    EXPECT_EQ(cursor_.le32(4), 0x9aU);
    EXPECT_EQ(ByteCursor().be32(0), 0U);
}

TEST_F(ByteCursorTest, HasAsManyBytesAsThereAre) {
    EXPECT_TRUE(cursor_.has(0));
    EXPECT_TRUE(cursor_.has(5));
    EXPECT_FALSE(cursor_.has(6));
    EXPECT_FALSE(cursor_.has(std::numeric_limits<std::size_t>::max()));
    EXPECT_TRUE(ByteCursor().has(0));
    EXPECT_FALSE(ByteCursor().has(1));
}

TEST_F(ByteCursorTest, ViewsAllOrNothing) {
    EXPECT_EQ(cursor_.view(1, 4).size(), 4U);
    EXPECT_EQ(cursor_.view(1, 4).data(), memory_.get() + 1);
    EXPECT_TRUE(cursor_.view(1, 5).empty());
    EXPECT_TRUE(cursor_.view(5, 0).empty());
    EXPECT_TRUE(cursor_.view(6, 0).empty());
    // offset + count wraps around
    EXPECT_TRUE(cursor_.view(4, std::numeric_limits<std::size_t>::max()).empty());
    EXPECT_TRUE(cursor_.view(std::numeric_limits<std::size_t>::max(), 2).empty());
}

TEST_F(ByteCursorTest, SkipsOnlyWhatThereIs) {
    EXPECT_TRUE(cursor_.skip(3));
    EXPECT_EQ(cursor_.remaining(), 2U);
    EXPECT_EQ(cursor_.be16(0), 0x789a);
    EXPECT_FALSE(cursor_.skip(3));
    EXPECT_EQ(cursor_.remaining(), 2U);
    EXPECT_TRUE(cursor_.skip(2));
    EXPECT_TRUE(cursor_.skip(0));
    EXPECT_FALSE(cursor_.skip(1));
    EXPECT_TRUE(cursor_.rest().empty());
}

}  // namespace
}  // namespace flowgauge
