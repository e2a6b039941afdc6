#include "core/extension/part_list.h"

#include "core/meter/record_layout.h"
#include "tests/support/made_record.h"
#include "tests/support/plain_packet.h"
#include "tests/unit/core/extension/value_text.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

// What the parts were called for, in order.
using Diary = std::vector<std::string>;

// Counts packets in its state, and ends flows with a given packet.
class CountingPart final : public ExtensionPart {
public:
    struct Options {
        std::string name;
        PartMoments moments{.init = true, .update = true, .complete = true, .discard = true};
        std::uint64_t last_packet = 0;
        std::size_t columns = 1;
        Diary* diary = nullptr;
        std::string problem{};
    };

    explicit CountingPart(const Options& options) : options_(options) {
        for (std::size_t i = 0; i < options.columns; ++i) {
            const std::string number = i == 0 ? "" : "_" + std::to_string(i);
            columns_.push_back({options.name + number, ColumnType::kUnsigned, "packets", "some"});
        }
    }

    [[nodiscard]] std::string name() const override { return "plugin " + options_.name; }
    [[nodiscard]] std::span<const ExtensionColumn> columns() const noexcept override {
        return columns_;
    }
    [[nodiscard]] std::size_t state_bytes() const noexcept override { return 9; }
    [[nodiscard]] PartMoments moments() const noexcept override { return options_.moments; }
    [[nodiscard]] Result<std::unique_ptr<PartWorker>> open(std::uint32_t worker) const override {
        if (!options_.problem.empty()) {
            return Error{ErrorKind::kUsage, options_.problem};
        }
        note("open " + std::to_string(worker));
        return std::unique_ptr<PartWorker>(std::make_unique<Worker>(*this));
    }

private:
    class Worker final : public PartWorker {
    public:
        explicit Worker(const CountingPart& part) : part_(part) {}

        void begin(const RecordContext& /*context*/) override { part_.note("begin"); }
        bool init(const ExtendedFlow& flow) override {
            EXPECT_TRUE(std::ranges::all_of(flow.cells, &Cell::is_absent));
            EXPECT_EQ(std::string(reinterpret_cast<const char*>(flow.state), 9), std::string(9, 0));
            return see(flow, "init");
        }
        bool update(const ExtendedFlow& flow) override { return see(flow, "update"); }
        void complete(const ExtendedFlow& flow) override {
            part_.note("complete");
            EXPECT_EQ(flow.record.packet, nullptr);
            flow.cells.back().set_unsigned(100 + count(flow.state), flow.memory);
        }
        void discard(std::byte* state) override {
            part_.note("discard " + std::to_string(count(state)));
        }

    private:
        bool see(const ExtendedFlow& flow, const std::string& moment) {
            EXPECT_EQ(&flow.packet().flow, &flow.record.flow());
            part_.note(moment);
            const std::uint64_t packets = count(flow.state) + 1;
            std::memcpy(flow.state, &packets, sizeof packets);
            flow.state[8] = std::byte{0xff};  // next to another part's
            flow.cells[0].set_unsigned(packets, flow.memory);
            return packets == part_.options_.last_packet;
        }
        static std::uint64_t count(const std::byte* state) {
            std::uint64_t packets = 0;
            std::memcpy(&packets, state, sizeof packets);
            return packets;
        }

        const CountingPart& part_;
    };

    void note(const std::string& moment) const {
        if (options_.diary != nullptr) {
            options_.diary->push_back(options_.name + " " + moment);
        }
    }

    Options options_;
    std::vector<ExtensionColumn> columns_;
};

Result<void> add(PartList& list, const CountingPart::Options& options) {
    return list.add(std::make_unique<CountingPart>(options));
}

std::string refusal(PartList& list, const CountingPart::Options& options) {
    Result<void> added = add(list, options);
    return added ? std::string() : added.error().message;
}

TEST(PartList, NamesColumnsInTheOrderOfParts) {
    PartList list;
    ASSERT_TRUE(add(list, {.name = "b", .columns = 2}));
    ASSERT_TRUE(add(list, {.name = "_A9"}));
    std::string names;
    for (const Column& column : list.columns()) {
        names += std::string(column.name) + " ";
        EXPECT_TRUE(column.optional);
        EXPECT_TRUE(column.nfstream);
        EXPECT_EQ(column.type, ColumnType::kUnsigned);
        EXPECT_EQ(column.unit, "packets");
        EXPECT_EQ(column.meaning, "some");
    }
    EXPECT_EQ(names, "udps.b udps.b_1 udps._A9 ");
    EXPECT_EQ(list.parts().size(), 2U);
    EXPECT_EQ(list.state_bytes(), 3 * sizeof(Cell) + 2 * 16);
}

TEST(PartList, RefusesNamesThatCannotBeColumns) {
    PartList list;
    ASSERT_TRUE(add(list, {.name = "good"}));
    for (const std::string& name :
         {std::string(),
          std::string("9a"),
          std::string("a.b"),
          std::string("a b"),
          std::string("a-b"),
          std::string("\xc3\xa9"),
          std::string(129, 'a')}) {
        EXPECT_NE(refusal(list, {.name = name}).find("is no name of a column"), std::string::npos)
            << name;
    }
    EXPECT_EQ(
        refusal(list, {.name = "good"}),
        "plugin good: a column udps.good is there already; names are used once"
    );
    EXPECT_TRUE(add(list, {.name = std::string(128, 'a')}));
}

