// PluginWorker: a plugin in one worker. Every call of the plugin for packets and flows is here.
#pragma once

#include "core/base/result.h"
#include "core/extension/extension_part.h"
#include "extension/plugins/call_watch.h"
#include "extension/plugins/call_watchdog.h"
#include "extension/plugins/column_value.h"
#include "extension/plugins/plugin_instance.h"

#include <flowgauge/plugin.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// What workers of a plugin need beside it; fixed for a run.
struct PluginSurroundings {
    std::vector<Column> columns;  // that it may read: built-in ones, and those of parts before it
    std::vector<std::string> names;  // of them, as records have them
    TimeUnit time_unit = TimeUnit::kMilliseconds;
};

// Thread: open() anywhere; else the worker's. The thread may change between two calls.
class PluginWorker final : public PartWorker, private WatchedCalls {
public:
    // Bytes of the host before those of the plugin in the state of each flow: whether discard() is
    // to be called.
    [[nodiscard]] static std::size_t host_bytes(const flowgauge_plugin& functions) noexcept {
        return functions.discard == nullptr ? 0 : kStateAlignment;
    }

    // Requires: both outlive this. Errors: the plugin's open() fails, or there is no watchdog.
    [[nodiscard]] static Result<std::unique_ptr<PluginWorker>> open(
        PluginInstance& instance, const PluginSurroundings& surroundings, std::uint32_t worker
    );
    ~PluginWorker() override;
    PluginWorker(const PluginWorker&) = delete;
    PluginWorker& operator=(const PluginWorker&) = delete;

    [[nodiscard]] bool init(const ExtendedFlow& flow) override;
    [[nodiscard]] bool update(const ExtendedFlow& flow) override;
    void complete(const ExtendedFlow& flow) override;
    void discard(std::byte* state) override;

private:
    friend class PluginHost;

    PluginWorker(
        PluginInstance& instance, const PluginSurroundings& surroundings, std::uint32_t worker
    );
    [[nodiscard]] Result<void> open_plugin();

    [[nodiscard]] int see(PluginFunction function, const ExtendedFlow& flow);
    [[nodiscard]] int call(PluginFunction function, void* state);
    [[nodiscard]] int run(PluginFunction function, void* state);
    [[nodiscard]] int call_function(PluginFunction function, void* state);

    [[nodiscard]] CallWatch& watch() noexcept override { return watch_; }
    [[nodiscard]] std::chrono::nanoseconds budget_of(std::uint64_t function) const override;
    void overran(std::uint64_t function) override;
    void seen_inside(std::chrono::nanoseconds since) noexcept override;

    PluginInstance& instance_;
    const PluginSurroundings& surroundings_;
    const flowgauge_plugin& functions_;
    const std::size_t host_bytes_;
    PluginTally& tally_;
    void* worker_ = nullptr;
    bool opened_ = false;

    CallWatch watch_;
    std::shared_ptr<CallWatchdog> watchdog_;

    const ExtendedFlow* current_ = nullptr;  // of the call under way
    flowgauge_host host_{};
    flowgauge_packet packet_{};
    flowgauge_flow flow_{};
    std::vector<std::unique_ptr<ColumnValue>> values_;  // for each column, once it is read
    std::vector<std::string_view> texts_;               // used again for each list
};

}  // namespace flowgauge
