#include "capture/network_interface.h"

#include "capture/ethtool.h"
#include "capture/system_error.h"
#include "core/base/file_descriptor.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace flowgauge {
namespace {

std::string known_names() {
    std::string text;
    for (const std::string& name : list_interfaces()) {
        text += text.empty() ? "" : ", ";
        text += name;
    }
    return text.empty() ? "none" : text;
}

// Requires: name.size() < IFNAMSIZ, which holds for every name that has an index.
ifreq request_for(const std::string& name) {
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
}

Result<void> query(int socket, unsigned int question, const char* what, ifreq& request) {
    if (::ioctl(socket, question, &request) != 0) {
        return system_error(std::string(what) + " of interface " + request.ifr_name, errno);
    }
    return {};
}

}  // namespace

std::optional<LinkType> link_type_of(std::uint16_t hardware_type) noexcept {
    switch (hardware_type) {
    case ARPHRD_ETHER:
    case ARPHRD_LOOPBACK:
        return LinkType::kEthernet;
    // Links without a header of their own: a raw socket starts at the IP header.
    case ARPHRD_NONE:
    case ARPHRD_RAWIP:
    case ARPHRD_PPP:
    case ARPHRD_TUNNEL:
    case ARPHRD_TUNNEL6:
    case ARPHRD_SIT:
    case ARPHRD_IPGRE:
        return LinkType::kRaw;
    case ARPHRD_IEEE80211:
        return LinkType::kWireless;
    case ARPHRD_IEEE80211_RADIOTAP:  // monitor mode
        return LinkType::kRadiotap;
    default:
        return std::nullopt;
    }
}

Result<NetworkInterface> find_interface(const std::string& name) {
    const unsigned int index = ::if_nametoindex(name.c_str());
    if (index == 0) {
        return Error{ErrorKind::kUsage, "no interface " + name + "; known: " + known_names()};
    }
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) {
        return system_error("socket to ask for interface " + name, errno);
    }
    NetworkInterface found;
    found.name = name;
    found.index = static_cast<int>(index);

    ifreq request = request_for(name);
    if (auto done = query(socket.get(), SIOCGIFHWADDR, "hardware type", request); !done) {
        return std::move(done).error();
    }
    found.hardware_type = request.ifr_hwaddr.sa_family;
    if (auto done = query(socket.get(), SIOCGIFFLAGS, "flags", request); !done) {
        return std::move(done).error();
    }
    const auto flags = static_cast<std::uint16_t>(request.ifr_flags);
    found.is_loopback = (flags & IFF_LOOPBACK) != 0;
    found.is_up = (flags & IFF_UP) != 0;
    if (auto done = query(socket.get(), SIOCGIFMTU, "MTU", request); !done) {
        return std::move(done).error();
    }
    found.mtu = static_cast<std::uint32_t>(request.ifr_mtu);

    const std::optional<LinkType> link_type = link_type_of(found.hardware_type);
    if (!link_type) {
        return Error{
            ErrorKind::kUsage,
            "interface " + name + " has hardware type " + std::to_string(found.hardware_type) +
                " (<linux/if_arp.h>), which is neither Ethernet nor IEEE 802.11 nor bare IP"};
    }
    found.link_type = *link_type;
    return found;
}

std::vector<std::string> list_interfaces() {
    std::vector<std::string> names;
    const auto free_list = [](struct if_nameindex* list) {
        ::if_freenameindex(list);
    };
    const std::unique_ptr<struct if_nameindex, decltype(free_list)> list(
        ::if_nameindex(), free_list
    );
    if (!list) {
        return names;
    }
    for (const struct if_nameindex* entry = list.get(); entry->if_index != 0; ++entry) {
        names.emplace_back(entry->if_name);
    }
    return names;
}

std::vector<std::string> offloads_that_falsify_sizes(const std::string& name) {
    return size_falsifying(Ethtool(name).active_features());
}

Result<void> may_capture() {
    const FileDescriptor socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    return socket ? Result<void>() : system_error("packet socket", errno);
}

std::string shell_word(std::string_view name) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@";
    if (!name.empty() && name.find_first_not_of(kPlain) == std::string_view::npos) {
        return std::string(name);
    }
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string word = "$'";
    for (const char character : name) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte < 0x20 || byte >= 0x7F) {
            word.append("\\x").append({kDigits[byte >> 4], kDigits[byte & 0x0F]});
            continue;
        }
        word += character == '\'' || character == '\\' ? "\\" : "";
        word += character;
    }
    return word + "'";
}

std::string command_against(const std::vector<std::string>& offloads, const std::string& name) {
    std::string command = "ethtool -K " + shell_word(name);
    for (const std::string& offload : offloads) {
        command += " " + offload + " off";
    }
    return command;
}

}  // namespace flowgauge
