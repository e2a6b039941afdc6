#include "tests/support/plugin_host.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace flowgauge::test {
namespace {

constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;

std::uint16_t be16_at(std::span<const std::uint8_t> bytes, std::size_t at) {
    return at + 2 <= bytes.size() ? static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]) : 0;
}

std::string text_of(flowgauge_text text) {
    return text.size == 0 ? std::string() : std::string(text.data, text.size);
}

}  // namespace

flowgauge_packet plugin_packet(
    std::span<const std::uint8_t> ip, std::uint8_t direction, std::int64_t time
) {
    flowgauge_packet packet{};
    packet.size = sizeof packet;
    packet.direction = direction;
    packet.time = time;
    packet.ip_packet = ip.data();
    packet.ip_packet_size = static_cast<std::uint32_t>(ip.size());
    packet.ip_version = ip.empty() ? std::uint8_t{4} : static_cast<std::uint8_t>(ip[0] >> 4);
    const bool v4 = packet.ip_version == 4;
    const std::size_t header = v4 ? 20 : 40;
    if (ip.size() < header) {
        return packet;
    }
    packet.protocol = ip[v4 ? 9 : 6];
    std::copy_n(ip.begin() + (v4 ? 12 : 8), v4 ? 4 : 16, packet.src_ip);
    std::copy_n(ip.begin() + (v4 ? 16 : 24), v4 ? 4 : 16, packet.dst_ip);
    packet.ip_size = packet.ip_packet_size;
    packet.raw_size = packet.ip_size + 14;
    const std::span<const std::uint8_t> transport = ip.subspan(header);
    std::size_t transport_header = 8;
    if (packet.protocol == kTcp && transport.size() >= 20) {
        transport_header = (transport[12] >> 4) * std::size_t{4};
        packet.tcp_flags = transport[13];
    }
    if ((packet.protocol == kTcp || packet.protocol == kUdp) &&
        transport.size() >= transport_header) {
        packet.src_port = be16_at(transport, 0);
        packet.dst_port = be16_at(transport, 2);
        packet.transport_size = static_cast<std::uint32_t>(transport.size());
        packet.payload_size = static_cast<std::uint32_t>(transport.size() - transport_header);
    }
    return packet;
}

PluginHost::PluginHost(
    const flowgauge_plugin& plugin, const std::map<std::string, std::string>& arguments
)
    : plugin_(&plugin) {
    host_.abi_version = FLOWGAUGE_PLUGIN_ABI;
    host_.size = sizeof host_;
    host_.ticks_per_second = 1000;
    host_.set_unsigned = [](const flowgauge_flow* flow, size_t column, uint64_t value) {
        cell(flow, column) = value;
    };
    host_.set_integer = [](const flowgauge_flow* flow, size_t column, int64_t value) {
        cell(flow, column) = value;
    };
    host_.set_real = [](const flowgauge_flow* flow, size_t column, double value) {
        cell(flow, column) = value;
    };
    host_.set_text = [](const flowgauge_flow* flow, size_t column, flowgauge_text value) {
        cell(flow, column) = text_of(value);
    };
    host_.set_integers =
        [](const flowgauge_flow* flow, size_t column, const int64_t* values, size_t count) {
            cell(flow, column) = std::vector<std::int64_t>(values, values + count);
        };
    host_.set_texts =
        [](const flowgauge_flow* flow, size_t column, const flowgauge_text* values, size_t count) {
            std::vector<std::string> texts;
            std::transform(values, values + count, std::back_inserter(texts), text_of);
            cell(flow, column) = texts;
        };
    host_.clear = [](const flowgauge_flow* flow, size_t column) {
        cell(flow, column) = std::monostate();
    };
    host_.find_column = [](const flowgauge_host* /*host*/, const char* /*name*/) {
        return -1;
    };

    std::vector<flowgauge_argument> list;
    list.reserve(arguments.size());
    for (const auto& [name, value] : arguments) {
        list.push_back({.name = name.c_str(), .value = value.c_str()});
    }
    flowgauge_error error{.size = sizeof error, .message = {}};
    if (plugin.configure(list.data(), list.size(), &instance_, &error) < 0 ||
        plugin.open(instance_, &host_, &worker_, &error) < 0) {
        error_ = error.message;
        return;
    }
    const flowgauge_column* columns = nullptr;
    const std::size_t count = plugin.columns(instance_, &columns);
    columns_ = {columns, count};
    state_.resize((plugin.flow_bytes(instance_) + 7) / 8);
}

PluginHost::~PluginHost() {
    if (lives_) {
        end();
    }
    if (worker_ != nullptr && plugin_->cleanup != nullptr) {
        plugin_->cleanup(worker_);
    }
    if (instance_ != nullptr && plugin_->release != nullptr) {
        plugin_->release(instance_);
    }
}

std::vector<std::string> PluginHost::column_names() const {
    std::vector<std::string> names;
    names.reserve(columns_.size());
    for (const flowgauge_column& column : columns_) {
        names.emplace_back(column.name);
    }
    return names;
}

void PluginHost::begin(const flowgauge_packet& packet) {
    flow_ = flowgauge_flow{};
    flow_.size = sizeof flow_;
    flow_.ip_version = packet.ip_version;
    flow_.protocol = packet.protocol;
    flow_.src_port = packet.src_port;
    flow_.dst_port = packet.dst_port;
    std::copy(std::begin(packet.src_ip), std::end(packet.src_ip), flow_.src_ip);
    std::copy(std::begin(packet.dst_ip), std::end(packet.dst_ip), flow_.dst_ip);
    flow_.host = this;
    values_.assign(columns_.size(), std::monostate());
    std::fill(state_.begin(), state_.end(), 0);
    lives_ = true;
}

void PluginHost::count(const flowgauge_packet& packet) {
    const std::size_t direction = packet.direction == 0 ? 0 : 1;
    if (flow_.packets[direction] == 0) {
        flow_.first_seen[direction] = packet.time;
    }
    flow_.last_seen[direction] = packet.time;
    ++flow_.packets[direction];
    flow_.bytes[direction] += packet.raw_size;
}

bool PluginHost::packet(const flowgauge_packet& packet) {
    const bool first = !lives_;
    if (first) {
        begin(packet);
    }
    const std::int64_t before = std::max(flow_.last_seen[0], flow_.last_seen[1]);
    flowgauge_packet seen = packet;
    seen.delta_time = first ? 0 : packet.time - before;
    count(packet);
    const auto call = first ? plugin_->on_init : plugin_->on_update;
    return call != nullptr && call(worker_, state_.data(), &seen, &flow_) == FLOWGAUGE_EXPIRE;
}

bool PluginHost::end() {
    if (!lives_) {
        return false;
    }
    if (plugin_->on_expire != nullptr) {
        plugin_->on_expire(worker_, state_.data(), &flow_);
    }
    if (plugin_->discard != nullptr) {
        plugin_->discard(worker_, state_.data());
    }
    lives_ = false;
    return true;
}

const PluginValue& PluginHost::value(std::string_view column) const {
    const auto found =
        std::find_if(columns_.begin(), columns_.end(), [&](const flowgauge_column& each) {
            return each.name == column;
        });
    if (found == columns_.end()) {
        std::abort();  // A test that asks for it is wrong.
    }
    return values_[static_cast<std::size_t>(found - columns_.begin())];
}

PluginValue& PluginHost::cell(const flowgauge_flow* flow, std::size_t column) {
    return static_cast<PluginHost*>(flow->host)->values_.at(column);
}

}  // namespace flowgauge::test
