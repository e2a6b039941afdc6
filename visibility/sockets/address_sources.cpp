#include "visibility/sockets/address_sources.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>

namespace flowgauge {
namespace {

bool append(std::vector<LocalAddress>& list, const LocalAddress& address) {
    if (list.size() >= kLocalAddressesMax) {
        return false;
    }
    list.push_back(address);
    return true;
}

std::optional<LocalAddress> address_of(std::span<const std::uint8_t> body) noexcept {
    if (body.size() < sizeof(ifaddrmsg)) {
        return std::nullopt;
    }
    const auto message = load<ifaddrmsg>(body);
    const std::size_t size = message.ifa_family == AF_INET ? 4 : 16;
    if (message.ifa_family != AF_INET && message.ifa_family != AF_INET6) {
        return std::nullopt;
    }
    // Of a point-to-point link IFA_ADDRESS is the other end, and IFA_LOCAL is ours.
    std::span<const std::uint8_t> found;
    walk_attributes(
        behind(body, sizeof message),
        [&](unsigned type, std::span<const std::uint8_t> value) {
            if (value.size() >= size &&
                (type == IFA_LOCAL || (type == IFA_ADDRESS && found.empty()))) {
                found = value;
            }
        }
    );
    if (found.empty()) {
        return std::nullopt;
    }
    return LocalAddress{
        .address = size == 4 ? ipv4_address(found.data()) : ipv6_address(found.data()),
        .ip_version = static_cast<std::uint8_t>(size == 4 ? 4 : 6)};
}

// The next line without its end; `text` goes on behind it.
std::string_view next_line(std::string_view& text) noexcept {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (line.starts_with(' ')) {
        line.remove_prefix(1);
    }
    return line;
}

std::optional<std::uint64_t> hex64(std::string_view digits) noexcept {
    std::uint64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, value, 16);
    if (error != std::errc() || stopped != end) {
        return std::nullopt;
    }
    return value;
}

}  // namespace

std::vector<std::uint8_t> addresses_request(std::uint32_t sequence) {
    struct Request {
        nlmsghdr header;
        ifaddrmsg body;
    };
    Request request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = RTM_GETADDR;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.header.nlmsg_seq = sequence;
    request.body.ifa_family = AF_UNSPEC;
    std::vector<std::uint8_t> bytes(sizeof request);
    std::memcpy(bytes.data(), &request, bytes.size());
    return bytes;
}

DumpOutcome read_addresses(
    std::span<const std::uint8_t> piece,
    std::uint32_t sequence,
    std::uint32_t name_space,
    std::vector<LocalAddress>& list
) {
    return walk_messages(
        piece,
        sequence,
        [&](std::uint16_t type, std::span<const std::uint8_t> body) {
            std::optional<LocalAddress> address;
            if (type == RTM_NEWADDR) {
                address = address_of(body);
            }
            if (!address) {
                return true;
            }
            address->name_space = name_space;
            return append(list, *address);
        }
    );
}

bool parse_if_inet6(
    std::string_view lines, std::uint32_t name_space, std::vector<LocalAddress>& list
) {
    constexpr std::size_t kHalf = 16;  // digits
    while (!lines.empty()) {
        const std::string_view line = next_line(lines);
        const auto high = hex64(line.substr(0, kHalf));
        const auto low = line.size() > 2 * kHalf && line[2 * kHalf] == ' '
                             ? hex64(line.substr(kHalf, kHalf))
                             : std::nullopt;
        if (high && low &&
            !append(
                list,
                {.address = {.high = *high, .low = *low}, .ip_version = 6, .name_space = name_space}
            )) {
            return false;
        }
    }
    return true;
}

bool FibTrieParser::parse(
    std::string_view lines, std::uint32_t name_space, std::vector<LocalAddress>& list
) {
    constexpr std::string_view kLeaf = "|-- ";
    while (!lines.empty()) {
        const std::string_view line = next_line(lines);
        if (line.starts_with(kLeaf)) {
            std::array<std::uint8_t, 4> bytes{};
            const std::string text(line.substr(kLeaf.size()));
            leaf_.reset();
            if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
                leaf_ = ipv4_address(bytes.data());
            }
        } else if (leaf_ && line.starts_with("/32 host LOCAL") && !append(list, {.address = *leaf_, .ip_version = 4, .name_space = name_space})) {
            return false;
        }
    }
    return true;
}

}  // namespace flowgauge
