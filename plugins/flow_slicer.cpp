// flow_slicer: ends each flow with its packet number `limit`, as NFStream's FlowSlicer.
#include "plugins/builtin_plugins.h"

#include <cstdint>
#include <flowgauge/plugin.hpp>
#include <limits>

namespace flowgauge::plugins {
namespace {

class FlowSlicer {
public:
    static constexpr const char* kName = "flow_slicer";

    explicit FlowSlicer(plugin::Setup& setup)
        : limit_(
              setup.required<std::uint64_t>("limit", 1, std::numeric_limits<std::uint64_t>::max())
          ) {}

    void on_packet(const plugin::Packet& /*packet*/, plugin::Flow& flow) const {
        if (flow.packets() == limit_) {
            flow.expire();
        }
    }

private:
    std::uint64_t limit_;
};

}  // namespace

const flowgauge_plugin* flow_slicer() noexcept {
    return plugin::plugin_of<FlowSlicer>();
}

}  // namespace flowgauge::plugins
