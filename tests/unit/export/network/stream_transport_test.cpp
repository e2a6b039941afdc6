#include "export/network/stream_transport.h"

#include "export/network/stream_socket.h"
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

constexpr std::size_t kUnits = 64;
constexpr std::size_t kUnitSize = 1000;
constexpr int kSmallBuffer = 32 * 1024;

class StreamOver : public testing::TestWithParam<bool> {
public:
    StreamOver()
        : collector(SOCK_STREAM, GetParam() ? test::socket_path("stream") : "", kSmallBuffer) {}
    void SetUp() override {
        ASSERT_TRUE(collector.listen());
        options = test::quick_options(NetworkProtocol::kTcp);
        options.collectors = {collector.address()};
        options.stream.send_buffer = 64 * 1024;
        options.tell = [this](const std::string& text) {
            told.push_back(text);
        };
    }
    void TearDown() override { collector.die(); }

    void open() {
        transport = test::open_plain(options);
        driver = std::make_unique<TransportDriver>(*transport);
    }
    void send_blocks(int count) {
        for (int i = 0; i < count; ++i) {
            Block block = numbered_block(next, kUnits, kUnitSize);
            first_of_[block.sequence] = next - kUnits;
            driver->send(std::move(block));
        }
    }
    // Records that were acknowledged and never arrived.
    [[nodiscard]] std::uint64_t lost() const {
        std::uint64_t sum = 0;
        for (const std::uint64_t sequence : driver->acknowledged_blocks) {
            const std::uint64_t first = first_of_.at(sequence);
            for (std::uint64_t i = first; i < first + kUnits; ++i) {
                sum += collector.lines.has(i) ? 0U : 1U;
            }
        }
        return sum;
    }

    CollectorSocket collector;
    NetworkOptions options;
    std::unique_ptr<Transport> transport;
    std::unique_ptr<TransportDriver> driver;
    std::vector<std::string> told;
    std::uint64_t next = 0;

private:
    std::map<std::uint64_t, std::uint64_t> first_of_;
};

TEST_P(StreamOver, DeliversInOrderAndAcknowledgesWhatThePeerConfirms) {
    open();
    driver->between = [&] {
        collector.serve();
    };
    send_blocks(50);
    ASSERT_TRUE(driver->until([&] { return collector.lines.distinct() == 50 * kUnits; }));
    EXPECT_EQ(driver->acknowledged, 0U) << "all of it is in the replay ring";
    EXPECT_TRUE(driver->would_sleep());
    ASSERT_TRUE(driver->until_idle());
    EXPECT_EQ(driver->acknowledged, 50 * kUnits);
    EXPECT_EQ(driver->unbalanced, 0U);
    EXPECT_EQ(collector.lines.repeated(), 0U);
    const OutputNumbers& numbers = transport->numbers();
    EXPECT_EQ(numbers.bytes_written, 50 * kUnits * kUnitSize);
    EXPECT_EQ(numbers.connections, 1U);
    EXPECT_EQ(numbers.errors, 0U);
    EXPECT_EQ(numbers.records_uncertain, 0U);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0], "collector " + collector.address().text() + ": connected");
}

TEST_P(StreamOver, AcknowledgesWhatLeavesTheReplayRing) {
    options.stream.replay_size = 10 * kUnits * kUnitSize;
    open();
    driver->between = [&] {
        collector.serve();
    };
    send_blocks(50);
    ASSERT_TRUE(driver->until([&] { return collector.lines.distinct() == 50 * kUnits; }));
    EXPECT_EQ(driver->acknowledged, 40 * kUnits);
}

TEST_P(StreamOver, HasNoRoomForAPeerThatNeverReads) {
    open();
    driver->between = [&] {
        collector.accept();
    };
    send_blocks(200);
    std::size_t before = 0;
    ASSERT_TRUE(driver->until([&] {
        const std::size_t waiting = std::exchange(before, driver->waiting());
        return collector.is_connected() && !transport->has_room() && waiting == before &&
               driver->would_sleep();
    }));
    // Both sockets, the connection's buffer, and what may wait.
    const std::size_t taken = 200 - driver->waiting();
    EXPECT_LT(taken * kUnits * kUnitSize, options.stream.unsent_max + (1 << 20));
    EXPECT_GT(taken, 10U);
    for (int i = 0; i < 20; ++i) {
        driver->turn();
        EXPECT_TRUE(driver->would_sleep());
    }
    driver->between = [&] {
        collector.serve();
    };
    ASSERT_TRUE(driver->until_idle());
    EXPECT_EQ(collector.lines.distinct(), 200 * kUnits);
}

