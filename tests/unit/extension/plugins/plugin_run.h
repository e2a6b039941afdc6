// PluginRun: a meter whose flows have plugins, and the rows of its records.
#pragma once

#include "core/extension/part_list.h"
#include "core/meter/meter.h"
#include "extension/plugins/plugin.h"
#include "pipeline/extension_stage.h"
#include "tests/support/recording_outlet.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge::test {

// Settings of a shared object of objects/.
[[nodiscard]] inline PluginSettings settings_of(
    const std::string& object, std::map<std::string, std::string> arguments = {}
) {
    return {
        .name = object,
        .builtin = {},
        .file = std::string(FLOWGAUGE_TEST_PLUGINS) + "/" + object + ".so",
        .arguments = std::move(arguments)};
}

// Ownership: owns all of it. Thread: packets may come from any, one at a time.
class PluginRun {
public:
    explicit PluginRun(
        const std::vector<PluginSettings>& plugins, const std::string& columns = ""
    ) {
        options_.dissection.enabled = false;
        auto list = std::make_shared<PartList>();
        options_.extension = list;
        for (const PluginSettings& settings : plugins) {
            Result<std::unique_ptr<ExtensionPart>> made = make_plugin(settings, options_);
            if (!made) {
                error_ = made.error().message;
                return;
            }
            parts_.push_back(dynamic_cast<const PluginPart*>(made.value().get()));
            if (Result<void> added = list->add(std::move(made).value()); !added) {
                error_ = added.error().message;
                return;
            }
        }
        open(columns);
    }
    ~PluginRun() { finish(); }
    PluginRun(const PluginRun&) = delete;
    PluginRun& operator=(const PluginRun&) = delete;

    // Why there is none; empty if there is.
    [[nodiscard]] const std::string& error() const noexcept { return error_; }

    void add(const Packet& packet) { meter_->shard().add(packet); }

    // Every flow ends and goes.
    void finish() {
        if (meter_ != nullptr && !finished_) {
            finished_ = true;
            meter_->shard().finish(1'000'000, EndReason::kEndOfInput);
            outlet_.release_all();
        }
    }

    // The worker goes, and with it the plugin's.
    void close() {
        finish();
        meter_.reset();
        worker_.reset();
    }

    [[nodiscard]] const PluginPart& part(std::size_t place = 0) const { return *parts_[place]; }
    [[nodiscard]] PluginNumbers numbers() const { return part().numbers(); }
    [[nodiscard]] const std::vector<RecordCopy>& records() const { return outlet_.records(); }
    [[nodiscard]] const ShardCounters& counters() const { return meter_->shard().counters(); }
    [[nodiscard]] std::uint64_t packets_in_records() const {
        std::uint64_t packets = 0;
        for (const RecordCopy& record : records()) {
            packets += record.flow.all_packets();
        }
        return packets;
    }

private:
    void open(const std::string& columns) {
        Result<std::unique_ptr<FlowExtension>> worker = options_.extension->open(0);
        if (!worker) {
            error_ = worker.error().message;
            return;
        }
        worker_ = std::move(worker).value();
        context_ = {.layout = layout_of(options_), .application_names = nullptr};
        worker_->begin(context_);
        stage_ = std::make_unique<ExtensionStage>(*worker_, outlet_);
        Result<std::unique_ptr<Meter>> meter =
            Meter::open(options_, 1000, {}, *stage_, worker_.get());
        meter_ = std::move(meter).value();
        outlet_.attach(meter_->shard());
        if (!columns.empty()) {
            outlet_.encode_with(select_columns(columns, options_).value(), context_);
        }
    }

    std::string error_;
    MeterOptions options_;
    std::vector<const PluginPart*> parts_;  // of the list, in its order
    RecordContext context_;
    RecordingOutlet outlet_;
    std::unique_ptr<FlowExtension> worker_;
    std::unique_ptr<ExtensionStage> stage_;
    std::unique_ptr<Meter> meter_;
    bool finished_ = false;
};

}  // namespace flowgauge::test
