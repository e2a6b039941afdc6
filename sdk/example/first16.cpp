// first16: the first bytes of payload of each flow, as hexadecimal digits.
//
//     plugins:
//       - {name: first16, file: first16.so, arguments: {bytes: 16}}
#include <cstddef>
#include <cstdint>
#include <flowgauge/plugin.hpp>
#include <string>

namespace plugin = flowgauge::plugin;

class First16 {
public:
    static constexpr const char* kName = "first16";

    explicit First16(plugin::Setup& setup)
        : bytes_(setup.optional<std::size_t>("bytes", 16, 1, 1024)),
          first_(setup.column<plugin::Text>("first_bytes", "first bytes of payload")) {}

    struct State {
        bool seen = false;
    };

    void on_packet(const plugin::Packet& packet, plugin::Flow& flow, State& state) {
        const plugin::Bytes payload = packet.payload().first(bytes_);
        if (state.seen || payload.empty()) {
            return;
        }
        state.seen = true;
        std::string digits;
        for (const std::uint8_t byte : payload) {
            digits += "0123456789abcdef"[byte >> 4];
            digits += "0123456789abcdef"[byte & 15];
        }
        flow.set(first_, digits);
    }

private:
    std::size_t bytes_;
    plugin::Column<plugin::Text> first_;
};

FLOWGAUGE_PLUGIN(First16);
