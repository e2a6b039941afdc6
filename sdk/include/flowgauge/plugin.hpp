// flowgauge/plugin.hpp: a native plugin as a C++17 class. Guide: docs/PLUGINS.md.
//
//     class LongestGap {
//     public:
//         static constexpr const char* kName = "longest_gap";
//         explicit LongestGap(flowgauge::plugin::Setup& setup)
//             : gap_(setup.column<flowgauge::plugin::Integer>("longest_gap", "longest silence")) {}
//
//         struct State { std::int64_t gap = 0; };
//
//         void on_packet(const flowgauge::plugin::Packet& packet, flowgauge::plugin::Flow&, State&
//         state) {
//             state.gap = std::max(state.gap, packet.delta_time());
//         }
//         void on_expire(flowgauge::plugin::Flow& flow, State& state) { flow.set(gap_, state.gap);
//         }
//
//     private:
//         flowgauge::plugin::Column<flowgauge::plugin::Integer> gap_;
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
#ifndef FLOWGAUGE_PLUGIN_HPP
#define FLOWGAUGE_PLUGIN_HPP

#include <arpa/inet.h>
#include <flowgauge/plugin.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <limits>
#include <locale>
#include <memory>
#include <new>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace flowgauge::plugin {

// What the operator reads when a plugin does not start.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// A run of values that someone else owns; in C++20 a std::span is made of it.
template <typename T>
class View {
public:
    constexpr View() noexcept = default;
    constexpr View(T* data, std::size_t size) noexcept : data_(data), size_(size) {}
    // A view of what may be changed is one of what may be read.
    template <typename Other, typename = std::enable_if_t<std::is_same_v<const Other, T>>>
    constexpr View(View<Other> other) noexcept  // NOLINT(google-explicit-constructor): see above
        : data_(other.data()),
          size_(other.size()) {}

    [[nodiscard]] constexpr T* data() const noexcept { return data_; }
    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] constexpr T* begin() const noexcept { return data_; }
    [[nodiscard]] constexpr T* end() const noexcept { return data_ + size_; }

    // Requires: place < size().
    [[nodiscard]] constexpr T& operator[](std::size_t place) const noexcept { return data_[place]; }

    // At most `count` values; fewer, or none, where there are no more.
    [[nodiscard]] constexpr View first(std::size_t count) const noexcept {
        return {data_, count < size_ ? count : size_};
    }
    [[nodiscard]] constexpr View from(std::size_t place) const noexcept {
        return place < size_ ? View(data_ + place, size_ - place) : View();
    }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

// Bytes of a packet. The numbers are big-endian, as on the wire, and 0 where bytes are missing.
class Bytes : public View<const std::uint8_t> {
public:
    using View::View;
    constexpr Bytes(View<const std::uint8_t> bytes) noexcept  // NOLINT(google-explicit-constructor)
        : View(bytes) {}

    [[nodiscard]] constexpr std::uint8_t u8(std::size_t at) const noexcept {
        return at < size() ? (*this)[at] : std::uint8_t{0};
    }
    [[nodiscard]] constexpr std::uint16_t u16(std::size_t at) const noexcept {
        return static_cast<std::uint16_t>(u8(at) << 8 | u8(at + 1));
    }
    [[nodiscard]] constexpr std::uint32_t u32(std::size_t at) const noexcept {
        return static_cast<std::uint32_t>(u16(at)) << 16 | u16(at + 2);
    }
    [[nodiscard]] constexpr Bytes first(std::size_t count) const noexcept {
        return View::first(count);
    }
    [[nodiscard]] constexpr Bytes from(std::size_t place) const noexcept {
        return View::from(place);
    }
    [[nodiscard]] std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(data()), size()};
    }
};

// An IP address: 4 bytes or 16, in network order.
class Address {
public:
    constexpr Address(const std::uint8_t* bytes, std::uint8_t ip_version) noexcept
        : bytes_(bytes, ip_version == 4 ? std::size_t{4} : std::size_t{16}) {}

