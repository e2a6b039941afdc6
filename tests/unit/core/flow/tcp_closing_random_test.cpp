// TcpClosing against a plain model, which looks at every flow for every packet.
#include "core/flow/observed_shard.h"
#include "tests/support/plain_packet.h"
#include "tests/support/recording_outlet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <random>
#include <tuple>
#include <vector>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;

// Moment, key, order of ending, reason, packets.
using Row = std::tuple<Tick, FlowKey, std::size_t, EndReason, std::uint64_t>;

class Model {
public:
    explicit Model(const FlowOptions& options) : options_(options) {}

    void add(const Packet& packet) {
        expire(packet.tick);
        const auto [key, upper] = key_of(packet);
        const bool syn = (packet.tcp_flags & (kTcpSyn | kTcpAck | kTcpRst)) == kTcpSyn;
        Connection connection;
        if (const auto found = flows_.find(key); found != flows_.end()) {
            const bool over = found->second.connection.over.has_value();
            if (over && syn) {
                end(key, EndReason::kTcpEnd, packet.tick);
            } else if (packet.tick - found->second.first >= options_.active_timeout.count()) {
                connection = found->second.connection;
                end(key, EndReason::kActive, packet.tick);
            }
        }
        const auto [place, opened] = flows_.try_emplace(key);
        Counted& flow = place->second;
        if (opened) {
            flow.first = packet.tick;
            flow.connection = connection;
        }
        flow.last = packet.tick;
        ++flow.packets;
        if (packet.protocol == kProtocolTcp && !flow.connection.over) {
            flow.connection = after(syn ? Connection{} : flow.connection, packet, upper ? 1 : 0);
        }
    }

    std::vector<Row> finish(Tick now) {
        expire(now);
        while (!flows_.empty()) {
            end(flows_.begin()->first, EndReason::kEndOfInput, now);
        }
        std::ranges::sort(rows_);
        return rows_;
    }

private:
    struct Connection {
        std::array<std::optional<std::uint32_t>, 2> fins;  // where they end
        std::array<bool, 2> acknowledged{};
        std::optional<Tick> over;
    };
    struct Counted {
        Tick first = 0;
        Tick last = 0;
        std::uint64_t packets = 0;
        Connection connection;
    };

    static Connection after(Connection connection, const Packet& packet, std::size_t own) {
        const std::uint8_t flags = packet.tcp_flags;
        if ((flags & kTcpRst) != 0) {
            connection.over = packet.tick;
            return connection;
        }
        if ((flags & kTcpFin) != 0) {
            const std::uint32_t end =
                packet.tcp_sequence + packet.payload_bytes + 1 + ((flags & kTcpSyn) != 0 ? 1 : 0);
            connection.acknowledged[own] =
                connection.acknowledged[own] && connection.fins[own] == end;
            connection.fins[own] = end;
        }
        const std::optional<std::uint32_t>& theirs = connection.fins[1 - own];
        if ((flags & kTcpAck) != 0 && theirs && packet.tcp_acknowledgment - *theirs < 0x80000000U) {
            connection.acknowledged[1 - own] = true;
        }
        if (connection.acknowledged == std::array{true, true}) {
            connection.over = packet.tick;
        }
        return connection;
    }

    struct Due {
        Tick moment = 0;
        EndReason reason = EndReason::kIdle;
    };
    [[nodiscard]] Due due(const Counted& flow) const {
        const Tick idle = flow.last + options_.idle_timeout.count();
        const Tick closed = flow.connection.over ? *flow.connection.over + 5000 : kTickMax;
        return closed <= idle ? Due{closed, EndReason::kTcpEnd} : Due{idle, EndReason::kIdle};
    }

    void expire(Tick now) {
        while (true) {
            const auto next = std::ranges::min_element(flows_, {}, [this](const auto& entry) {
                return due(entry.second).moment;
            });
            if (next == flows_.end() || due(next->second).moment > now) {
                return;
            }
            const Due ending = due(next->second);
            end(next->first, ending.reason, ending.moment);
        }
    }

