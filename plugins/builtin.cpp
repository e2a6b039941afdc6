#include "plugins/builtin.h"

#include "plugins/builtin_plugins.h"

#include <array>
#include <cstddef>

namespace flowgauge {
namespace {

struct Builtin {
    std::string_view name;
    const flowgauge_plugin* (*plugin)() noexcept;
};

constexpr std::array kBuiltins = {
    Builtin{"splt", &plugins::splt},
    Builtin{"flow_slicer", &plugins::flow_slicer},
    Builtin{"dhcp", &plugins::dhcp},
    Builtin{"mdns", &plugins::mdns},
    Builtin{"ja4", &plugins::ja4},
    Builtin{"wf", &plugins::wf},
};

constexpr auto kNames = [] {
    std::array<std::string_view, kBuiltins.size()> names;
    for (std::size_t i = 0; i < names.size(); ++i) {
        names[i] = kBuiltins[i].name;
    }
    return names;
}();

}  // namespace

const flowgauge_plugin* find_builtin_plugin(std::string_view name) noexcept {
    for (const Builtin& builtin : kBuiltins) {
        if (builtin.name == name) {
            return builtin.plugin();
        }
    }
    return nullptr;
}

std::span<const std::string_view> builtin_plugin_names() noexcept {
    return kNames;
}

}  // namespace flowgauge