    [[nodiscard]] constexpr Bytes bytes() const noexcept { return bytes_; }
    [[nodiscard]] bool is_unspecified() const noexcept {
        return std::all_of(bytes_.begin(), bytes_.end(), [](std::uint8_t byte) {
            return byte == 0;
        });
    }
    [[nodiscard]] std::string text() const {
        std::array<char, INET6_ADDRSTRLEN> out{};
        const int family = bytes_.size() == 4 ? AF_INET : AF_INET6;
        return inet_ntop(family, bytes_.data(), out.data(), static_cast<socklen_t>(out.size()));
    }

private:
    Bytes bytes_;
};

// Types of columns.
struct Unsigned {};  // std::uint64_t
struct Integer {};   // std::int64_t
struct Real {};      // double
struct Text {};      // std::string_view
struct Integers {};  // a list of std::int64_t
struct Texts {};     // a list of std::string_view

// A column of this plugin, declared with Setup::column().
template <typename Type>
class Column {
private:
    friend class Setup;
    friend class Flow;
    explicit constexpr Column(std::size_t place) noexcept : place_(place) {}

    std::size_t place_;
};

// A column of others, found with Host::find().
class OtherColumn {
private:
    friend class Host;
    friend class Flow;
    explicit constexpr OtherColumn(int number) noexcept : number_(number) {}

    int number_;
};

// Memory of each flow whose size the arguments decide, declared with Setup::array(). Zeros at
// first.
template <typename T>
class FlowArray {
    static_assert(std::is_trivial_v<T> && alignof(T) <= 8, "plain values only");

private:
    friend class Setup;
    friend class Flow;
    constexpr FlowArray(std::size_t place, std::size_t count) noexcept
        : place_(place),
          count_(count) {}

    std::size_t place_;
    std::size_t count_;
};

// What a plugin is made of: its arguments; and what it declares.
class Setup {
public:
    static constexpr std::size_t kFlowBytesMax = 65'536;

    Setup(const flowgauge_argument* arguments, std::size_t count, std::size_t state_bytes)
        : flow_bytes_(state_bytes) {
        for (std::size_t i = 0; i < count; ++i) {
            arguments_.push_back({arguments[i].name, arguments[i].value, false});
        }
    }
    ~Setup() = default;
    Setup(const Setup&) = delete;
    Setup& operator=(const Setup&) = delete;

    // The argument as bool, a number, std::string or std::vector<std::string>. Numbers lie between
    // `least` and `most`. Throws Error where it is missing or is none.
    template <typename T>
    [[nodiscard]] T required(std::string_view name) {
        const std::string* const value = find(name);
        if (value == nullptr) {
            throw Error("argument '" + std::string(name) + "' is missing");
        }
        return read<T>(name, *value);
    }
    template <typename T>
    [[nodiscard]] T required(std::string_view name, T least, T most) {
        return within(name, required<T>(name), least, most);
    }

    // The same, or `fallback` where it is missing.
    template <typename T>
    [[nodiscard]] T optional(std::string_view name, T fallback) {
        const std::string* const value = find(name);
        return value == nullptr ? fallback : read<T>(name, *value);
    }
    template <typename T>
    [[nodiscard]] T optional(std::string_view name, T fallback, T least, T most) {
        return within(name, optional<T>(name, fallback), least, most);
    }

    // "udps." and `name` in records: letters, digits and _. Each flow's value is absent until set.
    template <typename Type>
    [[nodiscard]] Column<Type> column(
        std::string_view name, std::string_view meaning, std::string_view unit = ""
    ) {
        const char* const kept_name = keep(name);
        const char* const kept_unit = keep(unit);
        columns_.push_back(
            {static_cast<std::uint32_t>(sizeof(flowgauge_column)),
             type_of<Type>(),
             kept_name,
             kept_unit,
             keep(meaning)}
        );
        return Column<Type>(columns_.size() - 1);
    }

    // Throws Error where the flow's memory would be more than kFlowBytesMax.
    template <typename T>
    [[nodiscard]] FlowArray<T> array(std::size_t count) {
        const std::size_t place = (flow_bytes_ + 7) / 8 * 8;
        if (place > kFlowBytesMax || count > (kFlowBytesMax - place) / sizeof(T)) {
            throw Error("a flow would need more than 65536 bytes of state");
        }
        flow_bytes_ = place + count * sizeof(T);
        return FlowArray<T>(place, count);
    }

