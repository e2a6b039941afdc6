// Failover and duplication, with collectors that come and go.
#include "export/network/duplicate_transport.h"
#include "export/network/failover_transport.h"
#include "tests/unit/export/network/collector_socket.h"
#include "tests/unit/export/network/network_fixture.h"
#include "tests/unit/export/network/transport_driver.h"

#include <gtest/gtest.h>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;
using test::CollectorSocket;
using test::numbered_block;
using test::TransportDriver;

constexpr std::size_t kUnits = 50;

class Collectors : public testing::TestWithParam<NetworkProtocol> {
public:
    void SetUp() override {
        ASSERT_TRUE(first.listen());
        ASSERT_TRUE(second.listen());
        options = test::quick_options(GetParam());
        options.collectors = {first.address(), second.address()};
    }
    void open(DistributeMode mode) {
        options.distribute = mode;
        transport = test::open_plain(options);
        driver = std::make_unique<TransportDriver>(*transport);
        driver->between = [this] {
            first.serve();
            second.serve();
        };
    }
    void send(int blocks) {
        for (int i = 0; i < blocks; ++i) {
            driver->send(numbered_block(next, kUnits, 300));
        }
    }
    [[nodiscard]] bool all_arrived_somewhere() const {
        for (std::uint64_t i = 0; i < next; ++i) {
            if (!first.lines.has(i) && !second.lines.has(i)) {
                return false;
            }
        }
        return true;
    }

    static int type() { return GetParam() == NetworkProtocol::kUdp ? SOCK_DGRAM : SOCK_STREAM; }
    static int buffer() { return GetParam() == NetworkProtocol::kUdp ? 4 << 20 : 64 << 10; }
    CollectorSocket first{type(), "", buffer()};
    CollectorSocket second{type(), "", buffer()};
    NetworkOptions options;
    std::unique_ptr<Transport> transport;
    std::unique_ptr<TransportDriver> driver;
    std::uint64_t next = 0;
};

class Failover : public Collectors {};

TEST_P(Failover, PrefersTheFirst) {
    open(DistributeMode::kFailover);
    send(10);
    ASSERT_TRUE(driver->until_idle());
    first.serve();
    EXPECT_EQ(first.lines.distinct(), next);
    EXPECT_EQ(second.lines.distinct(), 0U);
    EXPECT_EQ(second.accepted, 0U);
    EXPECT_EQ(driver->acknowledged, next);
}

INSTANTIATE_TEST_SUITE_P(
    Protocols,
    Failover,
    testing::Values(NetworkProtocol::kTcp, NetworkProtocol::kUdp),
    [](const auto& protocol) { return protocol.param == NetworkProtocol::kTcp ? "Tcp" : "Udp"; }
);

class TcpCollectors : public Collectors {};
INSTANTIATE_TEST_SUITE_P(Tcp, TcpCollectors, testing::Values(NetworkProtocol::kTcp));

TEST_P(TcpCollectors, TakesTheNextWhenTheFirstIsAway) {
    first.die();
    open(DistributeMode::kFailover);
    send(10);
    ASSERT_TRUE(driver->until_idle());
    EXPECT_EQ(second.lines.distinct(), next);
    EXPECT_EQ(driver->acknowledged, next);
    EXPECT_EQ(transport->numbers().records_repeated, 0U);
}

TEST_P(TcpCollectors, MovesAllThatIsNotAcknowledgedAndGoesBackLater) {
    open(DistributeMode::kFailover);
    send(10);
    ASSERT_TRUE(driver->until([&] { return first.lines.distinct() == next; }));
    first.die();
    ASSERT_TRUE(driver->until([&] { return second.lines.distinct() == next; }));
    EXPECT_EQ(transport->numbers().records_repeated, next);
    EXPECT_EQ(driver->acknowledged, 0U);

    ASSERT_TRUE(first.listen());
    const unsigned before = first.accepted;
    send(1);
    ASSERT_TRUE(driver->until([&] { return second.lines.distinct() == next; }));
    ASSERT_TRUE(driver->until([&] { return driver->acknowledged == next; }))
        << "the second confirms when it is left";
    send(10);
    ASSERT_TRUE(driver->until([&] { return first.lines.distinct() == 20 * kUnits; }));
    EXPECT_GT(first.accepted, before);
    EXPECT_EQ(second.lines.distinct(), 11 * kUnits);
    ASSERT_TRUE(driver->until_idle());
    EXPECT_EQ(driver->acknowledged, next);
    EXPECT_TRUE(all_arrived_somewhere());
    EXPECT_EQ(transport->numbers().records_uncertain, 0U);
}

