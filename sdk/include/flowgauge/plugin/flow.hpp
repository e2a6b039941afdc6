// flowgauge/plugin/flow.hpp: the flow that a plugin is called with, and the worker that it is in.
#ifndef FLOWGAUGE_PLUGIN_FLOW_HPP
#define FLOWGAUGE_PLUGIN_FLOW_HPP

#include <flowgauge/plugin.h>

#include <cstdint>
#include <flowgauge/plugin/bytes.hpp>
#include <flowgauge/plugin/columns.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge::plugin {

// The worker that a copy of the plugin is for.
class Host {
public:
    explicit Host(const flowgauge_host& host) noexcept : host_(&host) {}

    [[nodiscard]] std::uint32_t worker() const noexcept { return host_->worker; }
    [[nodiscard]] std::uint32_t ticks_per_second() const noexcept {
        return host_->ticks_per_second;  // of all times
    }

    // A built-in column or one of an earlier plugin, by its name in records; none: not in this run.
    [[nodiscard]] std::optional<OtherColumn> find(const std::string& name) const {
        const int number = host_->find_column(host_, name.c_str());
        return number < 0 ? std::nullopt : std::optional<OtherColumn>(OtherColumn(number));
    }

private:
    const flowgauge_host* host_;
};

// The flow, this packet included. Lasts as long as the call. Directions: 0 src2dst, 1 dst2src.
class Flow {
public:
    Flow(const flowgauge_flow& flow, const flowgauge_host& host, void* state) noexcept
        : flow_(&flow),
          host_(&host),
          state_(state) {}

    [[nodiscard]] std::uint8_t ip_version() const noexcept { return flow_->ip_version; }
    [[nodiscard]] std::uint8_t protocol() const noexcept { return flow_->protocol; }
    [[nodiscard]] std::uint8_t tunnel_id() const noexcept { return flow_->tunnel_id; }
    [[nodiscard]] std::uint16_t vlan_id() const noexcept { return flow_->vlan_id; }
    [[nodiscard]] Address src_ip() const noexcept { return {flow_->src_ip, ip_version()}; }
    [[nodiscard]] Address dst_ip() const noexcept { return {flow_->dst_ip, ip_version()}; }
    [[nodiscard]] std::uint16_t src_port() const noexcept { return flow_->src_port; }
    [[nodiscard]] std::uint16_t dst_port() const noexcept { return flow_->dst_port; }
    [[nodiscard]] Bytes src_mac() const noexcept { return {flow_->src_mac, 6}; }
    [[nodiscard]] Bytes dst_mac() const noexcept { return {flow_->dst_mac, 6}; }

    [[nodiscard]] int expiration_id() const noexcept { return flow_->expiration_id; }
    [[nodiscard]] std::uint64_t packets() const noexcept { return packets(0) + packets(1); }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes(0) + bytes(1); }
    [[nodiscard]] std::uint64_t packets(unsigned direction) const noexcept {
        return flow_->packets[direction];
    }
    [[nodiscard]] std::uint64_t bytes(unsigned direction) const noexcept {
        return flow_->bytes[direction];
    }
    [[nodiscard]] std::int64_t first_seen(unsigned direction) const noexcept {
        return flow_->first_seen[direction];
    }
    [[nodiscard]] std::int64_t last_seen(unsigned direction) const noexcept {
        return flow_->last_seen[direction];
    }
    // A flow's first packet goes from source to destination.
    [[nodiscard]] std::int64_t first_seen() const noexcept { return first_seen(0); }

    void set(Column<Unsigned> column, std::uint64_t value) noexcept {
        host_->set_unsigned(flow_, column.place_, value);
    }
    void set(Column<Integer> column, std::int64_t value) noexcept {
        host_->set_integer(flow_, column.place_, value);
    }
    void set(Column<Real> column, double value) noexcept {
        host_->set_real(flow_, column.place_, value);
    }
    void set(Column<Text> column, std::string_view value) {
        host_->set_text(flow_, column.place_, {value.data(), value.size()});
    }
    void set(Column<Integers> column, View<const std::int64_t> values) {
        host_->set_integers(flow_, column.place_, values.data(), values.size());
    }
    void set(Column<Integers> column, const std::vector<std::int64_t>& values) {
        set(column, View<const std::int64_t>(values.data(), values.size()));
    }
    // Of std::string or std::string_view.
    template <typename String>
    void set(Column<Texts> column, const std::vector<String>& values) {
        std::vector<flowgauge_text> texts;
        texts.reserve(values.size());
        for (const std::string_view value : values) {
            texts.push_back({value.data(), value.size()});
        }
        host_->set_texts(flow_, column.place_, texts.data(), texts.size());
    }
    template <typename Type>
    void clear(Column<Type> column) {
        host_->clear(flow_, column.place_);
    }

    // The value of another column now, where it has one of that type.
    [[nodiscard]] std::optional<std::int64_t> integer(OtherColumn column) const {
        std::int64_t value = 0;
        const bool there = host_->read_integer(flow_, column.number_, &value) != 0;
        return there ? std::optional<std::int64_t>(value) : std::nullopt;
    }
    [[nodiscard]] std::optional<double> real(OtherColumn column) const {
        double value = 0;
        const bool there = host_->read_real(flow_, column.number_, &value) != 0;
        return there ? std::optional<double>(value) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::string_view> text(OtherColumn column) const {
        flowgauge_text value{};
        const bool there = host_->read_text(flow_, column.number_, &value) != 0;
        return there ? std::optional<std::string_view>({value.data, value.size}) : std::nullopt;
    }

    template <typename T>
    [[nodiscard]] View<T> array(FlowArray<T> array) noexcept {
        // The host gives zeros aligned to 8, which are values of plain types.
        void* const memory = static_cast<unsigned char*>(state_) + array.place_;
        return {static_cast<T*>(memory), array.count_};
    }

    // The flow ends with this packet (expiration_id -1). In on_expire() it means nothing.
    void expire() noexcept { expires_ = true; }
    [[nodiscard]] bool expires() const noexcept { return expires_; }

private:
    const flowgauge_flow* flow_;
    const flowgauge_host* host_;
    void* state_;
    bool expires_ = false;
};

}  // namespace flowgauge::plugin

#endif
