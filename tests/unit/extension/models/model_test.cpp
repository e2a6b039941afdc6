#include "extension/models/model.h"

#include "core/extension/part_list.h"
#include "extension/models/ensemble_reader.h"
#include "tests/support/made_record.h"
#include "tests/support/plain_packet.h"
#include "tests/unit/extension/models/model_files.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace flowgauge {
namespace {

using Columns = std::vector<std::string>;

std::shared_ptr<const Ensemble> ensemble_of(const std::string& text) {
    Result<std::shared_ptr<const Ensemble>> ensemble = read_ensemble(text);
    EXPECT_TRUE(ensemble) << (ensemble ? "" : ensemble.error().message);
    return ensemble ? std::move(ensemble).value() : nullptr;
}

ModelSettings asked(
    const std::string& name, Columns inputs = {}, Columns outputs = {}, std::uint64_t packets = 0
) {
    ModelSettings settings;
    settings.name = name;
    settings.file = "/nonexistent.fgm";
    settings.inputs = std::move(inputs);
    settings.outputs = std::move(outputs);
    settings.packets = packets;
    return settings;
}

class TextSink final : public ValueSink {
public:
    void unsigned_integer(std::uint64_t value) override { text_ = std::to_string(value); }
    void integer(std::int64_t value) override { text_ = std::to_string(value); }
    void real(double value) override { text_ = std::to_string(value); }
    void text(std::string_view value) override { text_ = value; }
    void list(std::span<const std::int64_t> /*values*/) override { text_ = "a list"; }
    void texts(std::span<const std::string_view> /*values*/) override { text_ = "texts"; }
    void absent() override { text_ = "absent"; }

    [[nodiscard]] const std::string& said() const { return text_; }

private:
    std::string text_;
};

// A run of models with one worker, and the flow that it has under way.
class ModelRun {
public:
    explicit ModelRun(MeterOptions options = {}) : options_(std::move(options)) {}

    // Returns why there is none, empty if there is.
    std::string add(const ModelSettings& settings, const std::string& text) {
        options_.extension = parts_;
        Result<std::unique_ptr<ExtensionPart>> part =
            make_model(settings, options_, ensemble_of(text));
        if (!part) {
            return part.error().message;
        }
        const Result<void> added = parts_->add(std::move(part).value());
        EXPECT_TRUE(added);
        return "";
    }

    void open() {
        options_.extension = parts_;
        context_ = test::context_of(options_, nullptr);
        Result<std::unique_ptr<FlowExtension>> worker = parts_->open(0);
        ASSERT_TRUE(worker);
        worker_ = std::move(worker).value();
        worker_->begin(context_);
        record_.flow().packets = {0, 0};
    }

    void close() { worker_.reset(); }

    ModelPart& model(std::size_t number = 0) {
        return dynamic_cast<ModelPart&>(*parts_->parts()[number]);
    }

    void packets(std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) {
            ++record_.flow().packets[0];
            const FlowEvent event{.packet = packet_, .flow = record_.flow()};
            std::byte* cold = cold_.data();
            EXPECT_FALSE(begun_ ? worker_->update(cold, event) : worker_->init(cold, event));
            begun_ = true;
        }
    }

    // What the columns say, of a flow that goes on.
    Columns values() {
        Columns all;
        for (const Column& column : parts_->columns()) {
            TextSink sink;
            column.read({.record = seen(), .context = context_}, sink);
            all.push_back(sink.said());
        }
        return all;
    }

    // A flow from its beginning to its end.
    Columns flow(std::uint64_t count) {
        packets(count);
        return end();
    }

    Columns end() {
        worker_->complete(seen());
        Columns all = values();
        worker_->discard(cold_.data());
        record_.flow().packets = {0, 0};
        begun_ = false;
        return all;
    }

private:
    const FlowRecord& seen() {
        view_.flow = &record_.flow();
        view_.cold = cold_.data();
        return view_;
    }

    MeterOptions options_;
    std::shared_ptr<PartList> parts_ = std::make_shared<PartList>();
    RecordContext context_;
    std::unique_ptr<FlowExtension> worker_;
    Packet packet_ = test::udp_packet("10.0.0.1:1000", "10.0.0.2:53", {.tick = 5});
    test::MadeRecord record_{MeterOptions(), std::span(&packet_, 1)};
    FlowRecord view_;
    std::vector<std::byte> cold_ = std::vector<std::byte>(4096);
    bool begun_ = false;
};

TEST(Model, PredictsWhenTheFlowEnds) {
    ModelRun run;
    ASSERT_EQ(run.add(asked("size"), test::packet_model(2)), "");
    ASSERT_EQ(
        run.add(
            asked("sizes", {}, {"size_class", "size_sure", "size_few", "size_many"}),
            test::packet_model(2)
        ),
        ""
    );
    ASSERT_EQ(run.add(asked("twice"), test::regression_model()), "");
    run.open();
    const Columns few = {"few", "few", "0.750000", "0.750000", "0.250000", "4.000000"};
    const Columns many = {"many", "many", "0.875000", "0.125000", "0.875000", "6.000000"};
    run.packets(2);
    EXPECT_EQ(run.values(), Columns(6, "absent"));
    EXPECT_EQ(run.end(), few);
    EXPECT_EQ(run.flow(3), many);
    EXPECT_EQ(run.model().name(), "model size");
    EXPECT_EQ(run.model().columns()[0].type, ColumnType::kText);
    EXPECT_EQ(run.model(2).columns()[0].type, ColumnType::kReal);
    run.close();
}

