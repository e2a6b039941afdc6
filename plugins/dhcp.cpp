// dhcp: what a client says of itself in DHCP over IPv4 (RFC 2131, RFC 2132), as NFStream's DHCP.
// A flow ends with its transaction, so that each has a record of its own.
#include "plugins/builtin_plugins.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <flowgauge/plugin.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge::plugins {
namespace {

using plugin::Bytes;

constexpr std::uint8_t kUdp = 17;
constexpr std::uint16_t kServerPort = 67;

// RFC 2131 section 2 and 3: fixed fields, 240 bytes with the cookie before the options.
constexpr std::size_t kHardwareAddressBytes = 2;
constexpr std::size_t kClientAddress = 12;
constexpr std::size_t kHardwareAddress = 28;
constexpr std::size_t kCookie = 236;
constexpr std::size_t kOptions = 240;
constexpr std::uint32_t kCookieValue = 0x63825363;

// Option 53. The words are NFStream's.
constexpr std::array<std::string_view, 9> kTypeNames = {
    "",
    "MsgType.DISCOVER",
    "MsgType.OFFER",
    "MsgType.REQUEST",
    "MsgType.DECLINE",
    "MsgType.ACK",
    "MsgType.NACK",
    "MsgType.RELEASE",
    "MsgType.INFORM"};
constexpr std::uint8_t kRequest = 3;
constexpr std::uint8_t kDecline = 4;
constexpr std::uint8_t kAck = 5;
constexpr std::uint8_t kNack = 6;
constexpr std::uint8_t kInform = 8;

// What a message holds of interest; views into it.
struct Message {
    std::uint8_t type = 0;  // 0: none that is known
    std::vector<std::int64_t> options;
    std::optional<Bytes> host_name;              // 12
    std::optional<Bytes> requested_address;      // 50
    std::optional<Bytes> parameters;             // 55
    std::optional<std::uint64_t> message_bytes;  // 57
    std::optional<Bytes> vendor_class;           // 60
    std::optional<Bytes> user_class;             // 77
};

std::optional<std::uint64_t> number_of(Bytes value) {
    if (value.empty() || value.size() > 8) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    for (const std::uint8_t byte : value) {
        number = number << 8 | byte;
    }
    return number;
}

void take_option(Message& message, std::uint8_t code, Bytes value) {
    message.options.push_back(code);
    switch (code) {
    case 12:
        if (!value.empty()) {
            message.host_name = value;
        }
        break;
    case 50:
        if (value.size() == 4) {
            message.requested_address = value;
        }
        break;
    case 53:
        message.type = value.size() == 1 && value[0] < kTypeNames.size() ? value[0] : 0;
        break;
    case 55:
        message.parameters = value;
        break;
    case 57:
        message.message_bytes = number_of(value);
        break;
    case 60:
        message.vendor_class = value;
        break;
    case 77:
        message.user_class = value;
        break;
    default:
        break;
    }
}

// Reads up to the end option, or to one that the message cuts.
void read_options(Bytes bytes, Message& message) {
    std::size_t at = 0;
    while (at < bytes.size()) {
        const std::uint8_t code = bytes[at];
        if (code == 0) {  // padding
            ++at;
            continue;
        }
        const std::size_t size = bytes.u8(at + 1);
        if (code == 255 || bytes.size() - at < 2 + size) {
            return;
        }
        take_option(message, code, bytes.from(at + 2).first(size));
        at += 2 + size;
    }
}

std::string comma_separated(Bytes values) {
    std::string text;
    for (const std::uint8_t value : values) {
        text += (text.empty() ? "" : ",") + std::to_string(value);
    }
    return text;
}

std::string first_half(Bytes mac) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < 3; ++i) {
        if (i > 0) {
            text += ':';
        }
        text += kDigits[mac.u8(i) >> 4];
        text += kDigits[mac.u8(i) & 15];
    }
    return text;
}

class Dhcp {
public:
    static constexpr const char* kName = "dhcp";

