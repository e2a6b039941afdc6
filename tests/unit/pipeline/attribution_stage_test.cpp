#include "pipeline/attribution_stage.h"

#include "core/base/time.h"
#include "core/flow/flow_observer.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

constexpr LookTime kMillisecond = 1'000'000;
constexpr IpAddress kHost{.high = 0, .low = 0x0a000001};
constexpr IpAddress kWorld{.high = 0, .low = 0xc0000201};

// Memory for records, which must all come back.
class Slots final : public RecordOwner {
public:
    // A UDP flow from port `port` of this machine.
    FlowRecord record(std::uint16_t port, Tick first, Tick last, Tick moment) {
        slots_.emplace_back();
        Slot& slot = slots_.back();
        const bool upper = kHost > kWorld;
        slot.flow.key.lower = upper ? kWorld : kHost;
        slot.flow.key.upper = upper ? kHost : kWorld;
        slot.flow.key.rest = FlowKey::pack(
            {.lower_port = upper ? std::uint16_t{53} : port,
             .upper_port = upper ? port : std::uint16_t{53},
             .protocol = 17,
             .ip_version = 4}
        );
        slot.flow.from_upper = upper;
        slot.flow.first_seen = {first, 0};
        slot.flow.last_seen = {last, 0};
        slot.flow.packets = {1, 0};
        slot.flow.bytes = {100, 0};
        return {.flow = &slot.flow, .cold = slot.cold, .moment = moment};
    }

    void release(const FlowRecord& record) override { ++released[record.flow->source_port()]; }

    std::map<std::uint16_t, int> released;

private:
    struct Slot {
        Flow flow;
        alignas(kStateAlignment) std::byte cold[sizeof(Attribution) + 8]{};
    };
    std::deque<Slot> slots_;
};

// Reads what is said of a record, and gives it back when it is told to.
class Sinks final : public RecordOutlet {
public:
    [[nodiscard]] bool emit(const FlowRecord& record) override {
        if (refuses) {
            return false;
        }
        const auto& said =
            *std::launder(reinterpret_cast<const Attribution*>(record.cold + sizeof(std::uint64_t))
            );
        rows.push_back(
            std::to_string(record.flow->source_port()) + " " +
            (said.owner == nullptr ? "-" : said.owner->name) + " " +
            std::string(to_string(said.reason))
        );
        held.push_back(record);
        return true;
    }
    void reached(Tick moment) override { last_reached = moment; }

    std::vector<std::string> rows;
    std::vector<FlowRecord> held;
    Tick last_reached = 0;
    bool refuses = false;
};

class AttributionStageTest : public ::testing::Test {
protected:
    AttributionStageTest() { stage_.attach(slots_); }

    void TearDown() override {
        for (const FlowRecord& record : sinks_.held) {
            stage_.release(record);
        }
        for (const auto& [port, times] : slots_.released) {
            EXPECT_EQ(times, 1) << port;
        }
    }

    void connect() {
        stage_.connect(exchange_.reader(0), [this] { ++hurries_; });
    }

    // A look that found the socket of `port`, or nothing for 0.
    void publish(LookTime covered_ms, std::uint16_t port) {
        auto owners = std::make_shared<std::vector<std::shared_ptr<const SocketOwner>>>();
        owners->push_back(std::make_shared<const SocketOwner>());
        owners->push_back(owner_);
        Sighting sighting;
        sighting.key = {
            .local = {}, .remote = {}, .local_port = port, .protocol = 17, .ip_version = 4};
        sighting.name_space = 1;
        sighting.owner = 1;
        sighting.reason = OwnerReason::kOk;
        sighting.taken = port != 0;
        exchange_.publish(std::make_shared<const Snapshot>(SnapshotParts{
            .sightings = std::make_shared<const SightingTable>(std::vector<Sighting>{sighting}, 1),
            .addresses = std::make_shared<const LocalAddresses>(
                std::vector<LocalAddress>{{.address = kHost, .ip_version = 4, .name_space = 1}}, 1
            ),
            .owners = owners,
            .covered = covered_ms * kMillisecond,
            .period = 100 * kMillisecond,
            .own_name_space = 1}));
    }

    static std::shared_ptr<const SocketOwner> program() {
        SocketOwner owner;
        owner.pid = 7;
        owner.name = "program";
        return std::make_shared<const SocketOwner>(owner);
    }

    std::shared_ptr<const SocketOwner> owner_ = program();
    SnapshotExchange exchange_{1};
    Slots slots_;
    Sinks sinks_;
    AttributionStage stage_{
        {.place = sizeof(std::uint64_t), .time_unit = TimeUnit::kMilliseconds, .held_max = 3},
        sinks_};
    int hurries_ = 0;
};

using Rows = std::vector<std::string>;

TEST_F(AttributionStageTest, SaysDisabledWhereNobodyLooks) {
    EXPECT_TRUE(stage_.emit(slots_.record(1, 10, 20, 30)));
    EXPECT_EQ(sinks_.rows, Rows{"1 - disabled"});
    EXPECT_EQ(stage_.counters().by_reason[static_cast<std::size_t>(OwnerReason::kDisabled)], 1U);
}

