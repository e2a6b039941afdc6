// FeatureRun: computed features on packets that go through a meter, and what they say as text.
#pragma once

#include "core/base/format.h"
#include "core/extension/part_list.h"
#include "core/meter/meter.h"
#include "core/record/column.h"
#include "extension/features/feature.h"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge::test {

// Says a value as "7", "0.5", "'text'", "[1, 2]", "['a', 'b']" or "absent".
class ValueText final : public ValueSink {
public:
    void unsigned_integer(std::uint64_t value) override { text_ = format("{}", value); }
    void integer(std::int64_t value) override { text_ = format("{}", value); }
    void real(double value) override { text_ = format("{}", value); }
    void text(std::string_view value) override { text_ = format("'{}'", value); }
    void list(std::span<const std::int64_t> values) override {
        text_ = format("[{}]", join(values, ", "));
    }
    void texts(std::span<const std::string_view> values) override {
        text_ = format("['{}']", join(values, "', '"));
    }
    void absent() override { text_ = "absent"; }

    [[nodiscard]] std::string take() { return std::exchange(text_, {}); }

private:
    std::string text_;
};

using FeatureValues = std::map<std::string, std::string>;  // by the name behind "udps."

// Stays where it is.
class FeatureRun final : public RecordOutlet {
public:
    struct Record {
        FlowKey key;
        FeatureValues values;
    };

    explicit FeatureRun(MeterOptions options = without_dissection())
        : options_(std::move(options)) {
        options_.extension = list_;
    }

    [[nodiscard]] static MeterOptions without_dissection() {
        MeterOptions options;
        options.dissection.enabled = false;
        return options;
    }

    // Takes any part up. Returns why not, or nothing.
    std::string add(std::unique_ptr<ExtensionPart> part) {
        Result<void> added = list_->add(std::move(part));
        return added ? std::string() : added.error().message;
    }
    std::string add(const std::string& name, const std::string& expression) {
        Result<std::unique_ptr<ExtensionPart>> made =
            make_feature({.name = name, .expression = expression}, options_);
        return made ? add(std::move(made).value()) : made.error().message;
    }

    // Plays packets and ends their flows.
    const std::vector<Record>& play(std::span<const Packet> packets) {
        extension_ = list_->open(0).value();
        std::unique_ptr<Meter> meter =
            Meter::open(options_, 1000, {}, *this, extension_.get()).value();
        context_ = {
            .layout = layout_of(options_),
            .time_unit = options_.flow.time_unit,
            .splt_analysis = options_.splt_analysis,
            .application_names = meter->application_names()};
        extension_->begin(context_);
        records_.clear();
        Tick last = 0;
        for (const Packet& packet : packets) {
            meter->shard().add(packet);
            last = packet.tick;
        }
        meter->shard().finish(last, EndReason::kEndOfInput);
        return records_;
    }

    [[nodiscard]] std::span<const Column> columns() const { return list_->columns(); }

    // Reads the features and refuses the record, so that its flow is given back at once.
    [[nodiscard]] bool emit(const FlowRecord& record) override {
        extension_->complete(record);
        Record& copy = records_.emplace_back(Record{.key = record.flow->key, .values = {}});
        for (const Column& column : list_->columns()) {
            ValueText text;
            column.read({.record = record, .context = context_}, text);
            copy.values[std::string(column.name.substr(5))] = text.take();
        }
        return false;
    }
    void reached(Tick /*moment*/) override {}

private:
    MeterOptions options_;
    std::shared_ptr<PartList> list_ = std::make_shared<PartList>();
    std::unique_ptr<FlowExtension> extension_;
    RecordContext context_;
    std::vector<Record> records_;
};

// What one feature is after the packets of one flow, or why it is none.
[[nodiscard]] inline std::string feature_of(
    const std::string& expression, std::span<const Packet> packets
) {
    FeatureRun run;
    const std::string problem = run.add("it", expression);
    return problem.empty() ? run.play(packets).at(0).values.at("it") : problem;
}

}  // namespace flowgauge::test
