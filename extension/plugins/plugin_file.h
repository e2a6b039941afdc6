// PluginFile: a shared object with a plugin, or a plugin that is compiled in.
#pragma once

#include "core/base/result.h"
#include "extension/plugins/call_watch.h"
#include "extension/plugins/plugin_settings.h"

#include <flowgauge/plugin.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {

// Thread: made on the control thread, then read by any. Ownership: unloads the object when it goes,
// unless keep() was called.
class PluginFile {
public:
    // Errors (kUsage): no such plugin, a file that is no plugin, another ABI; with what to do.
    [[nodiscard]] static Result<std::unique_ptr<PluginFile>> open(const PluginSettings& settings);

    ~PluginFile();
    PluginFile(const PluginFile&) = delete;
    PluginFile& operator=(const PluginFile&) = delete;

    // As this host knows it: functions that an older plugin does not have are null.
    [[nodiscard]] const flowgauge_plugin& functions() const noexcept { return functions_; }

    // Its own executable code; none of what is compiled in.
    [[nodiscard]] std::span<const CodeRange> code() const noexcept { return code_; }

    // For messages: the path, or "built-in NAME".
    [[nodiscard]] const std::string& place() const noexcept { return place_; }

    // Something of it may still run, or be pointed to: it stays until the process ends.
    void keep() noexcept { kept_ = true; }

private:
    PluginFile() = default;
    [[nodiscard]] Result<void> find_builtin(const std::string& name);
    [[nodiscard]] Result<void> load();
    [[nodiscard]] Result<void> take(const flowgauge_plugin* offered);

    void* handle_ = nullptr;
    bool kept_ = false;
    std::string place_;
    std::vector<CodeRange> code_;
    flowgauge_plugin functions_{};
};

}  // namespace flowgauge
