// flowgauge/plugin.hpp: a native plugin as a C++17 class. Guide: docs/PLUGINS.md.
//
//     namespace plugin = flowgauge::plugin;
//
//     class LongestGap {
//     public:
//         static constexpr const char* kName = "longest_gap";
//         explicit LongestGap(plugin::Setup& setup)
//             : gap_(setup.column<plugin::Integer>("longest_gap", "longest silence")) {}
//
//         struct State { std::int64_t gap = 0; };
//
//         void on_packet(const plugin::Packet& packet, plugin::Flow&, State& state) {
//             state.gap = std::max(state.gap, packet.delta_time());
//         }
//         void on_expire(plugin::Flow& flow, State& state) { flow.set(gap_, state.gap); }
//
//     private:
//         plugin::Column<plugin::Integer> gap_;
//     };
//     FLOWGAUGE_PLUGIN(LongestGap)
//
// The class is made once from its arguments, and copied for each worker: members are of one thread.
// Of these methods it has at least one; a last parameter State& may be left out of each:
//     on_init(const Packet&, Flow&, State&)     the first packet of a flow
//     on_update(const Packet&, Flow&, State&)   each later one
//     on_packet(const Packet&, Flow&, State&)   each packet for which there is none of those two
//     on_expire(Flow&, State&)                  the end of the flow
//     open(const Host&)                         once for each worker, before the first flow
// An exception from the constructor or open() is an error of configuration, one from the others
// disables the plugin.
//
// This header is the one to include. What a class is given lies beside it, in the order of reading:
//     plugin/setup.hpp      the constructor's Setup: columns and memory of flows; and arguments.hpp
//     plugin/columns.hpp    the types of columns
//     plugin/packet.hpp     Packet; its bytes and addresses: bytes.hpp
//     plugin/flow.hpp       Flow, what is set in it, and the Host
//     plugin/adapter.hpp    how the class becomes the functions of plugin.h
#ifndef FLOWGAUGE_PLUGIN_HPP
#define FLOWGAUGE_PLUGIN_HPP

#include <flowgauge/plugin.h>

#include <cstdint>
#include <flowgauge/plugin/adapter.hpp>
#include <flowgauge/plugin/arguments.hpp>
#include <flowgauge/plugin/bytes.hpp>
#include <flowgauge/plugin/columns.hpp>
#include <flowgauge/plugin/flow.hpp>
#include <flowgauge/plugin/packet.hpp>
#include <flowgauge/plugin/setup.hpp>

namespace flowgauge::plugin {

// A class as a plugin that is compiled in. Lasts as long as the program.
template <typename Plugin>
[[nodiscard]] const flowgauge_plugin* plugin_of() noexcept {
    return detail::Adapter<Plugin>::table();
}

}  // namespace flowgauge::plugin

// A class as the plugin of this shared object; once in it, outside of any namespace.
#define FLOWGAUGE_PLUGIN(Class)                                                                    \
    extern "C" __attribute__((visibility("default"))) const flowgauge_plugin*                      \
    flowgauge_plugin_entry(std::uint32_t host_abi);                                                \
    extern "C" const flowgauge_plugin* flowgauge_plugin_entry(std::uint32_t host_abi) {            \
        return host_abi == FLOWGAUGE_PLUGIN_ABI ? ::flowgauge::plugin::plugin_of<Class>()          \
                                                : nullptr;                                         \
    }                                                                                              \
    static_assert(true, "")

#endif
