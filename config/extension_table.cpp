// Rows of what adds columns to records: `features`, `plugins` and `models`.
#include "config/tables.h"

namespace flowgauge {
namespace {

// clang-format off
constexpr Parameter kParameters[] = {
    {.path = "features", .type = kFormulas, .field = field<&Settings::features>(),
     .help = "columns udps.NAME that are computed, such as {packets_of_555: \"count(packet.raw_size == 555)\"}; see docs/FEATURES.md"},

    {.path = "plugins[].name", .type = kText, .field = field<&PluginSettings::name>(),
     .help = "unique; the label plugin= of metrics"},
    {.path = "plugins[].builtin", .type = kText, .field = field<&PluginSettings::builtin>(),
     .help = "one that comes along: splt, flow_slicer, dhcp, mdns, ja4 or wf; see docs/PLUGINS.md"},
    {.path = "plugins[].file", .type = kPath, .field = field<&PluginSettings::file>(),
     .help = "shared object; a name without a slash is looked for in the directory of plugins"},
    {.path = "plugins[].arguments", .type = kPairs, .field = field<&PluginSettings::arguments>(),
     .help = "what the plugin takes, such as {bytes: 16}"},
    {.path = "plugins[].budget", .type = duration(kMillisecond, kMillisecond, 60 * kSecond), .field = field<&PluginSettings::budget>(),
     .help = "how long one call may last; a plugin that takes longer is disabled"},

    {.path = "models[].name", .type = kText, .field = field<&ModelSettings::name>(),
     .help = "unique; the label model= of metrics"},
    {.path = "models[].file", .live = true, .type = kPath, .field = field<&ModelSettings::file>(),
     .help = "written by flowgauge.models.export; a reload reads it again; see docs/MODELS.md"},
    {.path = "models[].inputs", .type = kTexts, .field = field<&ModelSettings::inputs>(),
     .help = "columns, in the order of the model's; empty: those that the file names"},
    {.path = "models[].outputs", .type = kTexts, .field = field<&ModelSettings::outputs>(),
     .help = "names of its columns udps.NAME: the prediction, its probability, that of each class; empty: the model's name"},
    {.path = "models[].when", .type = or_word(integer(1, kUint32Max), "expire", 0), .field = field<&ModelSettings::packets>(),
     .help = "expire: when the flow has ended; a number: with that packet of the flow"},
};
// clang-format on

}  // namespace

std::span<const Parameter> extension_parameters() noexcept {
    return kParameters;
}

}  // namespace flowgauge