    // For the framework below.
    [[nodiscard]] const std::vector<flowgauge_column>& columns() const noexcept { return columns_; }
    [[nodiscard]] std::size_t flow_bytes() const noexcept { return flow_bytes_; }

    // Throws Error where there is an argument that nobody asked for.
    void refuse_unknown_arguments() const {
        for (const Argument& argument : arguments_) {
            if (!argument.asked) {
                std::string message = "argument '" + argument.name + "' is not known; there ";
                message += asked_.empty() ? "are none" : "are: " + asked_;
                throw Error(message);
            }
        }
    }

private:
    struct Argument {
        std::string name;
        std::string value;
        bool asked;
    };

    const std::string* find(std::string_view name) {
        asked_ += (asked_.empty() ? "" : ", ") + std::string(name);
        for (Argument& argument : arguments_) {
            if (argument.name == name) {
                argument.asked = true;
                return &argument.value;
            }
        }
        return nullptr;
    }

    template <typename T>
    static T within(std::string_view name, T value, T least, T most) {
        if (value >= least && value <= most) {
            return value;
        }
        std::ostringstream message;
        message.imbue(std::locale::classic());
        message << "argument '" << name << "' is " << value << "; it lies between " << least
                << " and " << most;
        throw Error(message.str());
    }

    template <typename T>
    static T read(std::string_view name, const std::string& value) {
        if constexpr (std::is_same_v<T, std::string>) {
            return value;
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
            return split(value);
        } else if constexpr (std::is_same_v<T, bool>) {
            if (value == "true" || value == "false") {
                return value == "true";
            }
            throw bad(name, value, "true or false");
        } else if constexpr (std::is_integral_v<T>) {
            T number{};
            const char* const end = value.data() + value.size();
            const std::from_chars_result result = std::from_chars(value.data(), end, number);
            if (result.ec != std::errc() || result.ptr != end) {
                throw bad(name, value, integer_words<T>());
            }
            return number;
        } else {
            static_assert(std::is_floating_point_v<T>, "bool, number, std::string, list of these");
            std::istringstream in(value);
            in.imbue(std::locale::classic());
            T number{};
            if (!(in >> std::noskipws >> number) || in.peek() != std::char_traits<char>::eof()) {
                throw bad(name, value, "a number");
            }
            return number;
        }
    }

    template <typename T>
    static std::string integer_words() {
        return "a whole number between " + std::to_string(std::numeric_limits<T>::min()) + " and " +
               std::to_string(std::numeric_limits<T>::max());
    }

    static Error bad(std::string_view name, const std::string& value, const std::string& right) {
        Error error("argument '" + std::string(name) + "' is '" + value + "'; it is " + right);
        return error;
    }

    static std::vector<std::string> split(const std::string& value) {
        std::vector<std::string> members;
        for (std::size_t begin = 0; begin < value.size();) {
            const std::size_t comma = value.find(',', begin);
            const std::size_t end = comma == std::string::npos ? value.size() : comma;
            members.push_back(value.substr(begin, end - begin));
            begin = end + 1;
        }
        return members;
    }

    const char* keep(std::string_view text) { return texts_.emplace_back(text).c_str(); }

    template <typename Type>
    static constexpr std::uint32_t type_of() noexcept {
        if constexpr (std::is_same_v<Type, Unsigned>) {
            return FLOWGAUGE_UNSIGNED;
        } else if constexpr (std::is_same_v<Type, Integer>) {
            return FLOWGAUGE_INTEGER;
        } else if constexpr (std::is_same_v<Type, Real>) {
            return FLOWGAUGE_REAL;
        } else if constexpr (std::is_same_v<Type, Text>) {
            return FLOWGAUGE_TEXT;
        } else if constexpr (std::is_same_v<Type, Integers>) {
            return FLOWGAUGE_INTEGERS;
        } else {
            static_assert(std::is_same_v<Type, Texts>, "a type of columns, such as plugin::Text");
            return FLOWGAUGE_TEXTS;
        }
    }

