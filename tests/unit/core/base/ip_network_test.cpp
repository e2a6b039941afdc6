#include "core/base/ip_network.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace flowgauge {
namespace {

std::string text_of(const IpAddress& address, std::uint8_t version) {
    std::array<char, kIpTextMax> text{};
    return {text.data(), write_ip(text.data(), address, version)};
}

TEST(ReadIpNetwork, KnowsTheFirstAndTheLastAddress) {
    struct Row {
        const char* text;
        const char* first;
        const char* last;
    };
    for (const Row& row :
         {Row{"10.0.0.1", "10.0.0.1", "10.0.0.1"},
          Row{"10.1.2.3/8", "10.0.0.0", "10.255.255.255"},
          Row{"10.1.2.3/32", "10.1.2.3", "10.1.2.3"},
          Row{"10.1.2.3/31", "10.1.2.2", "10.1.2.3"},
          Row{"0.0.0.0/0", "0.0.0.0", "255.255.255.255"},
          Row{"::1", "::1", "::1"},
          Row{"::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
          Row{"2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
          Row{"2001:db8::/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff"},
          Row{"2001:db8:0:1::ff/65", "2001:db8:0:1::", "2001:db8:0:1:7fff:ffff:ffff:ffff"},
          Row{"2001:db8::3/127", "2001:db8::2", "2001:db8::3"},
          Row{"2001:db8::3/128", "2001:db8::3", "2001:db8::3"},
          Row{"::ffff:1.2.3.4", "::ffff:1.2.3.4", "::ffff:1.2.3.4"}}) {
        const std::optional<IpNetwork> network = read_ip_network(row.text);
        ASSERT_TRUE(network.has_value()) << row.text;
        EXPECT_EQ(text_of(network->first, network->version), row.first) << row.text;
        EXPECT_EQ(text_of(network->last, network->version), row.last) << row.text;
    }
}

TEST(ReadIpNetwork, RefusesWhatIsNone) {
    for (const char* text :
         {"",
          "/",
          "/8",
          "10",
          "10.0.0",
          "10.0.0.256",
          "10.0.0.0/",
          "10.0.0.0/33",
          "10.0.0.0/-1",
          "10.0.0.0/+8",
          "10.0.0.0/8/8",
          "10.0.0.0/8x",
          " 10.0.0.0",
          "::/129",
          ":::",
          "1::2::3",
          "2001:db8::/4294967328",
          "host",
          "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"}) {
        EXPECT_FALSE(read_ip_network(text).has_value()) << text;
    }
    EXPECT_FALSE(read_ip_network(std::string_view("10.0.0.1\0", 9)).has_value());
}

}  // namespace
}  // namespace flowgauge