    explicit Dhcp(plugin::Setup& setup)
        : host_name_(setup.column<plugin::Text>("dhcp_12", "host name")),
          requested_address_(setup.column<plugin::Text>("dhcp_50", "address that was asked for")),
          parameters_(setup.column<plugin::Text>("dhcp_55", "parameters that were asked for")),
          message_bytes_(
              setup.column<plugin::Unsigned>("dhcp_57", "largest message of the client", "bytes")
          ),
          vendor_class_(setup.column<plugin::Text>("dhcp_60", "vendor class")),
          user_class_(setup.column<plugin::Text>("dhcp_77", "user class")),
          options_(setup.column<plugin::Integers>("dhcp_options", "options of the request")),
          address_(setup.column<plugin::Text>("dhcp_addr", "address that the client has")),
          type_(setup.column<plugin::Text>("dhcp_msg_type", "type of the first message")),
          oui_(setup.column<plugin::Text>("dhcp_oui", "vendor part of the client's MAC address")) {}

    struct State {
        bool typed = false;
    };

    void on_init(const plugin::Packet& packet, plugin::Flow& flow, State& state) {
        flow.set(options_, plugin::View<const std::int64_t>());
        on_update(packet, flow, state);
    }

    void on_update(const plugin::Packet& packet, plugin::Flow& flow, State& state) {
        if (flow.dst_port() != kServerPort || flow.ip_version() != 4 || flow.protocol() != kUdp) {
            return;
        }
        const Bytes bytes = packet.payload();
        if (bytes.size() < kOptions || bytes.u32(kCookie) != kCookieValue) {
            return;
        }
        Message message;
        read_options(bytes.from(kOptions), message);
        set_what_any_says(flow, message);
        if (message.type == kRequest) {
            set_what_requests_say(flow, bytes, message);
        }
        if (message.type != 0 && !state.typed) {
            flow.set(type_, kTypeNames[message.type]);
            state.typed = true;
        }
        constexpr std::array<std::uint8_t, 4> kLast = {kAck, kNack, kInform, kDecline};
        if (flow.src_ip().is_unspecified() ||
            std::find(kLast.begin(), kLast.end(), message.type) != kLast.end()) {
            flow.expire();
        }
    }

private:
    void set_what_any_says(plugin::Flow& flow, const Message& message) const {
        if (message.host_name) {
            flow.set(host_name_, message.host_name->text());
        }
        if (message.message_bytes) {
            flow.set(message_bytes_, *message.message_bytes);
        }
        if (message.vendor_class) {
            flow.set(vendor_class_, message.vendor_class->text());
        }
        if (message.user_class) {
            flow.set(user_class_, message.user_class->text());
        }
    }

    // Each request takes the place of the one before.
    void set_what_requests_say(plugin::Flow& flow, Bytes bytes, const Message& message) const {
        flow.set(options_, message.options);
        flow.clear(parameters_);
        if (message.parameters) {
            flow.set(parameters_, comma_separated(*message.parameters));
        }
        flow.clear(requested_address_);
        if (message.requested_address) {
            flow.set(
                requested_address_, plugin::Address(message.requested_address->data(), 4).text()
            );
        }
        if (bytes.u32(kClientAddress) != 0) {
            flow.set(address_, plugin::Address(bytes.from(kClientAddress).data(), 4).text());
        }
        if (bytes.u8(kHardwareAddressBytes) == 6) {
            flow.set(oui_, first_half(bytes.from(kHardwareAddress)));
        }
    }

    plugin::Column<plugin::Text> host_name_;
    plugin::Column<plugin::Text> requested_address_;
    plugin::Column<plugin::Text> parameters_;
    plugin::Column<plugin::Unsigned> message_bytes_;
    plugin::Column<plugin::Text> vendor_class_;
    plugin::Column<plugin::Text> user_class_;
    plugin::Column<plugin::Integers> options_;
    plugin::Column<plugin::Text> address_;
    plugin::Column<plugin::Text> type_;
    plugin::Column<plugin::Text> oui_;
};

}  // namespace

const flowgauge_plugin* dhcp() noexcept {
    return plugin::plugin_of<Dhcp>();
}

}  // namespace flowgauge::plugins
