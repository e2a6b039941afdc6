#include "export/network/datagram_transport.h"

#include "tests/unit/export/network/collector_socket.h"
#include "tests/unit/export/network/network_fixture.h"
#include "tests/unit/export/network/transport_driver.h"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;
using test::CollectorSocket;
using test::numbered_block;
using test::numbered_line;
using test::TransportDriver;

constexpr int kLargeBuffer = 8 << 20;

NetworkOptions udp_to(const CollectorSocket& collector) {
    NetworkOptions options = test::quick_options(NetworkProtocol::kUdp);
    options.collectors = {collector.address()};
    return options;
}

class DatagramsOver : public testing::TestWithParam<int> {};

TEST_P(DatagramsOver, ArriveOneAUnit) {
    const bool is_unix = GetParam() == AF_UNIX;
    CollectorSocket collector(
        SOCK_DGRAM, is_unix ? test::socket_path("datagrams") : "", is_unix ? 0 : kLargeBuffer
    );
    ASSERT_TRUE(collector.listen(GetParam()));
    const std::unique_ptr<Transport> transport = test::open_plain(udp_to(collector));
    TransportDriver driver(*transport);
    driver.between = [&] {
        collector.serve();
    };
    std::uint64_t next = 0;
    for (int i = 0; i < 20; ++i) {
        driver.send(numbered_block(next, 100, 200));  // runs of equal length
        Block block;
        for (std::size_t j = 0; j < 50; ++j) {  // and of all lengths
            block.bytes += numbered_line(next++, 50 + 37 * j % 900);
            block.end_unit(1);
        }
        driver.send(std::move(block));
    }
    ASSERT_TRUE(driver.until_idle());
    collector.serve();
    EXPECT_EQ(collector.datagrams.size(), 3000U);
    EXPECT_EQ(collector.lines.distinct(), 3000U);
    EXPECT_EQ(collector.datagrams[120], numbered_line(120, 50 + 37 * 20 % 900));
    EXPECT_EQ(driver.acknowledged, 3000U);
    EXPECT_EQ(driver.unbalanced, 0U);
    EXPECT_EQ(transport->numbers().errors, 0U);
    collector.die();
}

INSTANTIATE_TEST_SUITE_P(
    Families,
    DatagramsOver,
    testing::Values(AF_INET, AF_INET6, AF_UNIX),
    [](const testing::TestParamInfo<int>& family) {
        return family.param == AF_INET ? "IPv4" : family.param == AF_INET6 ? "IPv6" : "Unix";
    }
);

