// flowgauge/plugin/adapter.hpp: the functions of the C interface that call the methods of a class.
#ifndef FLOWGAUGE_PLUGIN_ADAPTER_HPP
#define FLOWGAUGE_PLUGIN_ADAPTER_HPP

#include <flowgauge/plugin.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <flowgauge/plugin/flow.hpp>
#include <flowgauge/plugin/packet.hpp>
#include <flowgauge/plugin/setup.hpp>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

// How a class becomes a flowgauge_plugin.
namespace flowgauge::plugin::detail {

struct NoState {};

template <typename Plugin, typename = void>
struct StateOf {
    using Type = NoState;
};
template <typename Plugin>
struct StateOf<Plugin, std::void_t<typename Plugin::State>> {
    using Type = typename Plugin::State;
};

// Which of the methods the class has.
template <typename Plugin, typename = void>
struct HasInit : std::false_type {};
template <typename Plugin>
struct HasInit<Plugin, std::void_t<decltype(&Plugin::on_init)>> : std::true_type {};

template <typename Plugin, typename = void>
struct HasUpdate : std::false_type {};
template <typename Plugin>
struct HasUpdate<Plugin, std::void_t<decltype(&Plugin::on_update)>> : std::true_type {};

template <typename Plugin, typename = void>
struct HasPacket : std::false_type {};
template <typename Plugin>
struct HasPacket<Plugin, std::void_t<decltype(&Plugin::on_packet)>> : std::true_type {};

template <typename Plugin, typename = void>
struct HasExpire : std::false_type {};
template <typename Plugin>
struct HasExpire<Plugin, std::void_t<decltype(&Plugin::on_expire)>> : std::true_type {};

template <typename Plugin, typename = void>
struct HasOpen : std::false_type {};
template <typename Plugin>
struct HasOpen<Plugin, std::void_t<decltype(&Plugin::open)>> : std::true_type {};

template <typename Plugin, typename = void>
struct VersionOf {
    static constexpr const char* kVersion = "0";
};
template <typename Plugin>
struct VersionOf<Plugin, std::void_t<decltype(Plugin::kVersion)>> {
    static constexpr const char* kVersion = Plugin::kVersion;
};

template <typename Plugin>
class Adapter {
public:
    static const flowgauge_plugin* table() noexcept {
        static constexpr flowgauge_plugin kTable = {
            FLOWGAUGE_PLUGIN_ABI,
            static_cast<std::uint32_t>(sizeof(flowgauge_plugin)),
            Plugin::kName,
            VersionOf<Plugin>::kVersion,
            &configure,
            &columns,
            &flow_bytes,
            &open,
            kInit ? &on_init : nullptr,
            kUpdate ? &on_update : nullptr,
            HasExpire<Plugin>::value ? &on_expire : nullptr,
            std::is_trivially_destructible_v<State> ? nullptr : &discard,
            &cleanup,
            &release};
        return &kTable;
    }

private:
    using State = typename StateOf<Plugin>::Type;

    // Zeros until the state is constructed, and again when it is destroyed: nothing is called for a
    // flow whose first packet the plugin has not seen to its end.
    struct Held {
        alignas(State) std::array<unsigned char, sizeof(State)> memory;
        bool constructed;
    };
    struct Instance {
        Setup setup;
        Plugin plugin;

        Instance(const flowgauge_argument* arguments, std::size_t count)
            : setup(arguments, count, kStateBytes),
              plugin(setup) {
            setup.refuse_unknown_arguments();
        }
    };
    struct Worker {
        Plugin plugin;
        const flowgauge_host* host;
    };

    static constexpr bool kHasState = !std::is_empty_v<State>;
    static constexpr std::size_t kStateBytes = kHasState ? sizeof(Held) : 0;
    // A state that wants values at first is constructed with the first packet.
    static constexpr bool kInit = HasInit<Plugin>::value || HasPacket<Plugin>::value || kHasState;
    static constexpr bool kUpdate = HasUpdate<Plugin>::value || HasPacket<Plugin>::value;

    static_assert(
        HasInit<Plugin>::value || kUpdate || HasExpire<Plugin>::value,
        "a plugin has on_init(), on_update(), on_packet() or on_expire()"
    );
    static_assert(
        std::is_copy_constructible_v<Plugin>, "each worker has a copy of the plugin for itself"
    );
    static_assert(alignof(State) <= 8, "a flow's state is aligned to 8");
    static_assert(sizeof(Held) <= Setup::kFlowBytesMax, "a flow's state has at most 65,535 bytes");

    template <typename Action>
    static int guarded(flowgauge_error* error, Action&& action) noexcept {
        const char* said = "an exception that is no std::exception";
        try {
            std::forward<Action>(action)();
            return 0;
        } catch (const std::exception& exception) {
            tell(error, exception.what());
        } catch (...) {
            tell(error, said);
        }
        return FLOWGAUGE_ERROR;
    }
    static void tell(flowgauge_error* error, const char* message) noexcept {
        if (error != nullptr) {
            std::strncpy(error->message, message, sizeof(error->message) - 1);
            error->message[sizeof(error->message) - 1] = '\0';
        }
    }