// Dies with what it has not read, and is there again.
TEST_P(StreamOver, LosesNothingWithARingLargerThanBothBuffers) {
    options.stream.replay_size = 2 << 20;
    open();
    send_blocks(300);
    for (std::uint64_t part = 1; part <= 3; ++part) {
        driver->between = [&] {
            collector.serve();
        };
        ASSERT_TRUE(driver->until([&] { return collector.lines.distinct() >= part * 70 * kUnits; })
        );
        driver->between = [&] {
            collector.accept();
        };
        const std::uint64_t errors = transport->numbers().errors;
        ASSERT_TRUE(driver->until([&] { return driver->would_sleep(); }))
            << "both buffers are full";
        collector.die();
        ASSERT_TRUE(collector.listen());
        ASSERT_TRUE(driver->until([&] { return transport->numbers().errors > errors; }));
    }
    driver->between = [&] {
        collector.serve();
    };
    ASSERT_TRUE(driver->until_idle());
    EXPECT_EQ(transport->numbers().connections, 4U);
    EXPECT_EQ(driver->acknowledged, 300 * kUnits);
    EXPECT_EQ(lost(), 0U);
    EXPECT_EQ(transport->numbers().records_uncertain, 0U);
    EXPECT_GT(collector.lines.repeated(), 0U);
    EXPECT_GE(transport->numbers().records_repeated, collector.lines.repeated());
}

