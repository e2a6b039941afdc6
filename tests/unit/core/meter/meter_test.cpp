#include "core/meter/meter.h"

#include "core/flow/early_sequence.h"
#include "core/flow/flow_observer.h"
#include "core/flow/flow_statistics.h"
#include "core/flow/layer_octets.h"
#include "tests/support/plain_packet.h"
#include "tests/support/recording_outlet.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::tcp_packet;

MeterOptions options_of(bool statistics, std::uint16_t sequence, bool dissection) {
    MeterOptions options;
    options.statistical_analysis = statistics;
    options.splt_analysis = sequence;
    options.dissection.enabled = dissection;
    return options;
}

// A meter, and the CSV rows of what it records.
struct MeterAndRows {
    explicit MeterAndRows(const MeterOptions& options) {
        Result<std::unique_ptr<Meter>> opened = Meter::open(options, 1000, {}, outlet);
        EXPECT_TRUE(opened.has_value());
        meter = std::move(opened).value();
        outlet.attach(meter->shard());
        outlet.encode_with(
            select_columns("nfstream", options).value(),
            {.layout = layout_of(options),
             .time_unit = options.flow.time_unit,
             .splt_analysis = options.splt_analysis,
             .application_names = meter->application_names()}
        );
    }

    test::RecordingOutlet outlet;
    std::unique_ptr<Meter> meter;
};

// A TCP flow of three packets, many times, so that states of many slots lie side by side.
void add_flows(FlowShard& shard, int flows) {
    for (int i = 0; i < flows; ++i) {
        const std::string client = "10.0.0.1:" + std::to_string(10000 + i);
        shard.add(tcp_packet(client, "10.0.0.2:80", {.tick = 1000, .bytes = 74, .tcp_flags = 2}));
    }
    for (int i = 0; i < flows; ++i) {
        const std::string client = "10.0.0.1:" + std::to_string(10000 + i);
        shard.add(tcp_packet("10.0.0.2:80", client, {.tick = 1010, .bytes = 74, .tcp_flags = 0x12})
        );
    }
    for (int i = 0; i < flows; ++i) {
        const std::string client = "10.0.0.1:" + std::to_string(10000 + i);
        shard.add(tcp_packet(client, "10.0.0.2:80", {.tick = 1030, .bytes = 66, .tcp_flags = 0x10})
        );
    }
    shard.finish(1030, EndReason::kEndOfInput);
}

const std::string kCore = ",0,\"10.0.0.1\",\"02:00:00:00:00:0a\",\"02:00:00\",10000,"
                          "\"10.0.0.2\",\"02:00:00:00:00:0b\",\"02:00:00\",80,6,4,0,0,"
                          "1000,1030,30,3,214,1000,1030,30,2,140,1010,1010,0,1,74";
const std::string kStatistics =
    ",66,71.33333333333333,4.618802153517006,74,66,70.0,5.656854249492381,74,74,74.0,0.0,74"
    ",10,15.0,7.0710678118654755,20,30,30.0,0.0,30,0,0.0,0.0,0"
    ",2,0,0,0,2,0,0,0,1,0,0,0,1,0,0,0,1,0,0,0,1,0,0,0";
const std::string kSequence =
    ",\"[0, 1, 0, -1, -1]\",\"[74, 74, 66, -1, -1]\",\"[0, 10, 20, -1, -1]\"";
const std::string kDissection = ",\"Unknown\",\"Unspecified\",0,0,\"\",\"\",\"\",\"\",\"\"";

