// Whatever packets hold: the plugins that are compiled in read no byte that is not there, set no
// value past the bounds of cells, and begin a new flow as the one before.
//
// The first byte chooses plugin and arguments, the second the IP version. Then come packets: a byte
// of switches, two of length, and the bytes: what UDP or TCP carries, or a whole IP packet with
// sizes that need not be its own.
#include "plugins/builtin.h"
#include "tests/support/plugin_host.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace flowgauge {
namespace {

using Bytes = std::vector<std::uint8_t>;

void require(bool condition, const char* what) {
    if (!condition) {
        static_cast<void>(std::fprintf(stderr, "%s\n", what));
        std::abort();
    }
}

class Input {
public:
    explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    std::uint32_t number(std::size_t size) {
        std::uint32_t value = 0;
        for (const std::uint8_t byte : take(size)) {
            value = value << 8 | byte;
        }
        return value;
    }
    std::span<const std::uint8_t> take(std::size_t size) {
        const std::span<const std::uint8_t> taken = bytes_.first(std::min(size, bytes_.size()));
        bytes_ = bytes_.subspan(taken.size());
        return taken;
    }

private:
    std::span<const std::uint8_t> bytes_;
};

struct Chosen {
    std::string_view plugin;
    std::map<std::string, std::string> arguments;
};

Chosen choose(std::uint32_t number) {
    const bool more = (number & 0x80U) != 0;
    const std::array<Chosen, 6> all = {
        Chosen{"ja4", {{"ipv6", more ? "true" : "false"}}},
        Chosen{"mdns", {{"any_type", more ? "true" : "false"}}},
        Chosen{"dhcp", {}},
        Chosen{"splt", {{"sequence_length", more ? "5000" : "3"}, {"accounting_mode", "3"}}},
        Chosen{"flow_slicer", {{"limit", more ? "1" : "4"}}},
        Chosen{"wf", {{"active_timeout", "1"}, {"levels", more ? "5" : "1"}}}};
    return all[(number & 0x7fU) % all.size()];
}

// What a plugin of that name looks at: `payload` behind headers of the right ports.
class Wrapper {
public:
    Wrapper(std::string_view plugin, bool ipv6) : tcp_(plugin == "ja4"), ipv6_(ipv6) {
        ports_ = plugin == "mdns" ? Bytes{0x14, 0xe9, 0x14, 0xe9} : Bytes{0, 68, 0, 67};
    }

    [[nodiscard]] bool tcp() const { return tcp_; }

    Bytes wrap(std::span<const std::uint8_t> payload, std::size_t direction, std::uint8_t flags) {
        Bytes bytes(ipv6_ ? 40 : 20);
        bytes[0] = ipv6_ ? 0x60 : 0x45;
        bytes[ipv6_ ? 6 : 9] = tcp_ ? 6 : 17;
        bytes.insert(bytes.end(), ports_.begin(), ports_.end());
        if (tcp_) {
            for (unsigned shift = 32; shift > 0; shift -= 8) {
                bytes.push_back(static_cast<std::uint8_t>(next_[direction] >> (shift - 8)));
            }
            bytes.insert(bytes.end(), {0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0});
            next_[direction] += static_cast<std::uint32_t>(payload.size());
        } else {
            bytes.insert(bytes.end(), {0, 0, 0, 0});
        }
        bytes.insert(bytes.end(), payload.begin(), payload.end());
        return bytes;
    }

private:
    bool tcp_;
    bool ipv6_;
    Bytes ports_;
    std::array<std::uint32_t, 2> next_ = {0xfffffff0, 1};
};

// A copy of exactly its size, so that every read past it is seen.
bool give(test::PluginHost& host, const Bytes& bytes, flowgauge_packet packet) {
    const auto memory = std::make_unique<std::uint8_t[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), memory.get());
    packet.ip_packet = memory.get();
    return host.packet(packet);
}

struct ValueBounds {
    void operator()(std::monostate /*absent*/) const {}
    void operator()(std::uint64_t /*number*/) const {}
    void operator()(std::int64_t /*number*/) const {}
    void operator()(double number) const { require(number == number, "not a number"); }
    void operator()(const std::string& text) const { require(text.size() <= 65'535, "long text"); }
    void operator()(const std::vector<std::int64_t>& list) const {
        require(list.size() <= 65'535, "long list");
    }
    void operator()(const std::vector<std::string>& list) const {
        std::size_t bytes = 0;
        for (const std::string& text : list) {
            bytes += text.size();
        }
        require(list.size() <= 256 && bytes <= 65'535, "long list of texts");
    }
};

void check(const test::PluginHost& host) {
    for (const std::string& name : host.column_names()) {
        std::visit(ValueBounds(), host.value(name));
    }
}

void add_packets(test::PluginHost& host, Wrapper& wrapper, Input& input) {
    std::int64_t time = 1000;
    if (wrapper.tcp()) {
        for (const std::uint8_t flags : std::array<std::uint8_t, 3>{0x02, 0x12, 0x10}) {
            const std::size_t direction = flags == 0x12 ? 1 : 0;
            const Bytes bytes = wrapper.wrap({}, direction, flags);
            give(host, bytes, test::plugin_packet(bytes, static_cast<std::uint8_t>(direction)));
        }
    }
    while (!input.empty()) {
        const std::uint32_t switches = input.number(1);
        const auto direction = static_cast<std::uint8_t>(switches & 1U);
        const std::span<const std::uint8_t> taken = input.take(input.number(2));
        time += switches >> 4;
        const bool whole = (switches & 2U) != 0;
        const Bytes bytes =
            whole ? Bytes(taken.begin(), taken.end()) : wrapper.wrap(taken, direction, 0x10);
        flowgauge_packet packet = test::plugin_packet(bytes, direction, time);
        if (whole) {
            packet.ip_size = input.number(2);
            packet.transport_size = input.number(2);
            packet.payload_size = input.number(2);
        }
        if (give(host, bytes, packet) && host.end()) {
            check(host);
        }
    }
}

void try_input(std::span<const std::uint8_t> bytes) {
    Input input(bytes);
    const Chosen chosen = choose(input.number(1));
    Wrapper wrapper(chosen.plugin, (input.number(1) & 1U) != 0);
    test::PluginHost host(*find_builtin_plugin(chosen.plugin), chosen.arguments);
    require(host.error().empty(), "refused");
    add_packets(host, wrapper, input);
    if (host.end()) {
        check(host);
    }
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks this name up
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// NOLINTNEXTLINE(readability-identifier-naming): as above
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flowgauge::try_input({data, size});
    return 0;
}
