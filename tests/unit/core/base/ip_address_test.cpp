#include "core/base/ip_address.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>

namespace flowgauge {
namespace {

using Raw = std::array<std::uint8_t, 16>;

// What we write into room for exactly kIpTextMax bytes.
std::string written(const Raw& bytes, std::uint8_t version) {
    std::array<char, kIpTextMax> text{};
    const IpAddress address =
        version == 4 ? ipv4_address(bytes.data()) : ipv6_address(bytes.data());
    const char* end = write_ip(text.data(), address, version);
    return {text.data(), static_cast<std::size_t>(end - text.data())};
}

std::string expected(const Raw& bytes, std::uint8_t version) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = version == 4 ? AF_INET : AF_INET6;
    return ::inet_ntop(family, bytes.data(), text.data(), text.size());
}

TEST(IpAddress, WritesEveryOctetAsInetNtopDoes) {
    for (unsigned value = 0; value < 256; ++value) {
        const auto octet = static_cast<std::uint8_t>(value);
        for (const Raw& bytes :
             {Raw{octet, 1, 2, 3}, Raw{9, octet, 0, octet}, Raw{0, 0, 0, octet}}) {
            ASSERT_EQ(written(bytes, 4), expected(bytes, 4));
        }
    }
}

TEST(IpAddress, WritesRandomIpv4AsInetNtopDoes) {
    std::mt19937 random(4);
    for (int i = 0; i < 20'000; ++i) {
        Raw bytes{};
        const auto value = static_cast<std::uint32_t>(random());
        for (unsigned at = 0; at < 4; ++at) {
            bytes[at] = static_cast<std::uint8_t>(value >> (8 * at));
        }
        ASSERT_EQ(written(bytes, 4), expected(bytes, 4));
    }
}

// Random addresses have hardly a zero group; every second group is made one here.
TEST(IpAddress, WritesRandomIpv6WithZeroGroupsAsInetNtopDoes) {
    std::mt19937 random(6);
    for (int i = 0; i < 20'000; ++i) {
        Raw bytes{};
        const auto zeroes = static_cast<std::uint32_t>(random());
        for (unsigned at = 0; at < 16; ++at) {
            const bool zero = ((zeroes >> (at / 2)) & 1U) != 0;
            const bool short_group = ((zeroes >> (8 + at / 2)) & 1U) != 0 && at % 2 == 0;
            bytes[at] = zero || short_group ? std::uint8_t{0} : static_cast<std::uint8_t>(random());
        }
        ASSERT_EQ(written(bytes, 6), expected(bytes, 6));
    }
}

TEST(IpAddress, WritesSpecialIpv6Forms) {
    struct Row {
        const char* why;
        const char* text;
    };
    constexpr Row kRows[] = {
        {"unspecified", "::"},
        {"loopback", "::1"},
        {"zeroes at the end", "2001:db8::"},
        {"the longer run is shortened", "2001:0:0:1::1"},
        {"one zero group stays", "2001:db8:0:1:1:1:1:1"},
        {"mapped IPv4", "::ffff:192.0.2.1"},
        {"longest", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    for (const Row& row : kRows) {
        Raw bytes{};
        ASSERT_EQ(::inet_pton(AF_INET6, row.text, bytes.data()), 1) << row.why;
        EXPECT_EQ(written(bytes, 6), row.text) << row.why;
    }
}

TEST(IpAddress, ComparesAsTheNumberThatTheBytesAre) {
    const Raw low{0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const Raw high{0, 0, 0, 0, 0, 0, 0, 2};
    EXPECT_LT(ipv6_address(low.data()), ipv6_address(high.data()));
    EXPECT_EQ(ipv6_address(low.data()), ipv6_address(low.data()));
    EXPECT_EQ(ipv4_address(high.data()), (IpAddress{.high = 0, .low = 0}));
}

}  // namespace
}  // namespace flowgauge