TEST(Meter, RecordsWhatEachCombinationOfObserversAdds) {
    for (int combination = 0; combination < 16; ++combination) {
        const bool statistics = (combination & 1) != 0;
        const bool sequence = (combination & 2) != 0;
        const bool dissection = (combination & 4) != 0;
        SCOPED_TRACE(combination);
        MeterOptions options = options_of(statistics, sequence ? 5 : 0, dissection);
        options.layer_octets = (combination & 8) != 0;  // no column shows it
        options.dissection.guess = false;
        MeterAndRows made(options);
        add_flows(made.meter->shard(), 300);
        ASSERT_EQ(made.outlet.records().size(), 300U);
        const std::string expected = "0" + kCore + (statistics ? kStatistics : "") +
                                     (sequence ? kSequence : "") + (dissection ? kDissection : "") +
                                     "\n";
        EXPECT_EQ(made.outlet.records()[0].row, expected);
        const std::string last = made.outlet.records()[299].row;
        EXPECT_EQ(last.substr(last.find(",80,")), expected.substr(expected.find(",80,")));
    }
}

TEST(LayoutOf, PlacesStatesOneBehindTheOther) {
    const RecordLayout none = layout_of(options_of(false, 0, false));
    EXPECT_FALSE(none.statistics || none.sequence || none.application);

    const RecordLayout all = layout_of(options_of(true, 5, true));
    EXPECT_EQ(all.statistics, 0U);
    EXPECT_EQ(all.sequence, aligned_state_bytes(StatisticsObserver::state_bytes()));
    EXPECT_EQ(
        all.application,
        aligned_state_bytes(StatisticsObserver::state_bytes()) +
            aligned_state_bytes(SequenceObserver::state_bytes(5))
    );
    EXPECT_EQ(layout_of(options_of(false, 0, true)).application, 0U);

    MeterOptions octets = options_of(true, 5, true);
    octets.layer_octets = true;
    EXPECT_EQ(layout_of(octets).layer_octets, all.sequence);
    EXPECT_EQ(layout_of(octets).sequence, *all.sequence + sizeof(LayerOctets));
    EXPECT_EQ(layout_of(octets).bytes, all.bytes + sizeof(LayerOctets));
}

// An outlet that looks at what the observers left.
class OctetsOutlet final : public RecordOutlet {
public:
    explicit OctetsOutlet(const MeterOptions& options) : layout_(layout_of(options)) {}
    [[nodiscard]] bool emit(const FlowRecord& record) override {
        const RecordContext context{.layout = layout_, .application_names = nullptr};
        seen = RecordView{.record = record, .context = context}.layer_octets();
        return false;
    }
    void reached(Tick /*moment*/) override {}
    LayerOctets seen;

private:
    RecordLayout layout_;
};

TEST(Meter, CountsLayerOctetsInEveryAccountingMode) {
    for (const AccountingMode mode : {AccountingMode::kLink, AccountingMode::kPayload}) {
        MeterOptions options = options_of(true, 5, false);
        options.layer_octets = true;
        options.flow.accounting_mode = mode;
        OctetsOutlet outlet(options);
        Result<std::unique_ptr<Meter>> meter = Meter::open(options, 1000, {}, outlet);
        ASSERT_TRUE(meter);
        add_flows(meter.value()->shard(), 1);
        EXPECT_EQ(outlet.seen.frame, (std::array<std::uint64_t, 2>{140, 74}));
        EXPECT_EQ(outlet.seen.ip, (std::array<std::uint64_t, 2>{112, 60}));
        EXPECT_EQ(outlet.seen.tcp_flags, (std::array<std::uint8_t, 2>{0x12, 0x12}));
    }
}

TEST(Meter, HasApplicationNamesOnlyWithDissection) {
    EXPECT_NE(MeterAndRows(options_of(false, 0, true)).meter->application_names(), nullptr);
    EXPECT_EQ(MeterAndRows(options_of(false, 0, false)).meter->application_names(), nullptr);
}

TEST(Meter, FailsToOpenWithoutItsProtocolsFile) {
    MeterOptions options;
    options.dissection.protocols_file = "/nonexistent/protos.txt";
    test::RecordingOutlet outlet;
    Result<std::unique_ptr<Meter>> meter = Meter::open(options, 1000, {}, outlet);
    ASSERT_FALSE(meter.has_value());
    EXPECT_EQ(meter.error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace flowgauge
