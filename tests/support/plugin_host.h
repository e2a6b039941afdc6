// Plays the host of one native plugin, with one flow at a time: tests see what it says of packets
// without a meter.
#pragma once

#include <flowgauge/plugin.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace flowgauge::test {

using PluginValue = std::variant<
    std::monostate,  // absent
    std::uint64_t,
    std::int64_t,
    double,
    std::string,
    std::vector<std::int64_t>,
    std::vector<std::string>>;

// A packet whose bytes are those of an IPv4 or IPv6 packet without options or extension headers,
// and whose sizes are as its headers say. `ip` outlives it.
[[nodiscard]] flowgauge_packet plugin_packet(
    std::span<const std::uint8_t> ip, std::uint8_t direction = 0, std::int64_t time = 1000
);

class PluginHost {
public:
    explicit PluginHost(
        const flowgauge_plugin& plugin, const std::map<std::string, std::string>& arguments = {}
    );
    ~PluginHost();
    PluginHost(const PluginHost&) = delete;
    PluginHost& operator=(const PluginHost&) = delete;

    // What configure() or open() refused, "" where the plugin runs.
    [[nodiscard]] const std::string& error() const noexcept { return error_; }
    [[nodiscard]] std::vector<std::string> column_names() const;

    // A packet of the flow; the first, also after end(), begins one. Returns whether it shall end.
    // Requires: error() is empty.
    bool packet(const flowgauge_packet& packet);

    // The flow ends; its values can be asked for until the next begins. Returns whether there was
    // one.
    bool end();

    // Requires: a column of that name.
    [[nodiscard]] const PluginValue& value(std::string_view column) const;

private:
    void begin(const flowgauge_packet& packet);
    void count(const flowgauge_packet& packet);
    [[nodiscard]] static PluginValue& cell(const flowgauge_flow* flow, std::size_t column);

    const flowgauge_plugin* plugin_;
    flowgauge_host host_{};
    std::string error_;
    void* instance_ = nullptr;
    void* worker_ = nullptr;
    std::span<const flowgauge_column> columns_;
    std::vector<PluginValue> values_;
    std::vector<std::uint64_t> state_;  // 8 bytes each, as the alignment wants
    flowgauge_flow flow_{};
    bool lives_ = false;
};

}  // namespace flowgauge::test
