// The example of the SDK is compiled in here; tests/integration/sdk_test.sh builds it as its users
// do.
#include "tests/support/packet_builder.h"
#include "tests/support/plugin_host.h"

#include <gtest/gtest.h>

#include "sdk/example/first16.cpp"  // NOLINT(bugprone-suspicious-include): see above

namespace flowgauge {
namespace {

using test::PluginHost;

test::PluginValue first_bytes(const std::map<std::string, std::string>& arguments) {
    PluginHost host(*flowgauge_plugin_entry(FLOWGAUGE_PLUGIN_ABI), arguments);
    EXPECT_EQ(host.error(), "");
    for (const char* const payload : {"", "GET / HTTP/1.1\r\nHost: a", "second"}) {
        const test::Bytes bytes =
            test::ip_packet({}, test::udp_datagram(1, 2, test::text(payload)));
        EXPECT_FALSE(host.packet(test::plugin_packet(bytes)));
    }
    host.end();
    return host.value("first_bytes");
}

TEST(First16, GivesTheFirstBytesOfPayload) {
    EXPECT_EQ(first_bytes({}), test::PluginValue(std::string("474554202f20485454502f312e310d0a")));
    EXPECT_EQ(first_bytes({{"bytes", "3"}}), test::PluginValue(std::string("474554")));
}

TEST(First16, WantsNoHostOfAnotherInterface) {
    EXPECT_EQ(flowgauge_plugin_entry(FLOWGAUGE_PLUGIN_ABI + 1), nullptr);
}

}  // namespace
}  // namespace flowgauge