// By a clock that the test moves: bursts of 64 KiB, and what the rate grants in between.
TEST(DatagramTransport, KeepsToItsRate) {
    CollectorSocket collector(SOCK_DGRAM, "", kLargeBuffer);
    ASSERT_TRUE(collector.listen());
    NetworkOptions options = udp_to(collector);
    options.datagram.rate = 100'000;
    const std::unique_ptr<Transport> transport = test::open_plain(options);
    std::vector<Delivery> done;
    std::uint64_t next = 0;
    transport->send(numbered_block(next, 400, 1000));
    SteadyTime now = std::chrono::steady_clock::now();
    const auto sent_by_then = [&] {
        transport->turn(now, done);
        collector.serve();
        return collector.datagrams.size();
    };
    for (int i = 0; i < 1000 && sent_by_then() == 0; ++i) {  // the address is looked up
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_EQ(sent_by_then(), 66U);  // the one that begins within the burst is sent whole
    TransportWait wait;
    transport->prepare_wait(wait);
    ASSERT_TRUE(wait.deadline.has_value());
    EXPECT_GT(*wait.deadline, now);
    for (std::size_t i = 1; i <= 20; ++i) {
        now += 100ms;
        EXPECT_NEAR(static_cast<double>(sent_by_then()), 66.0 + 10.0 * static_cast<double>(i), 1.0);
    }
    EXPECT_TRUE(done.empty());
    for (int i = 0; i < 20; ++i) {
        now += 1s;
        sent_by_then();
    }
    EXPECT_EQ(collector.lines.distinct(), 400U);
    ASSERT_EQ(done.size(), 1U);
    EXPECT_EQ(done.front().acknowledged, 400U);
}

class Sender : public testing::Test {
public:
    void SetUp() override {
        ASSERT_TRUE(collector.listen());
        NameLookup lookup;
        lookup.begin(collector.address(), SOCK_DGRAM);
        peer = lookup.take()->value().front();
    }
    void fill(std::size_t count, std::size_t size) {
        for (std::size_t i = 0; i < count; ++i) {
            batch.add(numbered_line(next++, size));
            batch.end_unit();
        }
    }

    CollectorSocket collector{SOCK_DGRAM, "", kLargeBuffer};
    SocketAddress peer;
    DatagramBatch batch;
    std::uint64_t next = 0;
};

TEST_F(Sender, CutsRunsOfEqualLengthInTheKernel) {
    DatagramSender sender = DatagramSender::open(peer, {}).value();
    if (!sender.is_segmenting()) {
        GTEST_SKIP() << "the kernel has no UDP_SEGMENT";
    }
    fill(256, 1000);
    EXPECT_EQ(sender.send(batch), DatagramSender::Outcome::kDone);
    EXPECT_EQ(sender.calls(), 1U);
    collector.serve();
    ASSERT_EQ(collector.datagrams.size(), 256U);
    for (std::uint64_t i = 0; i < 256; ++i) {
        EXPECT_EQ(collector.datagrams[i], numbered_line(i, 1000));
    }
}

TEST_F(Sender, GoesOnWithoutSegmentationWhereItIsRefused) {
    DatagramSender sender = DatagramSender::open(peer, {}).value();
    // Without checksums the kernel refuses to cut.
    const int on = 1;
    ASSERT_EQ(::setsockopt(sender.descriptor(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on), 0);
    fill(100, 300);
    EXPECT_EQ(sender.send(batch), DatagramSender::Outcome::kDone);
    EXPECT_FALSE(sender.is_segmenting());
    EXPECT_EQ(sender.errors(), 0U);
    collector.serve();
    EXPECT_EQ(collector.lines.distinct(), 100U);
}

TEST_F(Sender, LosesAloneWhatIsTooLong) {
    DatagramSender sender = DatagramSender::open(peer, {.message_size = 1400}).value();
    fill(10, 1000);
    fill(2, 1401);
    fill(10, 1400);
    batch.add(std::string(70'000, 'x'));
    batch.end_unit();
    EXPECT_EQ(sender.send(batch), DatagramSender::Outcome::kDone);
    EXPECT_EQ(batch.decided_units(), 23U);
    for (std::size_t i = 0; i < 23; ++i) {
        const bool is_long = i == 10 || i == 11 || i == 22;
        EXPECT_EQ(batch.loss_of(i) == RecordLoss::kTooLong, is_long) << i;
        EXPECT_EQ(batch.loss_of(i).has_value(), is_long) << i;
    }
    collector.serve();
    EXPECT_EQ(collector.datagrams.size(), 20U);
}

TEST(DatagramTransport, GoesOnAndCountsWhenThePortIsClosed) {
    CollectorSocket collector(SOCK_DGRAM);
    ASSERT_TRUE(collector.listen());
    NetworkOptions options = udp_to(collector);
    std::vector<std::string> told;
    options.tell = [&](const std::string& text) {
        told.push_back(text);
    };
    collector.die();
    const std::unique_ptr<Transport> transport = test::open_plain(options);
    TransportDriver driver(*transport);
    std::uint64_t next = 0;
    driver.send(numbered_block(next, 1000, 123));
    driver.send(numbered_block(next, 1000, 123));
    ASSERT_TRUE(driver.until_idle());
    EXPECT_EQ(driver.acknowledged, 2000U);
    EXPECT_GT(transport->numbers().errors, 0U);
    EXPECT_EQ(transport->numbers().working, 0U);
    EXPECT_TRUE(driver.would_sleep());
    ASSERT_EQ(told.size(), 2U);
    EXPECT_NE(told[1].find("datagrams are refused"), std::string::npos) << told[1];
}

TEST(DatagramTransport, WaitsForAUnixSocketThatIsFullAndForOneThatIsGone) {
    CollectorSocket collector(SOCK_DGRAM, test::socket_path("full"));
    ASSERT_TRUE(collector.listen());
    NetworkOptions options = udp_to(collector);
    options.datagram.unsent_max = 50'000;
    const std::unique_ptr<Transport> transport = test::open_plain(options);
    TransportDriver driver(*transport);
    std::uint64_t next = 0;
    for (int i = 0; i < 10; ++i) {
        driver.send(numbered_block(next, 200, 100));
    }
    for (int i = 0; i < 100; ++i) {
        driver.step();
    }
    EXPECT_FALSE(transport->has_room());
    EXPECT_TRUE(driver.would_sleep());
    EXPECT_LT(driver.acknowledged, 2000U);

    collector.serve();
    driver.step();
    collector.die();  // with what it had not read
    EXPECT_TRUE(driver.until([&] { return transport->numbers().working == 0; }));
    ASSERT_TRUE(collector.listen());
    driver.between = [&] {
        collector.serve();
    };
    ASSERT_TRUE(driver.until_idle());
    collector.serve();
    EXPECT_EQ(driver.acknowledged, 2000U);
    EXPECT_EQ(driver.dropped.total(), 0U);
    EXPECT_EQ(transport->numbers().connections, 2U);
    EXPECT_TRUE(collector.lines.has(1999));
    collector.die();
}

TEST(DatagramTransport, GivesBackWhatItHolds) {
    CollectorSocket collector(SOCK_DGRAM, test::socket_path("missing"));
    NetworkOptions options = test::quick_options(NetworkProtocol::kUdp);
    options.collectors = {collector.address()};
    const std::unique_ptr<Transport> transport = test::open_plain(options);
    TransportDriver driver(*transport);
    std::uint64_t next = 0;
    driver.send(numbered_block(next, 10, 100));
    driver.send(numbered_block(next, 10, 100));
    for (int i = 0; i < 5; ++i) {
        driver.step();
    }
    transport->close();
    EXPECT_FALSE(transport->is_idle());
    std::vector<Block> blocks;
    transport->take_back(blocks);
    ASSERT_EQ(blocks.size(), 2U);
    EXPECT_EQ(blocks[0].bytes.size(), 1000U);
    EXPECT_LT(blocks[0].sequence, blocks[1].sequence);
    EXPECT_TRUE(transport->is_idle());
}

// The kernel keeps about ten datagrams for a unix socket that nobody reads.
TEST(DatagramTransport, CountsWhatWasTakenBeforeItGaveUp) {
    CollectorSocket collector(SOCK_DGRAM, test::socket_path("asleep"));
    ASSERT_TRUE(collector.listen());
    const std::unique_ptr<Transport> transport = test::open_plain(udp_to(collector));
    TransportDriver driver(*transport);
    std::uint64_t next = 0;
    driver.send(numbered_block(next, 5000, 100));
    Block stored = numbered_block(next, 10, 100);
    stored.spool_frame = 1;
    driver.send(std::move(stored));
    for (int i = 0; i < 5; ++i) {
        driver.step();
    }
    transport->close();
    ASSERT_EQ(driver.acknowledged, 0U);
    std::vector<Delivery> parts;
    transport->deliver_parts(parts);
    std::vector<Block> blocks;
    transport->take_back(blocks);
    collector.read();
    ASSERT_EQ(parts.size(), 1U);
    ASSERT_EQ(blocks.size(), 2U);
    EXPECT_GT(parts[0].acknowledged, 0U);
    EXPECT_EQ(parts[0].acknowledged, collector.datagrams.size());
    EXPECT_EQ(parts[0].block.records, parts[0].acknowledged);
    EXPECT_EQ(blocks[0].records, 5000 - parts[0].acknowledged);
    EXPECT_EQ(blocks[0].units.size(), blocks[0].records);
    EXPECT_EQ(blocks[0].unit(0), numbered_line(parts[0].acknowledged, 100));
    EXPECT_EQ(blocks[0].units.back().end, blocks[0].bytes.size());
    EXPECT_EQ(blocks[1].records, 10U);
    collector.die();
}

// Repeats its preamble each minute, as IPFIX does with its templates.
class RepeatingSession final : public SessionProtocol {
public:
    void begin(bool datagrams) override { EXPECT_TRUE(datagrams); }
    void prepare(const Preamble* preamble, SteadyTime now, WireMessages& out) override {
        if (now >= due_ && preamble != nullptr) {
            out.add(preamble->bytes);
            due_ = now + 1min;
        }
    }
    [[nodiscard]] SteadyTime next_repeat() const noexcept override { return due_; }
    void put(std::string_view unit, std::uint32_t /*records*/, WireMessages& out) override {
        out.add(unit);
    }

private:
    SteadyTime due_ = SteadyTime::min();
};

TEST(DatagramTransport, RepeatsWhatIsDueWithoutRecords) {
    CollectorSocket collector(SOCK_DGRAM);
    ASSERT_TRUE(collector.listen());
    const std::unique_ptr<Transport> transport = open_network(udp_to(collector), [] {
                                                     return std::make_unique<RepeatingSession>();
                                                 }).value();
    std::vector<Delivery> done;
    SteadyTime now = std::chrono::steady_clock::now();
    transport->turn(now, done);
    std::uint64_t next = 0;
    Block block = numbered_block(next, 1, 50);
    block.preamble = make_preamble("templates\n");
    transport->send(std::move(block));
    transport->turn(now, done);
    EXPECT_EQ(done.size(), 1U);
    TransportWait wait;
    transport->prepare_wait(wait);
    ASSERT_TRUE(wait.deadline);
    EXPECT_EQ(*wait.deadline, now + 1min);
    transport->turn(now + 59s, done);
    transport->turn(now + 60s, done);
    transport->turn(now + 61s, done);
    collector.serve();
    ASSERT_EQ(collector.datagrams.size(), 3U);
    EXPECT_EQ(collector.datagrams[0], "templates\n");
    EXPECT_EQ(collector.datagrams[2], "templates\n");
}

}  // namespace
}  // namespace flowgauge
