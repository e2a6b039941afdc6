// An extension behind all built-in observers: its values, and flows that it ends.
#include "core/extension/part_list.h"
#include "core/flow/flow_extension.h"
#include "core/meter/meter.h"
#include "tests/support/plain_packet.h"
#include "tests/support/recording_outlet.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

// Counts packets, writes down their sizes, and ends a flow with its packet number `limit`.
class SlicingPart final : public ExtensionPart {
public:
    explicit SlicingPart(std::uint64_t limit) : limit_(limit) {}

    [[nodiscard]] std::string name() const override { return "plugin slicer"; }
    [[nodiscard]] std::span<const ExtensionColumn> columns() const noexcept override {
        static const std::array kColumns{
            ExtensionColumn{"packets", ColumnType::kUnsigned, "packets", ""},
            ExtensionColumn{"sizes", ColumnType::kList, "bytes", ""}};
        return kColumns;
    }
    [[nodiscard]] std::size_t state_bytes() const noexcept override { return sizeof(Sizes); }
    [[nodiscard]] PartMoments moments() const noexcept override {
        return {.init = true, .update = true};
    }
    [[nodiscard]] Result<std::unique_ptr<PartWorker>> open(std::uint32_t /*worker*/)
        const override {
        return std::unique_ptr<PartWorker>(std::make_unique<Worker>(limit_));
    }

private:
    struct Sizes {
        std::uint64_t count = 0;
        std::array<std::int64_t, 8> bytes{};
    };

    class Worker final : public PartWorker {
    public:
        explicit Worker(std::uint64_t limit) : limit_(limit) {}
        bool init(const ExtendedFlow& flow) override { return see(flow); }
        bool update(const ExtendedFlow& flow) override { return see(flow); }

    private:
        bool see(const ExtendedFlow& flow) {
            Sizes sizes;
            std::memcpy(&sizes, flow.state, sizeof sizes);
            sizes.bytes.at(sizes.count++ % 8) = flow.packet().bytes;
            std::memcpy(flow.state, &sizes, sizeof sizes);
            EXPECT_EQ(sizes.count, flow.record.flow().all_packets());
            flow.cells[0].set_unsigned(sizes.count, flow.memory);
            flow.cells[1].set_list(std::span(sizes.bytes).first(sizes.count), flow.memory);
            return sizes.count == limit_;
        }

        std::uint64_t limit_;
    };

    std::uint64_t limit_;
};

TEST(MeterWithExtension, RecordsItsValuesAndEndsFlowsForItInEachCombinationOfObservers) {
    auto list = std::make_shared<PartList>();
    ASSERT_TRUE(list->add(std::make_unique<SlicingPart>(2)));
    for (int combination = 0; combination < 16; ++combination) {
        SCOPED_TRACE(combination);
        MeterOptions options;
        options.statistical_analysis = (combination & 1) != 0;
        options.splt_analysis = (combination & 2) != 0 ? 5 : 0;
        options.dissection.enabled = (combination & 4) != 0;
        options.layer_octets = (combination & 8) != 0;
        options.extension = list;
        Result<std::unique_ptr<FlowExtension>> extension = list->open(0);
        ASSERT_TRUE(extension);
        test::RecordingOutlet outlet;
        Result<std::unique_ptr<Meter>> meter =
            Meter::open(options, 1000, {}, outlet, extension.value().get());
        ASSERT_TRUE(meter);
        const RecordContext context{
            .layout = layout_of(options),
            .time_unit = options.flow.time_unit,
            .splt_analysis = options.splt_analysis,
            .application_names = meter.value()->application_names()};
        extension.value()->begin(context);
        FlowShard& shard = meter.value()->shard();
        outlet.attach(shard);
        outlet.encode_with(
            select_columns(
                "expiration_id,bidirectional_packets,end_reason,udps.packets,udps.sizes", options
            )
                .value(),
            context
        );
        for (Tick tick = 0; tick < 3; ++tick) {
            for (const char* client : {"10.0.0.1:1", "10.0.0.3:1"}) {
                const auto bytes = static_cast<std::uint32_t>(100 + tick);
                shard.add(test::udp_packet(client, "10.0.0.2:9", {.tick = tick, .bytes = bytes}));
            }
        }
        shard.finish(2, EndReason::kEndOfInput);
        std::string rows;
        for (const test::RecordCopy& record : outlet.records()) {
            rows += record.row;
        }
        EXPECT_EQ(
            rows,
            "-1,2,\"plugin\",2,\"[100, 101]\"\n-1,2,\"plugin\",2,\"[100, 101]\"\n"
            "0,1,\"end_of_input\",1,\"[102]\"\n0,1,\"end_of_input\",1,\"[102]\"\n"
        );
        EXPECT_EQ(shard.counters().packets_in_flows, 6U);
        EXPECT_EQ(shard.counters().flows_created, 4U);
        outlet.release_all();
    }
}

}  // namespace
}  // namespace flowgauge
