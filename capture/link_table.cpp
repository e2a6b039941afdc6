#include "capture/link_table.h"

#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kAliasMax = 255;  // IFALIASZ - 1

std::string text_in(std::span<const std::uint8_t> payload, std::size_t bytes_max) {
    const auto bytes = payload.first(std::min(payload.size(), bytes_max));
    return {bytes.begin(), std::find(bytes.begin(), bytes.end(), std::uint8_t{0})};
}

// `link` as `head` and `attributes` say; what they leave out stays, as in the messages of wireless
// drivers, which have no MTU.
void read_link(const ifinfomsg& head, std::span<const std::uint8_t> attributes, Link& link) {
    link.index = head.ifi_index;
    link.hardware_type = head.ifi_type;
    link.is_up = (head.ifi_flags & IFF_UP) != 0;
    link.has_carrier = (head.ifi_flags & IFF_LOWER_UP) != 0;
    link.is_loopback = (head.ifi_flags & IFF_LOOPBACK) != 0;
    while (const auto attribute = take_attribute(attributes)) {
        if (attribute->type == IFLA_IFNAME) {
            link.name = text_in(attribute->payload, IFNAMSIZ - 1);
            link.alias.clear();  // follows if there is one
        } else if (attribute->type == IFLA_IFALIAS) {
            link.alias = text_in(attribute->payload, kAliasMax);
        } else if (attribute->type == IFLA_MTU) {
            link.mtu = load_head<std::uint32_t>(attribute->payload).value_or(link.mtu);
        }
    }
}

// Where the link of this index is in `links`, or would be.
template <typename Links>
auto place_of(Links& links, int index) noexcept {
    return std::ranges::lower_bound(links, index, {}, &Link::index);
}

void append_changes(const Link& before, const Link& after, std::vector<LinkEvent>& events) {
    const auto append = [&](bool changed, LinkChange change) {
        if (changed) {
            events.push_back({.change = change, .link = after, .previous_name = {}});
        }
    };
    if (before.name != after.name) {
        events.push_back(
            {.change = LinkChange::kRenamed, .link = after, .previous_name = before.name}
        );
    }
    append(!before.is_up && after.is_up, LinkChange::kUp);
    append(before.is_up && !after.is_up, LinkChange::kDown);
    append(before.has_carrier != after.has_carrier, LinkChange::kCarrier);
    append(before.mtu != after.mtu, LinkChange::kMtu);
}

// Whether it is the same interface for a ring.
bool is_same(const Link& left, const Link& right) noexcept {
    return left.index == right.index && left.hardware_type == right.hardware_type;
}

}  // namespace

const Link* LinkTable::find(int index) const noexcept {
    const auto place = place_of(links_, index);
    return place != links_.end() && place->index == index ? &*place : nullptr;
}

void LinkTable::apply(const NetlinkMessage& message, std::vector<LinkEvent>& events) {
    if (message.type != RTM_NEWLINK && message.type != RTM_DELLINK) {
        return;
    }
    const auto head = load_head<ifinfomsg>(message.payload);
    // A bridge tells with the same messages that it lost a port; that interface lives.
    if (!head || head->ifi_family != AF_UNSPEC || head->ifi_index <= 0) {
        return;
    }
    if (message.type == RTM_DELLINK) {
        remove(head->ifi_index, events);
        return;
    }
    const Link* const known = find(head->ifi_index);
    Link link = known != nullptr ? *known : Link{};
    read_link(*head, after_head<ifinfomsg>(message.payload), link);
    if (!link.name.empty()) {
        update(link, events);
    }
}

void LinkTable::update(const Link& link, std::vector<LinkEvent>& events) {
    auto place = place_of(links_, link.index);
    const bool is_known = place != links_.end() && place->index == link.index;
    if (is_known && is_same(*place, link)) {
        append_changes(*place, link, events);
        *place = link;
        return;
    }
    if (is_known) {
        events.push_back({.change = LinkChange::kRemoved, .link = *place, .previous_name = {}});
        *place = link;
    } else if (links_.size() < kLinksMax) {
        links_.insert(place, link);
    } else {
        return;
    }
    events.push_back({.change = LinkChange::kAdded, .link = link, .previous_name = {}});
}

void LinkTable::remove(int index, std::vector<LinkEvent>& events) {
    const auto place = place_of(links_, index);
    if (place == links_.end() || place->index != index) {
        return;
    }
    events.push_back({.change = LinkChange::kRemoved, .link = *place, .previous_name = {}});
    links_.erase(place);
}

void LinkTable::replace(std::vector<Link> links, std::vector<LinkEvent>& events) {
    std::ranges::sort(links, {}, &Link::index);
    const auto is_gone = [&](const Link& link) {
        const auto place = place_of(links, link.index);
        return place == links.end() || !is_same(*place, link);
    };
    for (const Link& link : links_) {
        if (is_gone(link)) {
            events.push_back({.change = LinkChange::kRemoved, .link = link, .previous_name = {}});
        }
    }
    std::erase_if(links_, is_gone);
    for (const Link& link : links) {
        update(link, events);
    }
}

}  // namespace flowgauge
