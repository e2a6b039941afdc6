// PluginInstance: a plugin with the arguments of one entry under `plugins:`, and whether it still
// runs.
#pragma once

#include "core/base/result.h"
#include "core/extension/extension_part.h"
#include "extension/plugins/plugin_file.h"
#include "extension/plugins/plugin_numbers.h"
#include "extension/plugins/plugin_settings.h"

#include <flowgauge/plugin.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {

// Numbers of one worker. Thread: written by the worker, `seconds` by the watchdog; read by any.
struct alignas(64) PluginTally {
    using Number = std::atomic<std::uint64_t>;

    static void add(Number& number) noexcept {
        number.store(number.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    std::array<Number, kPluginFunctionCount> calls{};
    Number expired_flows{0};
    Number values_of_wrong_type{0};
    std::atomic<double> seconds{0};
};

// Thread: made on the control thread; is_disabled() and fail() any. Ownership: owns the instance
// that the plugin made, and the file.
class PluginInstance {
public:
    static constexpr std::size_t kColumnsMax = 256;
    static constexpr std::size_t kFlowBytesMax = 65'536;

    // Errors (kUsage): the plugin cannot be loaded, refuses the arguments, or says what cannot be.
    [[nodiscard]] static Result<std::unique_ptr<PluginInstance>> make(const PluginSettings& settings
    );

    ~PluginInstance();
    PluginInstance(const PluginInstance&) = delete;
    PluginInstance& operator=(const PluginInstance&) = delete;

    [[nodiscard]] const PluginSettings& settings() const noexcept { return settings_; }
    [[nodiscard]] const std::string& version() const noexcept { return version_; }
    [[nodiscard]] const PluginFile& file() const noexcept { return *file_; }
    [[nodiscard]] const flowgauge_plugin& functions() const noexcept { return file_->functions(); }
    [[nodiscard]] void* handle() const noexcept { return handle_; }
    [[nodiscard]] const std::vector<ExtensionColumn>& columns() const noexcept { return columns_; }
    [[nodiscard]] std::size_t flow_bytes() const noexcept { return flow_bytes_; }

    // No function is to be called any more but discard(), cleanup() and release(): one of them
    // failed.
    [[nodiscard]] bool is_disabled() const noexcept {
        return fault_.load(std::memory_order_relaxed) != PluginFault::kNone;
    }

    // Not even these: a call was left in the middle, or was one of these itself.
    [[nodiscard]] bool is_abandoned() const noexcept {
        return abandoned_.load(std::memory_order_relaxed);
    }

    // A call failed, `what` says how: "threw: bad optional access". The first disables the plugin.
    // Allocates and locks: it happens once.
    void fail(PluginFunction function, PluginFault fault, const std::string& what);

    // A worker's numbers; they live as long as this.
    [[nodiscard]] PluginTally& add_tally();

    [[nodiscard]] PluginNumbers numbers() const;
    [[nodiscard]] std::optional<std::string> take_message();

private:
    explicit PluginInstance(PluginSettings settings) : settings_(std::move(settings)) {}
    [[nodiscard]] Result<void> configure();
    [[nodiscard]] Result<void> take_columns();
    [[nodiscard]] Result<void> take_column(const flowgauge_column& column);

    PluginSettings settings_;
    std::string version_;
    std::unique_ptr<PluginFile> file_;
    void* handle_ = nullptr;
    bool configured_ = false;
    std::vector<ExtensionColumn> columns_;
    std::size_t flow_bytes_ = 0;

    std::atomic<PluginFault> fault_{PluginFault::kNone};
    std::atomic<bool> abandoned_{false};
    std::atomic<std::uint64_t> errors_{0};

    mutable std::mutex mutex_;  // of all below; never taken for a packet, but for its failure
    std::string why_;
    bool message_taken_ = false;
    std::vector<std::unique_ptr<PluginTally>> tallies_;
};

}  // namespace flowgauge
