// mdns: names that PTR records in answers of multicast DNS over IPv4 point to (RFC 1035, RFC 6762),
// as NFStream's MDNS, which takes nothing of a message with a type of record that its reader does
// not know, such as NSEC; with `any_type: true` such messages are read, too.
#include "plugins/builtin_plugins.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <flowgauge/plugin.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge::plugins {
namespace {

using plugin::Bytes;

constexpr std::uint8_t kUdp = 17;
constexpr std::uint16_t kPort = 5353;
constexpr std::uint16_t kPointer = 12;          // type PTR
constexpr std::size_t kMessageBytesMax = 9000;  // RFC 6762 section 17
constexpr std::size_t kNameBytesMax = 255;      // RFC 1035 section 2.3.4
constexpr std::size_t kJumpsMax = 32;           // of a name; each points further back
constexpr std::size_t kNamesMax = 256;          // of a flow

// Reads a name at `at`, leaves `at` behind it, and appends the labels to `name` with dots between.
// Returns false where there is none.
bool read_name(Bytes message, std::size_t& at, std::string& name) {
    std::size_t place = at;
    std::size_t before = at;  // a pointer leads to a place before this
    std::size_t jumps = 0;
    std::size_t name_bytes = 0;
    while (place < message.size()) {
        const std::size_t size = message[place];
        if (size == 0) {
            at = jumps == 0 ? place + 1 : at;
            return true;
        }
        if (size >= 0xc0) {
            const std::size_t target = message.u16(place) & 0x3fffU;
            if (message.size() - place < 2 || target >= before || jumps == kJumpsMax) {
                return false;
            }
            at = jumps == 0 ? place + 2 : at;
            ++jumps;
            before = place = target;
            continue;
        }
        name_bytes += size + 1;
        if (size >= 0x40 || name_bytes > kNameBytesMax || message.size() - place <= size) {
            return false;
        }
        if (name_bytes > size + 1) {
            name += '.';
        }
        name += message.from(place + 1).first(size).text();
        place += 1 + size;
    }
    return false;
}

// The types of records that NFStream's reader knows; it refuses a message that has another.
bool is_known_type(std::uint16_t type) {
    constexpr std::array<std::uint16_t, 12> kKnown = {1, 2, 5, 6, 10, 12, 13, 15, 16, 28, 33, 41};
    return std::find(kKnown.begin(), kKnown.end(), type) != kKnown.end();
}

struct Section {
    unsigned records = 0;
    std::vector<std::string>* pointers = nullptr;  // what its PTR records point to; null: nothing
    bool any_type = true;
};

// Reads a section at `at`, leaves `at` behind it. Returns false where it is damaged or refused.
bool read_section(Bytes message, std::size_t& at, const Section& section) {
    std::string name;
    for (unsigned left = section.records; left > 0; --left) {
        name.clear();
        if (!read_name(message, at, name) || message.from(at).size() < 10) {
            return false;
        }
        const std::uint16_t type = message.u16(at);
        std::size_t data = at + 10;
        at = data + message.u16(at + 8);
        if (at > message.size() || (!section.any_type && !is_known_type(type))) {
            return false;
        }
        if (type == kPointer && section.pointers != nullptr &&
            !read_name(message, data, section.pointers->emplace_back())) {
            return false;
        }
    }
    return true;
}

// The names that answers point to, in the order of the message. Returns false where it is damaged.
bool read_pointers(Bytes message, bool any_type, std::vector<std::string>& names) {
    names.clear();
    if (message.size() < 12 || message.size() > kMessageBytesMax) {
        return false;
    }
    std::size_t at = 12;
    std::string question;
    for (unsigned left = message.u16(4); left > 0; --left) {
        question.clear();
        if (!read_name(message, at, question) || message.from(at).size() < 4) {
            return false;
        }
        at += 4;
    }
    const Section answers{message.u16(6), &names, any_type};
    if (!read_section(message, at, answers)) {
        return false;
    }
    const Section rest{unsigned{message.u16(8)} + message.u16(10), nullptr, any_type};
    return any_type || read_section(message, at, rest);
}

class Mdns {
public:
    static constexpr const char* kName = "mdns";

    explicit Mdns(plugin::Setup& setup)
        : any_type_(setup.optional<bool>("any_type", false)),
          pointers_(setup.column<plugin::Texts>("mdns_ptr", "names that answers point to")) {}

    struct State {
        std::vector<std::string> names;  // each once, in the order of their first packets
    };

    void on_packet(const plugin::Packet& packet, plugin::Flow& flow, State& state) {
        if (flow.dst_port() != kPort || flow.ip_version() != 4 || flow.protocol() != kUdp) {
            return;
        }
        if (!read_pointers(packet.payload(), any_type_, read_)) {
            return;
        }
        for (std::string& name : read_) {
            if (state.names.size() == kNamesMax) {
                return;
            }
            std::replace(name.begin(), name.end(), ',', ' ');
            if (std::find(state.names.begin(), state.names.end(), name) == state.names.end()) {
                state.names.push_back(name);
            }
        }
    }

    void on_expire(plugin::Flow& flow, State& state) { flow.set(pointers_, state.names); }

private:
    bool any_type_;
    plugin::Column<plugin::Texts> pointers_;
    std::vector<std::string> read_;  // of the packet
};

}  // namespace

const flowgauge_plugin* mdns() noexcept {
    return plugin::plugin_of<Mdns>();
}

}  // namespace flowgauge::plugins