TEST_P(TcpCollectors, LeavesAPeerThatNeverReads) {
    options.stream.unsent_max = 64 * 1024;
    options.stream.send_buffer = 64 * 1024;
    options.failback_after = 1h;
    options.skip_after = 500ms;
    open(DistributeMode::kFailover);
    driver->between = [this] {
        first.accept();
        second.serve();
    };
    for (int i = 0; i < 20; ++i) {
        driver->send(numbered_block(next, kUnits, 2000));
    }
    ASSERT_TRUE(driver->until([&] { return second.lines.distinct() == next; }));
}

TEST_P(TcpCollectors, KeepsEverythingWhileAllAreAway) {
    first.die();
    second.die();
    open(DistributeMode::kFailover);
    send(5);
    ASSERT_TRUE(driver->until([&] { return transport->numbers().errors > 6; }));
    EXPECT_EQ(transport->numbers().working, 0U);
    std::vector<Block> blocks;
    transport->take_back(blocks);
    ASSERT_EQ(blocks.size(), 5U);
    EXPECT_LT(blocks[0].sequence, blocks[4].sequence);
}

class UdpCollectors : public Collectors {};
INSTANTIATE_TEST_SUITE_P(Udp, UdpCollectors, testing::Values(NetworkProtocol::kUdp));

TEST_P(UdpCollectors, TakesTheNextWhenTheFirstRefuses) {
    first.die();
    open(DistributeMode::kFailover);
    for (int i = 0; i < 10; ++i) {
        send(1);
        ASSERT_TRUE(driver->until([&] { return driver->waiting() == 0; }));
    }
    ASSERT_TRUE(driver->until_idle());
    second.serve();
    EXPECT_GE(second.lines.distinct(), 8 * kUnits);
    EXPECT_EQ(driver->acknowledged, next);
}

class Duplicate : public Collectors {};
INSTANTIATE_TEST_SUITE_P(
    Protocols,
    Duplicate,
    testing::Values(NetworkProtocol::kTcp, NetworkProtocol::kUdp),
    [](const auto& protocol) { return protocol.param == NetworkProtocol::kTcp ? "Tcp" : "Udp"; }
);

TEST_P(Duplicate, GivesEachEverything) {
    open(DistributeMode::kDuplicate);
    send(20);
    ASSERT_TRUE(driver->until_idle());
    first.serve();
    second.serve();
    EXPECT_EQ(first.lines.distinct(), next);
    EXPECT_EQ(second.lines.distinct(), next);
    EXPECT_EQ(driver->acknowledged, next);
    EXPECT_EQ(driver->acknowledged_blocks.size(), 20U);
    EXPECT_EQ(transport->numbers().records_skipped, 0U);
}

TEST_P(TcpCollectors, SkipsOneThatIsAwayForTooLongAndTakesItBack) {
    options.stream.replay_size = 0;
    open(DistributeMode::kDuplicate);
    send(5);
    ASSERT_TRUE(driver->until([&] { return driver->acknowledged == next; }));
    first.die();
    ASSERT_TRUE(driver->until([&] { return transport->numbers().errors > 0; }));
    send(5);
    ASSERT_TRUE(driver->until([&] { return driver->acknowledged == next; }));
    EXPECT_EQ(transport->numbers().records_skipped, 5 * kUnits);
    EXPECT_EQ(second.lines.distinct(), next);

    ASSERT_TRUE(first.listen());
    ASSERT_TRUE(driver->until([&] { return first.accepted == 2; }));
    driver->step();
    driver->step();
    send(5);
    ASSERT_TRUE(driver->until_idle());
    EXPECT_EQ(first.lines.distinct(), 10 * kUnits);
    EXPECT_EQ(second.lines.distinct(), 15 * kUnits);
    EXPECT_EQ(transport->numbers().records_skipped, 5 * kUnits);
}

TEST_P(TcpCollectors, SkipsOneThatNeverReads) {
    options.stream.unsent_max = 64 * 1024;
    options.stream.send_buffer = 64 * 1024;
    open(DistributeMode::kDuplicate);
    driver->between = [this] {
        first.accept();
        second.serve();
    };
    for (int i = 0; i < 20; ++i) {
        driver->send(numbered_block(next, kUnits, 2000));
    }
    ASSERT_TRUE(driver->until([&] { return second.lines.distinct() == next; }));
    EXPECT_GT(transport->numbers().records_skipped, 0U);
}

TEST_P(TcpCollectors, SkipsNobodyWhileNobodyWorks) {
    first.die();
    second.die();
    open(DistributeMode::kDuplicate);
    send(5);
    ASSERT_TRUE(driver->until([&] { return transport->numbers().errors > 20; }));
    EXPECT_EQ(transport->numbers().records_skipped, 0U);
    EXPECT_EQ(driver->acknowledged, 0U);
    std::vector<Block> blocks;
    transport->take_back(blocks);
    ASSERT_EQ(blocks.size(), 5U) << "each once";
    EXPECT_EQ(blocks[4].bytes.size(), kUnits * 300);
    EXPECT_EQ(blocks[4].sequence, blocks[0].sequence + 4);
}

}  // namespace
}  // namespace flowgauge