    void end(FlowKey key, EndReason reason, Tick moment) {
        rows_.emplace_back(moment, key, rows_.size(), reason, flows_.at(key).packets);
        flows_.erase(key);
    }

    FlowOptions options_;
    std::map<FlowKey, Counted> flows_;
    std::vector<Row> rows_;
};

// Few numbers, around the place where they wrap, so that FINs are acknowledged by chance.
std::vector<Packet> random_segments(std::uint32_t seed, std::size_t count) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t bound) {
        return static_cast<std::uint32_t>(random()) % bound;
    };
    constexpr std::uint8_t kFlags[] = {
        kTcpAck,
        kTcpAck,
        kTcpAck,
        kTcpAck | kTcpPsh,
        kTcpFin | kTcpAck,
        kTcpFin | kTcpAck,
        kTcpFin,
        kTcpSyn,
        kTcpSyn | kTcpAck,
        kTcpSyn | kTcpFin,
        kTcpRst,
        kTcpRst | kTcpSyn};
    test::PacketStream stream(seed, 4, 120);
    std::vector<Packet> packets(count);
    for (Packet& packet : packets) {
        packet = stream.next();
        if (packet.protocol == kProtocolTcp) {
            packet.tcp_flags = kFlags[below(std::size(kFlags))];
            packet.tcp_sequence = below(3) - 2;
            packet.tcp_acknowledgment = below(5) - 1;
            packet.payload_bytes = below(2);
        }
    }
    return packets;
}

struct Timeouts {
    milliseconds idle;
    milliseconds active;
};

class TcpClosingModel : public ::testing::TestWithParam<Timeouts> {};

TEST_P(TcpClosingModel, GivesTheRowsOfAPlainModel) {
    const FlowOptions options{
        .idle_timeout = GetParam().idle,
        .active_timeout = GetParam().active,
        .end_on_tcp = EndOnTcp::kFinRst};
    test::RecordingOutlet outlet;
    ObservedShard<ObserverChain<>> shard(
        {.flow = options, .max_flows = 1000, .identity = {}}, ObserverChain<>{}, outlet
    );
    outlet.attach(shard);
    Model model(options);
    const std::vector<Packet> packets = random_segments(11, 20'000);
    for (const Packet& packet : packets) {
        shard.add(packet);
        model.add(packet);
        if (packet.position % 50 == 0) {
            shard.advance(packet.tick);  // so that slots are used again
        }
    }
    const Tick end = packets.back().tick + 2000;
    shard.finish(end, EndReason::kEndOfInput);
    const std::vector<Row> expected = model.finish(end);
    const std::vector<test::RecordCopy>& records = outlet.records();
    ASSERT_EQ(records.size(), expected.size());
    std::array<std::size_t, kEndReasonCount> ended{};
    for (std::size_t i = 0; i < records.size(); ++i) {
        const test::RecordCopy& record = records[i];
        const auto& [moment, key, order, reason, count] = expected[i];
        ASSERT_EQ(
            std::tuple(record.moment, record.end_reason, record.flow.all_packets()),
            std::tuple(moment, reason, count)
        ) << "row "
          << i;
        ASSERT_EQ(record.flow.key, key) << "row " << i;
        ++ended[static_cast<std::size_t>(reason)];
    }
    EXPECT_GT(ended[static_cast<std::size_t>(EndReason::kTcpEnd)], 100U);
}

// Idle shorter than, as long as, and longer than the 5 s of a connection that is over; cuts that
// never come, that come often, and that come with each packet.
INSTANTIATE_TEST_SUITE_P(
    Timeouts,
    TcpClosingModel,
    ::testing::Values(
        Timeouts{milliseconds(4000), milliseconds(100'000'000)},
        Timeouts{milliseconds(5000), milliseconds(7000)},
        Timeouts{milliseconds(20'000), milliseconds(100'000'000)},
        Timeouts{milliseconds(20'000), milliseconds(3000)},
        Timeouts{milliseconds(20'000), milliseconds(0)},
        Timeouts{milliseconds(2500), milliseconds(9000)}
    )
);

}  // namespace
}  // namespace flowgauge