    static int configure(
        const flowgauge_argument* arguments, size_t count, void** instance, flowgauge_error* error
    ) {
        return guarded(error, [&] { *instance = new Instance(arguments, count); });
    }
    static size_t columns(void* instance, const flowgauge_column** columns) {
        const auto& declared = static_cast<const Instance*>(instance)->setup.columns();
        *columns = declared.data();
        return declared.size();
    }
    static size_t flow_bytes(void* instance) {
        return static_cast<const Instance*>(instance)->setup.flow_bytes();
    }
    static int open(
        void* instance, const flowgauge_host* host, void** worker, flowgauge_error* error
    ) {
        return guarded(error, [&] {
            auto made = std::make_unique<Worker>(Worker{
                static_cast<const Instance*>(instance)->plugin, host});
            if constexpr (HasOpen<Plugin>::value) {
                made->plugin.open(Host(*host));
            }
            *worker = made.release();
        });
    }
    static void cleanup(void* worker) { delete static_cast<Worker*>(worker); }
    static void release(void* instance) { delete static_cast<Instance*>(instance); }

    // The state, or null: the plugin does not know the flow.
    static State* state_of(void* memory) noexcept {
        if constexpr (kHasState) {
            auto* const held = static_cast<Held*>(memory);
            return held->constructed ? std::launder(reinterpret_cast<State*>(held->memory.data()))
                                     : nullptr;
        } else {
            static State none;
            return &none;
        }
    }
    static void construct([[maybe_unused]] void* memory) {
        if constexpr (kHasState) {
            auto* const held = static_cast<Held*>(memory);
            ::new (static_cast<void*>(held->memory.data())) State();
            held->constructed = true;
        }
    }

    static int on_init(
        void* worker, void* memory, const flowgauge_packet* packet, const flowgauge_flow* flow
    ) {
        construct(memory);
        if constexpr (HasInit<Plugin>::value) {
            return packet_call(&Plugin::on_init, worker, memory, *packet, *flow);
        } else if constexpr (HasPacket<Plugin>::value) {
            return packet_call(&Plugin::on_packet, worker, memory, *packet, *flow);
        } else {
            return FLOWGAUGE_GO_ON;
        }
    }
    static int on_update(
        void* worker, void* memory, const flowgauge_packet* packet, const flowgauge_flow* flow
    ) {
        if (state_of(memory) == nullptr) {
            return FLOWGAUGE_GO_ON;
        }
        if constexpr (HasUpdate<Plugin>::value) {
            return packet_call(&Plugin::on_update, worker, memory, *packet, *flow);
        } else if constexpr (HasPacket<Plugin>::value) {
            return packet_call(&Plugin::on_packet, worker, memory, *packet, *flow);
        } else {
            return FLOWGAUGE_GO_ON;
        }
    }
    // Calls a method, which may be static and may leave the state out.
    template <typename Method, typename... Arguments>
    static void call(
        Method method, Plugin& plugin, [[maybe_unused]] State& state, Arguments&... arguments
    ) {
        if constexpr (std::is_invocable_v<Method, Plugin&, Arguments&..., State&>) {
            std::invoke(method, plugin, arguments..., state);
        } else if constexpr (std::is_invocable_v<Method, Plugin&, Arguments&...>) {
            std::invoke(method, plugin, arguments...);
        } else if constexpr (std::is_invocable_v<Method, Arguments&..., State&>) {
            method(arguments..., state);
        } else {
            method(arguments...);
        }
    }
    template <typename Method>
    static int packet_call(
        Method method,
        void* worker,
        void* memory,
        const flowgauge_packet& packet,
        const flowgauge_flow& flow
    ) {
        auto& ours = *static_cast<Worker*>(worker);
        const Packet packet_view(packet);
        Flow flow_view(flow, *ours.host, memory);
        call(method, ours.plugin, *state_of(memory), packet_view, flow_view);
        return flow_view.expires() ? FLOWGAUGE_EXPIRE : FLOWGAUGE_GO_ON;
    }
    static int on_expire(void* worker, void* memory, const flowgauge_flow* flow) {
        State* const state = state_of(memory);
        if constexpr (HasExpire<Plugin>::value) {
            if (state != nullptr) {
                auto& ours = *static_cast<Worker*>(worker);
                Flow flow_view(*flow, *ours.host, memory);
                call(&Plugin::on_expire, ours.plugin, *state, flow_view);
            }
        }
        return FLOWGAUGE_GO_ON;
    }
    static void discard(void* /*worker*/, void* memory) {
        if constexpr (kHasState) {
            if (State* const state = state_of(memory)) {
                state->~State();
                static_cast<Held*>(memory)->constructed = false;
            }
        }
    }
};

}  // namespace flowgauge::plugin::detail

#endif