TEST(PartList, StaysAsItWasWhenItRefuses) {
    PartList list;
    ASSERT_TRUE(add(list, {.name = "x_2"}));
    EXPECT_NE(refusal(list, {.name = "x", .columns = 3}), "");
    ASSERT_EQ(list.columns().size(), 1U);
    EXPECT_EQ(list.parts().size(), 1U);
    EXPECT_EQ(list.state_bytes(), sizeof(Cell) + 16);
    EXPECT_TRUE(add(list, {.name = "x"}));
}

TEST(PartList, HoldsSoManyColumnsAndNoMore) {
    PartList list;
    ASSERT_TRUE(add(list, {.name = "a", .columns = PartList::kColumnsMax}));
    EXPECT_EQ(refusal(list, {.name = "b"}), "plugin b: more than 1024 columns");
}

// Records of it, as a shard would make them.
struct Made {
    explicit Made(std::shared_ptr<PartList> parts) { options.extension = std::move(parts); }

    std::string said(const test::MadeRecord& record) const {
        const RecordContext context = test::context_of(options, nullptr);
        std::string all;
        for (const Column& column : options.extension->columns()) {
            test::ValueText text;
            column.read(record.view(context), text);
            all += text.value + "; ";
        }
        return all;
    }

    MeterOptions options;
};

std::vector<Packet> packets(int count) {
    return std::vector<Packet>(
        static_cast<std::size_t>(count), test::udp_packet("10.0.0.1:1", "10.0.0.2:2")
    );
}

TEST(PartList, CallsPartsInTheirOrderAndKeepsTheirValuesApart) {
    Diary diary;
    auto list = std::make_shared<PartList>();
    ASSERT_TRUE(add(*list, {.name = "a", .columns = 2, .diary = &diary}));
    ASSERT_TRUE(add(*list, {.name = "b", .diary = &diary}));
    const Made run(list);
    {
        const test::MadeRecord record(run.options, packets(2));
        EXPECT_EQ(run.said(record), "unsigned 2; unsigned 102; unsigned 102; ");
    }
    EXPECT_EQ(
        diary,
        (Diary{
            "a open 0",
            "b open 0",
            "a begin",
            "b begin",
            "a init",
            "b init",
            "a update",
            "b update",
            "a complete",
            "b complete",
            "a discard 2",
            "b discard 2"})
    );
}

TEST(PartList, CallsPartsOnlyWhenTheyWantIt) {
    Diary diary;
    auto list = std::make_shared<PartList>();
    ASSERT_TRUE(add(*list, {.name = "first", .moments = {.init = true}, .diary = &diary}));
    ASSERT_TRUE(add(*list, {.name = "end", .moments = {.complete = true}, .diary = &diary}));
    ASSERT_TRUE(add(*list, {.name = "never", .moments = {}, .diary = &diary}));
    const Made run(list);
    {
        const test::MadeRecord record(run.options, packets(3));
        EXPECT_EQ(run.said(record), "unsigned 1; unsigned 100; absent; ");
    }
    diary.erase(diary.begin(), diary.begin() + 6);  // open and begin
    EXPECT_EQ(diary, (Diary{"first init", "end complete"}));
}

TEST(PartList, BeginsEachFlowAnewInMemoryThatWasUsed) {
    auto list = std::make_shared<PartList>();
    ASSERT_TRUE(add(*list, {.name = "a"}));
    const Made run(list);
    const RecordContext context = test::context_of(run.options, nullptr);
    Result<std::unique_ptr<FlowExtension>> opened = list->open(0);
    ASSERT_TRUE(opened);
    FlowExtension& extension = *opened.value();
    extension.begin(context);
    std::vector<std::uint64_t> cold(context.layout.bytes / 8 + 1, UINT64_MAX);
    auto* const bytes = reinterpret_cast<std::byte*>(cold.data());
    Flow flow;
    const Packet packet = test::udp_packet("10.0.0.1:1", "10.0.0.2:2");
    for (int i = 0; i < 2; ++i) {
        EXPECT_FALSE(extension.init(bytes, {.packet = packet, .flow = flow}));
        EXPECT_FALSE(extension.update(bytes, {.packet = packet, .flow = flow}));
        extension.discard(bytes);
    }
}

TEST(PartList, EndsAFlowWhenAnyPartWantsItAndCallsTheOthersNevertheless) {
    Diary diary;
    auto list = std::make_shared<PartList>();
    ASSERT_TRUE(add(*list, {.name = "a", .last_packet = 2, .diary = &diary}));
    ASSERT_TRUE(add(*list, {.name = "b", .diary = &diary}));
    const Made run(list);
    const RecordContext context = test::context_of(run.options, nullptr);
    Result<std::unique_ptr<FlowExtension>> opened = list->open(3);
    ASSERT_TRUE(opened);
    opened.value()->begin(context);
    std::vector<std::uint64_t> cold(context.layout.bytes / 8 + 1);
    auto* const bytes = reinterpret_cast<std::byte*>(cold.data());
    Flow flow;
    const Packet packet = test::udp_packet("10.0.0.1:1", "10.0.0.2:2");
    EXPECT_FALSE(opened.value()->init(bytes, {.packet = packet, .flow = flow}));
    EXPECT_TRUE(opened.value()->update(bytes, {.packet = packet, .flow = flow}));
    EXPECT_EQ(diary.front(), "a open 3");
    EXPECT_EQ(diary.back(), "b update");
    opened.value()->discard(bytes);
}

TEST(PartList, SaysWhichPartDoesNotStart) {
    PartList list;
    ASSERT_TRUE(add(list, {.name = "a"}));
    ASSERT_TRUE(add(list, {.name = "b", .problem = "no such file"}));
    Result<std::unique_ptr<FlowExtension>> opened = list.open(0);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().message, "no such file");
}

}  // namespace
}  // namespace flowgauge
