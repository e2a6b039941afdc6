// UDP through a narrow path, in a namespace of its own: nothing is cut into IP fragments.
#include "tests/support/network_namespace.h"
#include "tests/unit/export/network/collector_socket.h"
#include "tests/unit/export/network/network_fixture.h"
#include "tests/unit/export/network/transport_driver.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace flowgauge {
namespace {

using test::CollectorSocket;
using test::numbered_block;
using test::TransportDriver;

// A number of the first protocol line in /proc/net/snmp of this thread's namespace.
std::uint64_t ip_counter(const std::string& name) {
    std::ifstream file("/proc/thread-self/net/snmp");
    std::string names;
    std::string values;
    std::getline(file, names);
    std::getline(file, values);
    std::istringstream heads(names);
    std::istringstream numbers(values);
    std::string head;
    std::string number;
    while (heads >> head && numbers >> number) {
        if (head == name) {
            return std::stoull(number);
        }
    }
    ADD_FAILURE() << name << " is missing";
    return 0;
}

class NarrowPath : public testing::Test {
public:
    void SetUp() override {
        Result<test::NetworkNamespace> entered = test::NetworkNamespace::enter();
        if (!entered) {
            GTEST_SKIP() << entered.error().message;
        }
        inside_.emplace(std::move(entered).value());
        ASSERT_TRUE(test::run_ip("link set lo mtu 1280 up"));
        ASSERT_TRUE(collector.listen());
        options = test::quick_options(NetworkProtocol::kUdp);
        options.collectors = {collector.address()};
    }
    void run() {
        const std::unique_ptr<Transport> transport = test::open_plain(options);
        TransportDriver driver(*transport);
        driver.between = [&] {
            collector.serve();
        };
        driver.send(numbered_block(next, 100, 1252));  // 1280 with its headers
        driver.send(numbered_block(next, 10, 1253));
        driver.send(numbered_block(next, 10, 1400));
        driver.send(numbered_block(next, 100, 500));
        ASSERT_TRUE(driver.until_idle());
        collector.serve();
        acknowledged = driver.acknowledged;
        too_long = driver.dropped[RecordLoss::kTooLong];
        EXPECT_EQ(driver.unbalanced, 0U);
    }

private:
    std::optional<test::NetworkNamespace> inside_;

public:
    CollectorSocket collector{SOCK_DGRAM, "", 4 << 20};
    NetworkOptions options;
    std::uint64_t next = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t too_long = 0;
};

TEST_F(NarrowPath, TakesNoFragmentsAndCountsWhatIsTooLong) {
    run();
    EXPECT_EQ(acknowledged, 200U);
    EXPECT_EQ(too_long, 20U);
    EXPECT_EQ(collector.lines.distinct(), 200U);
    EXPECT_EQ(ip_counter("FragCreates"), 0U);
}

TEST_F(NarrowPath, TakesFragmentsWhereTheyAreAllowed) {
    options.datagram.may_fragment = true;
    run();
    EXPECT_EQ(acknowledged, 220U);
    EXPECT_EQ(collector.lines.distinct(), 220U);
    EXPECT_EQ(ip_counter("FragCreates"), 40U);
}

}  // namespace
}  // namespace flowgauge
