#include "capture/network_interface.h"

#include "capture/system_error.h"
#include "core/base/file_descriptor.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <limits>
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

Result<LinkType> link_type_of(std::uint16_t hardware_type, const std::string& name) {
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
        return Error{
            ErrorKind::kUsage,
            "interface " + name + " has hardware type " + std::to_string(hardware_type) +
                " (<linux/if_arp.h>), which is neither Ethernet nor IEEE 802.11 nor bare IP"};
    }
}

// The answer to a question of ethtool's, or 0 where the driver has none.
std::uint32_t ask_ethtool(int socket, const std::string& name, std::uint32_t question) {
    ethtool_value value{};
    value.cmd = question;
    ifreq request = request_for(name);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-union-access): ifreq is a union of the C API
    request.ifr_data = static_cast<char*>(static_cast<void*>(&value));
    return ::ioctl(socket, SIOCETHTOOL, &request) == 0 ? value.data : 0;
}

Result<void> query(int socket, unsigned int question, const char* what, ifreq& request) {
    if (::ioctl(socket, question, &request) != 0) {
        return system_error(std::string(what) + " of interface " + request.ifr_name, errno);
    }
    return {};
}

}  // namespace

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

    Result<LinkType> link_type = link_type_of(found.hardware_type, name);
    if (!link_type) {
        return std::move(link_type).error();
    }
    found.link_type = link_type.value();
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
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    std::vector<std::string> offloads;
    if (!socket || name.size() >= IFNAMSIZ) {
        return offloads;
    }
    struct Question {
        const char* offload;
        std::uint32_t command;
        std::uint32_t bits;
    };
    constexpr std::uint32_t kAnyBit = std::numeric_limits<std::uint32_t>::max();
    constexpr std::array kQuestions = {
        Question{"gro", ETHTOOL_GGRO, kAnyBit},
        Question{"lro", ETHTOOL_GFLAGS, ETH_FLAG_LRO},
        Question{"tso", ETHTOOL_GTSO, kAnyBit},
        Question{"gso", ETHTOOL_GGSO, kAnyBit},
    };
    for (const Question& question : kQuestions) {
        if ((ask_ethtool(socket.get(), name, question.command) & question.bits) != 0) {
            offloads.emplace_back(question.offload);
        }
    }
    return offloads;
}

}  // namespace flowgauge