TEST(Model, PredictsWithTheNthPacketOrAtTheEndOfAShorterFlow) {
    ModelRun run;
    ASSERT_EQ(run.add(asked("third", {}, {}, 3), test::packet_model(2)), "");
    ASSERT_EQ(run.add(asked("first", {}, {}, 1), test::packet_model(2)), "");
    run.open();
    run.packets(2);
    EXPECT_EQ(run.values(), (Columns{"absent", "few"}));
    run.packets(1);
    EXPECT_EQ(run.values(), (Columns{"many", "few"}));
    run.packets(50);
    EXPECT_EQ(run.end(), (Columns{"many", "few"}));
    EXPECT_EQ(run.flow(2), (Columns{"few", "few"}));
    EXPECT_EQ(run.model(0).numbers().predictions, 2U);
    EXPECT_EQ(run.model(1).numbers().predictions, 2U);
    run.close();
}

TEST(Model, GivesClassesThatAreNumbersAsNumbers) {
    const std::string integers = test::changed(
        test::changed(test::packet_model(2, "-7"), "class many", "class 8"), "text", "integer"
    );
    ModelRun run;
    ASSERT_EQ(run.add(asked("whole"), integers), "");
    ASSERT_EQ(run.add(asked("real"), test::changed(integers, "integer", "real")), "");
    run.open();
    EXPECT_EQ(run.flow(1), (Columns{"-7", "-7.000000"}));
    EXPECT_EQ(run.flow(3), (Columns{"8", "8.000000"}));
    EXPECT_EQ(run.model().columns()[0].type, ColumnType::kInteger);
    run.close();
}

// The second reads what the first gives only with the third packet.
TEST(Model, HasNoPredictionWhereAnInputIsAbsent) {
    ModelRun run;
    ASSERT_EQ(run.add(asked("late", {}, {}, 3), test::regression_model()), "");
    ASSERT_EQ(run.add(asked("early", {}, {}, 2), test::regression_model("udps.late")), "");
    ASSERT_EQ(run.add(asked("end"), test::regression_model("udps.late")), "");
    run.open();
    EXPECT_EQ(run.flow(3), (Columns{"6.000000", "absent", "6.000000"}));
    const ModelNumbers numbers = run.model(1).numbers();
    EXPECT_EQ(numbers.absent, 1U);
    EXPECT_EQ(numbers.predictions, 0U);
    EXPECT_EQ(run.model(2).numbers().predictions, 1U);
    run.close();
}

TEST(Model, TakesOtherInputsThanTheFileNames) {
    ModelRun run;
    ASSERT_EQ(run.add(asked("port", {"dst_port", "src_port"}), test::packet_model(53)), "");
    run.open();
    EXPECT_EQ(run.flow(1), (Columns{"few"}));
    run.close();
}

TEST(Model, RefusesInputsAndOutputsThatDoNotFit) {
    struct Case {
        ModelSettings settings;
        std::string says;
    };
    const std::vector<Case> cases = {
        {asked("m", {"dst_port"}), "models.m: 1 inputs, but the file has 2"},
        {asked("m", {"dst_port", "dst_prt"}), "unknown column \"dst_prt\""},
        {asked("m", {"dst_port", "src_ip"}), "input \"src_ip\" is text, and models"},
        {asked("m", {"dst_port", "all"}), "input \"all\" is no name of a column"},
        {asked("m", {"dst_port", "dst_port,protocol"}), "is no name of a column"},
        {asked("m", {"dst_port", "id"}), "input \"id\" is the place in an output"},
        {asked("m", {"dst_port", "bidirectional_min_ps"}), "statistical_analysis"},
        {asked("m", {"dst_port", "udps.nothing"}), "unknown column"},
        {asked("m", {"dst_port", "expiration_id"}, {}, 2),
         "input \"expiration_id\" is known only when the flow has ended"},
        {asked("m", {"dst_port", "system_process_pid"}, {}, 2),
         "input \"system_process_pid\" is known only when the flow has ended"},
        {asked("m", {}, {"a", "b", "c"}), "3 outputs, but there are 1"},
        {asked("m", {}, {"a", "b", "c", "d", "e"}), "or 4 (and the probability of"}};
    MeterOptions options;
    options.attribution = true;
    for (const Case& each : cases) {
        ModelRun run(options);
        const std::string message = run.add(each.settings, test::packet_model(2));
        EXPECT_NE(message.find(each.says), std::string::npos) << each.says << ": " << message;
    }
    ModelRun run(options);
    EXPECT_NE(
        run.add(asked("m", {}, {"a", "b"}), test::regression_model())
            .find("2 outputs, but a regression gives one"),
        std::string::npos
    );
    EXPECT_EQ(run.add(asked("m", {"dst_port", "system_process_pid"}), test::packet_model(2)), "");
    EXPECT_FALSE(make_model(asked("m"), options));
}