TEST_P(StreamOver, ReportsAnUpperBoundOfWhatASmallRingLoses) {
    options.stream.replay_size = 0;
    open();
    driver->between = [&] {
        collector.accept();
    };
    std::uint64_t real = 0;
    for (int i = 0; i < 10; ++i) {
        send_blocks(10);
        for (int j = 0; j < 20; ++j) {
            driver->step();
            if (collector.is_connected() && j % 3 == i % 3) {
                collector.read(20'000);
            }
        }
        collector.die();
        ASSERT_TRUE(collector.listen());
        ASSERT_TRUE(driver->until([&] { return transport->numbers().working == 0; }));
        real = lost();
        EXPECT_GE(transport->numbers().records_uncertain, real);
    }
    EXPECT_GT(real, 0U) << "the test must lose something to show anything";
    driver->between = [&] {
        collector.serve();
    };
    ASSERT_TRUE(driver->until_idle());
    EXPECT_EQ(driver->acknowledged, 100 * kUnits);
    EXPECT_GE(transport->numbers().records_uncertain, lost());
    EXPECT_LT(transport->numbers().records_uncertain, 100 * kUnits);
}

TEST_P(StreamOver, TriesAgainUntilThereIsAListener) {
    collector.die();
    open();
    send_blocks(3);
    ASSERT_TRUE(driver->until([&] { return transport->numbers().errors >= 3; }));
    EXPECT_EQ(transport->numbers().working, 0U);
    EXPECT_EQ(told.size(), 1U) << "a reason is told once";
    ASSERT_TRUE(collector.listen());
    driver->between = [&] {
        collector.serve();
    };
    ASSERT_TRUE(driver->until_idle());
    EXPECT_EQ(collector.lines.distinct(), 3 * kUnits);
    EXPECT_EQ(transport->numbers().records_repeated, 0U);
    EXPECT_EQ(told.size(), 2U);
}

TEST_P(StreamOver, GivesBackWhatIsNotConfirmed) {
    open();
    driver->between = [&] {
        collector.serve();
    };
    send_blocks(5);
    ASSERT_TRUE(driver->until([&] { return collector.lines.distinct() == 5 * kUnits; }));
    std::vector<Block> blocks;
    transport->take_back(blocks);
    ASSERT_EQ(blocks.size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(blocks[i].bytes.size(), kUnits * kUnitSize);
        EXPECT_TRUE(i == 0 || blocks[i].sequence == blocks[i - 1].sequence + 1);
    }
    transport->close();
    EXPECT_TRUE(transport->is_idle());
}

// A collector that keeps its half open has nevertheless got everything.
TEST_P(StreamOver, DoesNotWaitForeverForThePeerToClose) {
    open();
    driver->between = [&] {
        collector.accept();
        char bytes[65536];
        const ssize_t got = ::recv(collector.peer(), bytes, sizeof bytes, MSG_DONTWAIT);
        if (got > 0) {
            collector.lines.add({bytes, static_cast<std::size_t>(got)});
        }
    };
    send_blocks(3);
    ASSERT_TRUE(driver->until_idle());
    EXPECT_EQ(driver->acknowledged, 3 * kUnits);
    EXPECT_EQ(collector.lines.distinct(), 3 * kUnits);
    EXPECT_EQ(transport->numbers().records_uncertain, 0U);
}

// The peer dies while the connection is being ended: what it has not read comes again.
TEST_P(StreamOver, SendsAgainWhatThePeerHadNotReadAtTheEnd) {
    open();
    driver->between = [&] {
        collector.accept();
    };
    send_blocks(1);
    ASSERT_TRUE(driver->until([&] { return driver->waiting() == 0 && collector.is_connected(); }));
    ASSERT_TRUE(driver->until([&] { return transport->numbers().bytes_written > 0; }));
    transport->close();
    driver->step();
    EXPECT_FALSE(transport->is_idle());
    collector.die();
    ASSERT_TRUE(collector.listen());
    driver->between = [&] {
        collector.serve();
    };
    ASSERT_TRUE(driver->until([&] { return transport->is_idle(); }));
    EXPECT_EQ(collector.lines.distinct(), kUnits);
    EXPECT_EQ(driver->acknowledged, kUnits);
}

INSTANTIATE_TEST_SUITE_P(
    Sockets,
    StreamOver,
    testing::Bool(),
    [](const testing::TestParamInfo<bool>& is_unix) { return is_unix.param ? "Unix" : "Tcp"; }
);

TEST(StreamTransport, EndsWithoutAPeerWhenItHoldsNothing) {
    NetworkOptions options = test::quick_options(NetworkProtocol::kTcp);
    options.collectors = {parse_collector_address("127.0.0.1:1").value()};
    const std::unique_ptr<Transport> transport = test::open_plain(options);
    TransportDriver driver(*transport);
    driver.step();
    EXPECT_TRUE(driver.until_idle());
}

TEST(StreamTransport, BeginsASessionAnewOnEachConnection) {
    CollectorSocket collector(SOCK_STREAM);
    ASSERT_TRUE(collector.listen());
    NetworkOptions options = test::quick_options(NetworkProtocol::kTcp);
    options.collectors = {collector.address()};
    const std::unique_ptr<Transport> transport = test::open_plain(options);
    TransportDriver driver(*transport);
    driver.between = [&] {
        collector.serve();
    };
    std::uint64_t next = 1;
    Block block = numbered_block(next, 1, 20);
    block.preamble = make_preamble("99999999\n");
    driver.send(std::move(block));
    ASSERT_TRUE(driver.until([&] { return collector.lines.distinct() == 2; }));
    collector.die();
    ASSERT_TRUE(collector.listen());
    ASSERT_TRUE(driver.until_idle());
    EXPECT_EQ(collector.lines.repeated(), 2U) << "the preamble and the line";
    EXPECT_EQ(transport->numbers().records_repeated, 1U);
}

// What the comment of peer_buffer_max() says: a slow reader holds more than it announced.
TEST(StreamSocket, KnowsABoundOfWhatThePeerHolds) {
    for (const int buffer : {4096, 32 * 1024, 256 * 1024, 0}) {
        CollectorSocket collector(SOCK_STREAM, "", buffer);
        ASSERT_TRUE(collector.listen());
        NameLookup lookup;
        lookup.begin(collector.address(), SOCK_STREAM);
        const FileDescriptor socket =
            std::move(open_stream_socket(lookup.take()->value().front(), {})).value();
        while (!collector.is_connected()) {
            collector.accept();
        }
        ASSERT_EQ(connect_outcome(socket.get()).value_or(-1), 0);
        const std::string bytes(100'000, 'x');
        std::uint64_t held_by_both = 0;
        for (int i = 0; i < 500; ++i) {
            const ssize_t sent =
                ::send(socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            held_by_both += sent > 0 ? static_cast<std::uint64_t>(sent) : 0;
            if (i % 5 == 0) {
                char piece[3000];
                const ssize_t got = ::recv(collector.peer(), piece, sizeof piece, MSG_DONTWAIT);
                held_by_both -= got > 0 ? static_cast<std::uint64_t>(got) : 0;
            }
        }
        const std::uint64_t held = held_by_both - unconfirmed_bytes(socket.get());
        EXPECT_GT(held, 0U);
        EXPECT_LE(held, peer_buffer_max(socket.get())) << buffer;
    }
}

}  // namespace
}  // namespace flowgauge