TEST_F(AttributionStageTest, PassesOnAtOnceWhatALookCovers) {
    connect();
    publish(100, 1);
    stage_.turn();
    EXPECT_TRUE(stage_.emit(slots_.record(1, 10, 20, 30)));
    EXPECT_TRUE(stage_.emit(slots_.record(2, 10, 20, 30)));
    EXPECT_EQ(sinks_.rows, (Rows{"1 program ok", "2 - unseen"}));
    EXPECT_EQ(stage_.counters().waited, 0U);
}

TEST_F(AttributionStageTest, HoldsWhatIsYoungerThanTheLastLookUntilTheNext) {
    connect();
    publish(100, 0);
    stage_.turn();
    EXPECT_TRUE(stage_.emit(slots_.record(1, 110, 120, 130)));
    stage_.turn();
    EXPECT_TRUE(sinks_.rows.empty());
    EXPECT_EQ(stage_.counters().waiting, 1U);
    publish(200, 1);
    stage_.turn();
    EXPECT_EQ(sinks_.rows, Rows{"1 program ok"});
    EXPECT_EQ(stage_.counters().waiting, 0U);
    EXPECT_EQ(stage_.counters().waited, 1U);
}

TEST_F(AttributionStageTest, HoldsWhatALookDoesNotCoverEither) {
    connect();
    publish(100, 0);
    stage_.turn();
    EXPECT_TRUE(stage_.emit(slots_.record(1, 110, 250, 260)));
    EXPECT_TRUE(stage_.emit(slots_.record(2, 110, 120, 260)));
    publish(200, 1);
    stage_.turn();
    EXPECT_EQ(sinks_.rows, Rows{"2 - unseen"});
    publish(300, 1);
    stage_.turn();
    EXPECT_EQ(sinks_.rows, (Rows{"2 - unseen", "1 program ok"}));
}

TEST_F(AttributionStageTest, PassesOnAsItIsWhatThereIsNoRoomToHold) {
    connect();
    publish(100, 0);
    stage_.turn();
    for (std::uint16_t port = 1; port <= 5; ++port) {
        EXPECT_TRUE(stage_.emit(slots_.record(port, 110, 120, 130)));
    }
    EXPECT_EQ(sinks_.rows, (Rows{"4 - unseen", "5 - unseen"}));
    EXPECT_EQ(stage_.counters().unheld, 2U);
    stage_.finish();
    EXPECT_EQ(sinks_.rows.size(), 5U);
}

TEST_F(AttributionStageTest, LetsGoWhenNoLookComes) {
    connect();
    EXPECT_TRUE(stage_.emit(slots_.record(1, 110, 120, 130)));
    stage_.reached(1000);
    EXPECT_TRUE(sinks_.rows.empty());
    stage_.reached(3000);
    EXPECT_EQ(sinks_.rows, Rows{"1 - disabled"});
    EXPECT_EQ(sinks_.last_reached, 3000);
}

TEST_F(AttributionStageTest, GivesBackWhatTheSinksRefuse) {
    connect();
    publish(100, 1);
    stage_.turn();
    EXPECT_TRUE(stage_.emit(slots_.record(1, 110, 120, 130)));
    sinks_.refuses = true;
    EXPECT_FALSE(stage_.emit(slots_.record(2, 10, 20, 30)));  // its shard takes it at once
    publish(200, 1);
    stage_.turn();
    EXPECT_EQ(slots_.released, (std::map<std::uint16_t, int>{{1, 1}}));
    exchange_.publish(nullptr);
    publish(300, 0);
    static_cast<void>(exchange_.reader(0).update());
    publish(400, 0);
    EXPECT_EQ(owner_.use_count(), 3);  // the test, and two snapshots
}

TEST_F(AttributionStageTest, WaitsForALookBeforeItFinishes) {
    connect();
    publish(100, 1);
    publish(500, 1);
    stage_.begin_to_finish(400);
    EXPECT_EQ(hurries_, 1);
    EXPECT_TRUE(stage_.emit(slots_.record(1, 110, 390, 400)));
    EXPECT_EQ(sinks_.rows, Rows{"1 program ok"});
}

TEST_F(AttributionStageTest, CountsEachRecordOnceByMatchByReasonAndByProcess) {
    connect();
    publish(100, 1);
    stage_.turn();
    for (std::uint16_t port = 1; port <= 4; ++port) {
        EXPECT_TRUE(stage_.emit(slots_.record(port, 10, port == 4 ? 150 : 20, 200)));
    }
    publish(200, 1);
    stage_.turn();
    const AttributionCounters& counters = stage_.counters();
    EXPECT_EQ(counters.by_match[static_cast<std::size_t>(OwnerMatch::kUdp)], 1U);
    EXPECT_EQ(counters.by_match[static_cast<std::size_t>(OwnerMatch::kNone)], 3U);
    EXPECT_EQ(counters.by_reason[static_cast<std::size_t>(OwnerReason::kOk)], 1U);
    EXPECT_EQ(counters.by_reason[static_cast<std::size_t>(OwnerReason::kUnseen)], 3U);
    std::map<std::string, std::uint64_t, std::less<>> flows;
    stage_.processes().visit([&](std::string_view name, const ProcessTally::Counts& counts) {
        flows[std::string(name)] = counts.flows;
    });
    EXPECT_EQ(flows["program"], 1U);
    EXPECT_EQ(flows["unknown"], 3U);
}

}  // namespace
}  // namespace flowgauge
