#include "export/spool/crc32c.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace flowgauge {
namespace {

struct Vector {
    std::string bytes;
    std::uint32_t crc = 0;
};

std::string counting(int first, int step) {
    std::string bytes;
    for (int i = 0; i < 32; ++i) {
        bytes += static_cast<char>(first + step * i);
    }
    return bytes;
}

// RFC 3720, appendix B.4.
std::vector<Vector> vectors() {
    std::string read_command(48, '\0');
    read_command[0] = '\x01';
    read_command[1] = '\xc0';
    read_command[16] = '\x14';
    read_command[22] = '\x04';
    read_command[27] = '\x14';
    read_command[31] = '\x18';
    read_command[32] = '\x28';
    read_command[40] = '\x02';
    return {
        {std::string(32, '\0'), 0x8a9136aa},
        {std::string(32, '\xff'), 0x62a8ab43},
        {counting(0, 1), 0x46dd794e},
        {counting(31, -1), 0x113fdb5c},
        {read_command, 0xd9963a56},
    };
}

TEST(Crc32c, GivesTheValuesOfTheStandard) {
    for (const Vector& vector : vectors()) {
        EXPECT_EQ(crc32c(0, vector.bytes), vector.crc);
        EXPECT_EQ(crc32c_by_table(0, vector.bytes), vector.crc);
    }
    EXPECT_EQ(crc32c(0, ""), 0U);
}

TEST(Crc32c, IsTheSameInPiecesAndByTable) {
    std::string bytes;
    for (int i = 0; i < 200; ++i) {
        bytes += static_cast<char>(i * 37);
    }
    for (std::size_t length = 0; length <= bytes.size(); ++length) {
        const std::string_view part = std::string_view(bytes).substr(0, length);
        const std::uint32_t whole = crc32c(0, part);
        EXPECT_EQ(whole, crc32c_by_table(0, part));
        const std::size_t cut = length / 3;
        EXPECT_EQ(whole, crc32c(crc32c(0, part.substr(0, cut)), part.substr(cut)));
    }
}

}  // namespace
}  // namespace flowgauge
