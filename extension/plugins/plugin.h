// make_plugin(): a native plugin, built in or from a shared object, as a part of flows.
//
// The plugin is trusted not to write where it may not: it runs in this process. What is contained
// is what goes wrong by mistake. A function that throws, returns an error or lasts longer than the
// time budget disables the plugin for all workers; flows go on without it. Of a shared object one
// that loops is interrupted; what it held is lost (extension/plugins/call_watch.h).
#pragma once

#include "core/base/result.h"
#include "core/extension/extension_part.h"
#include "core/meter/meter_options.h"
#include "extension/plugins/plugin_numbers.h"
#include "extension/plugins/plugin_settings.h"

#include <memory>
#include <optional>
#include <string>

namespace flowgauge {

// Found among the parts of a PartList by dynamic_cast.
class PluginPart : public ExtensionPart {
public:
    [[nodiscard]] virtual const PluginSettings& settings() const noexcept = 0;

    // The version that the plugin says it has.
    [[nodiscard]] virtual const std::string& version() const noexcept = 0;

    // What it has done so far. Thread: any.
    [[nodiscard]] virtual PluginNumbers numbers() const = 0;

    // What is to be logged as a warning, once: at most one message, when the plugin is disabled.
    // Thread: any.
    [[nodiscard]] virtual std::optional<std::string> take_message() const = 0;
};

// Where plugins of the package lie.
[[nodiscard]] std::string plugin_directory();

// Loads and configures the plugin. `options.extension` is the list so far, whose columns it may
// read. Errors: "plugins.NAME: FILE: ..." with cause and remedy. Thread: the control thread; the
// plugin's configure() is not bounded in time.
[[nodiscard]] Result<std::unique_ptr<ExtensionPart>> make_plugin(
    const PluginSettings& settings, const MeterOptions& options
);

}  // namespace flowgauge
