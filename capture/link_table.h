// LinkTable: the interfaces of a network namespace, kept from the kernel's messages about them
// (rtnetlink(7)), and what each message changed.
#pragma once

#include "capture/netlink_message.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

// Interfaces that a table holds; further ones are as if they were not there.
constexpr std::size_t kLinksMax = 65'536;

struct Link {
    int index = 0;  // of the kernel; an interface that is made again gets another one
    std::string name;
    std::string alias{};       // what the administrator says of it (`ip link set alias`)
    bool is_up = false;        // set up by the administrator (IFF_UP)
    bool has_carrier = false;  // up, and its cable or peer is there (IFF_LOWER_UP)
    bool is_loopback = false;
    std::uint16_t hardware_type = 0;  // ARPHRD_*
    std::uint32_t mtu = 0;            // bytes

    friend bool operator==(const Link&, const Link&) = default;
};

enum class LinkChange : std::uint8_t {
    kAdded,
    kRemoved,  // gone, or moved to another network namespace; rings on it are dead
    kRenamed,  // rings on it go on
    kUp,
    kDown,
    kCarrier,  // link.has_carrier says which way
    kMtu,
    kDefaultRoute,  // it leads through `link` now; index 0: nowhere
};

struct LinkEvent {
    LinkChange change = LinkChange::kAdded;
    Link link;                  // as it is after this event and those in the same message
    std::string previous_name;  // of kRenamed
};

// Thread: any, one at a time. What changes several things gives an event for each, in the order of
// LinkChange. An interface whose hardware type changes (monitor mode) is removed and added: what
// its frames look like is another.
class LinkTable {
public:
    // In the order of their indices.
    [[nodiscard]] const std::vector<Link>& links() const noexcept { return links_; }

    // Nullptr when there is none.
    [[nodiscard]] const Link* find(int index) const noexcept;

    // Takes an RTM_NEWLINK or RTM_DELLINK over and appends what it changed; passes over all else,
    // and over what makes no sense.
    void apply(const NetlinkMessage& message, std::vector<LinkEvent>& events);

    // Puts `links` in place of all, and appends what is different: first what is gone, so that a
    // name that came back with another index is removed before it is added.
    void replace(std::vector<Link> links, std::vector<LinkEvent>& events);

private:
    void update(const Link& link, std::vector<LinkEvent>& events);
    void remove(int index, std::vector<LinkEvent>& events);

    std::vector<Link> links_;
};

}  // namespace flowgauge