    std::vector<Argument> arguments_;
    std::string asked_;
    std::deque<std::string> texts_;  // what the columns point into does not move
    std::vector<flowgauge_column> columns_;
    std::size_t flow_bytes_;
};

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

// A packet of the flow, with the names of NFStream's NFPacket. Lasts as long as the call.
class Packet {
public:
    explicit Packet(const flowgauge_packet& packet) noexcept : packet_(&packet) {}

    [[nodiscard]] std::int64_t time() const noexcept { return packet_->time; }  // since 1970 UTC
    [[nodiscard]] std::int64_t delta_time() const noexcept { return packet_->delta_time; }
    [[nodiscard]] std::uint8_t direction() const noexcept { return packet_->direction; }

    // Bytes by the headers' word, whatever was captured.
    [[nodiscard]] std::uint32_t raw_size() const noexcept { return packet_->raw_size; }
    [[nodiscard]] std::uint32_t ip_size() const noexcept { return packet_->ip_size; }
    [[nodiscard]] std::uint32_t transport_size() const noexcept { return packet_->transport_size; }
    [[nodiscard]] std::uint32_t payload_size() const noexcept { return packet_->payload_size; }

    [[nodiscard]] std::uint8_t ip_version() const noexcept { return packet_->ip_version; }
    [[nodiscard]] std::uint8_t protocol() const noexcept { return packet_->protocol; }
    [[nodiscard]] std::uint8_t tunnel_id() const noexcept { return packet_->tunnel_id; }
    [[nodiscard]] std::uint16_t vlan_id() const noexcept { return packet_->vlan_id; }
    [[nodiscard]] Address src_ip() const noexcept { return {packet_->src_ip, ip_version()}; }
    [[nodiscard]] Address dst_ip() const noexcept { return {packet_->dst_ip, ip_version()}; }
    [[nodiscard]] std::uint16_t src_port() const noexcept { return packet_->src_port; }
    [[nodiscard]] std::uint16_t dst_port() const noexcept { return packet_->dst_port; }
    [[nodiscard]] Bytes src_mac() const noexcept { return {packet_->src_mac, 6}; }
    [[nodiscard]] Bytes dst_mac() const noexcept { return {packet_->dst_mac, 6}; }

    [[nodiscard]] std::uint8_t tcp_flags() const noexcept { return packet_->tcp_flags; }
    [[nodiscard]] bool fin() const noexcept { return (packet_->tcp_flags & 0x01) != 0; }
    [[nodiscard]] bool syn() const noexcept { return (packet_->tcp_flags & 0x02) != 0; }
    [[nodiscard]] bool rst() const noexcept { return (packet_->tcp_flags & 0x04) != 0; }
    [[nodiscard]] bool psh() const noexcept { return (packet_->tcp_flags & 0x08) != 0; }
    [[nodiscard]] bool ack() const noexcept { return (packet_->tcp_flags & 0x10) != 0; }
    [[nodiscard]] bool urg() const noexcept { return (packet_->tcp_flags & 0x20) != 0; }
    [[nodiscard]] bool ece() const noexcept { return (packet_->tcp_flags & 0x40) != 0; }
    [[nodiscard]] bool cwr() const noexcept { return (packet_->tcp_flags & 0x80) != 0; }

    // What was captured: from the IP header on, with padding of the frame; from the TCP, UDP or
    // ICMP header on; what is behind that. The latter two end where the IP packet ends.
    [[nodiscard]] Bytes ip_packet() const noexcept {
        return {packet_->ip_packet, packet_->ip_packet_size};
    }
    [[nodiscard]] Bytes transport() const noexcept { return last(packet_->transport_size); }
    [[nodiscard]] Bytes payload() const noexcept { return last(packet_->payload_size); }

private:
    [[nodiscard]] Bytes last(std::uint32_t size) const noexcept {
        const std::uint32_t ip_size = packet_->ip_size;
        return size == 0 || size > ip_size ? Bytes()
                                           : ip_packet().first(ip_size).from(ip_size - size);
    }

    const flowgauge_packet* packet_;
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

// How a class becomes a flowgauge_plugin.
namespace detail {

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

}  // namespace detail

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