TEST(Model, CountsPredictionsByClass) {
    ModelRun run;
    ASSERT_EQ(run.add(asked("m"), test::packet_model(2)), "");
    run.open();
    run.flow(1);
    run.flow(1);
    run.flow(3);
    const ModelNumbers numbers = run.model().numbers();
    EXPECT_EQ(numbers.model, "m");
    ASSERT_EQ(numbers.classes.size(), 2U);
    EXPECT_EQ(numbers.classes[0].name, "few");
    EXPECT_EQ(numbers.classes[0].predictions, 2U);
    EXPECT_EQ(numbers.classes[1].predictions, 1U);
    EXPECT_EQ(numbers.predictions, 3U);
    EXPECT_EQ(numbers.others, 0U);
    run.close();
}

// Numbers go on with the names: "few" and "many" stay, the 65th name is one of the others.
TEST(Model, CountsClassesBeyondTheFirstAsOthers) {
    ModelRun run;
    ASSERT_EQ(run.add(asked("m"), test::packet_model(2)), "");
    run.open();
    run.flow(3);
    for (int i = 0; i < 63; ++i) {
        const std::string name = "class" + std::to_string(i);
        ASSERT_TRUE(run.model().replace(ensemble_of(test::packet_model(2, name))));
        EXPECT_EQ(run.flow(1), Columns{name});
    }
    EXPECT_EQ(run.flow(3), Columns{"many"});
    const ModelNumbers numbers = run.model().numbers();
    EXPECT_EQ(numbers.classes.size(), ModelNumbers::kClassesMax);
    EXPECT_EQ(numbers.classes[1].predictions, 2U);
    EXPECT_EQ(numbers.classes[63].name, "class61");
    EXPECT_EQ(numbers.classes[63].predictions, 1U);
    EXPECT_EQ(numbers.others, 1U);
    EXPECT_EQ(numbers.replacements, 63U);
    run.close();
}

TEST(Model, TakesUpItsReplacementWithTheNextPrediction) {
    ModelRun run;
    ASSERT_EQ(run.add(asked("m"), test::packet_model(2)), "");
    run.open();
    run.packets(3);
    ASSERT_TRUE(run.model().replace(ensemble_of(test::packet_model(100))));
    EXPECT_EQ(run.end(), Columns{"few"});
    run.close();
}

TEST(Model, RefusesAReplacementThatDoesNotFit) {
    ModelRun run;
    ASSERT_EQ(run.add(asked("m", {}, {"a", "b", "c", "d"}), test::packet_model(2)), "");
    run.open();
    const std::vector<std::pair<std::string, std::string>> others = {
        {test::changed(test::packet_model(9), "dst_port", "src_port"), "other inputs"},
        {test::regression_model(), "other inputs"},
        {test::changed(
             test::changed(test::packet_model(9, "1"), "class many", "class 2"), "text", "integer"
         ),
         "another type of value"},
        {test::packet_model(9, "little"), "other classes, which have columns"}};
    for (const auto& [text, says] : others) {
        Result<void> replaced = run.model().replace(ensemble_of(text));
        ASSERT_FALSE(replaced);
        EXPECT_NE(replaced.error().message.find(says), std::string::npos)
            << replaced.error().message;
    }
    EXPECT_EQ(run.flow(3)[0], "many");
    EXPECT_EQ(run.model().numbers().replacements, 0U);
    run.close();
}

// What a worker predicts with is not freed under it, and each prediction is of one model whole: the
// probability belongs to the class.
TEST(Model, IsReplacedWhileItPredicts) {
    ModelRun run;
    ASSERT_EQ(run.add(asked("m", {}, {"class", "sure"}), test::packet_model(2)), "");
    run.open();
    const auto one = ensemble_of(test::packet_model(2));
    const auto two =
        ensemble_of(test::changed(test::packet_model(2, "fewer"), "= 0.75 0.25", "= 0.625 0.375"));
    constexpr std::uint64_t kReplacements = 2000;
    std::atomic<bool> ended{false};
    std::jthread replacer([&] {
        for (std::uint64_t i = 0; i < kReplacements; ++i) {
            EXPECT_TRUE(run.model().replace(i % 2 == 0 ? two : one));
            (void)run.model().numbers();
        }
        ended = true;
    });
    std::uint64_t flows = 0;
    while (!ended || flows < 10) {
        const Columns values = run.flow(1);
        EXPECT_EQ(values[1], values[0] == "few" ? "0.750000" : "0.625000");
        ++flows;
    }
    replacer.join();
    EXPECT_EQ(run.model().numbers().predictions, flows);
    EXPECT_EQ(run.model().numbers().replacements, kReplacements);
    EXPECT_EQ(run.flow(1)[0], "few");
    run.close();
}

}  // namespace
}  // namespace flowgauge
