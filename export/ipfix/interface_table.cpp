#include "export/ipfix/interface_table.h"

#include <algorithm>

namespace flowgauge {

bool InterfaceTable::
    set(std::span<const std::uint32_t> workers,
        std::uint8_t point,
        const IpfixInterface& interface) {
    const Place place(workers.front(), point);
    {
        const std::lock_guard lock(mutex_);
        const auto known = interfaces_.find(place);
        if (known != interfaces_.end() && known->second == interface) {
            return true;
        }
        if (known == interfaces_.end() && interfaces_.size() == kInterfacesMax) {
            return false;
        }
        interfaces_[place] = interface;
        version_.fetch_add(1, std::memory_order_release);
    }
    for (const std::uint32_t worker : workers) {
        indices_[worker][point % kPointsMax].store(interface.index, std::memory_order_release);
    }
    return true;
}

// Two inputs may read one interface.
std::vector<IpfixInterface> InterfaceTable::all() const {
    std::vector<IpfixInterface> out;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [place, interface] : interfaces_) {
            out.push_back(interface);
        }
    }
    std::ranges::stable_sort(out, {}, &IpfixInterface::index);
    const auto is_same = [](const IpfixInterface& a, const IpfixInterface& b) {
        return a.index == b.index;
    };
    out.erase(std::unique(out.begin(), out.end(), is_same), out.end());
    return out;
}

}  // namespace flowgauge
