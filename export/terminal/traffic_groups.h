// TrafficGroups: sums of the records of each application, or of each protocol and port.
#pragma once

#include "core/record/column.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace flowgauge {

struct TrafficSum {
    std::uint64_t flows = 0;
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;

    void add(const TrafficSum& other) noexcept {
        flows += other.flows;
        packets += other.packets;
        bytes += other.bytes;
    }
};

// What records have in common.
struct GroupKey {
    std::uint16_t first = 0;   // nDPI's carrying protocol, or the IP protocol
    std::uint16_t second = 0;  // nDPI's application, or the lower of the two ports

    friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
};

// The group of an application. One name, one group: "DNS" may stand as master, as application, or
// as both (ApplicationNames::application).
[[nodiscard]] GroupKey group_of(const Application& application) noexcept;

// The group of a record: its application if there was dissection.
[[nodiscard]] GroupKey group_of(const RecordView& view) noexcept;

// Enough for every group without dissection: two protocols of 65,536 ports, 254 without any.
constexpr std::size_t kGroupsMax = 2 * 65536 + 254;

// Thread: the sink's. Cost: a look-up a record; 64 bytes or so a group.
class TrafficGroups {
public:
    struct Group {
        GroupKey key;
        TrafficSum sum;
    };

    explicit TrafficGroups(std::size_t groups_max = kGroupsMax) : groups_max_(groups_max) {}

    // Adds to the group of `key`, or to beyond() when that would be one too many.
    void add(GroupKey key, const TrafficSum& sum);

    [[nodiscard]] std::vector<Group> all() const;
    [[nodiscard]] const TrafficSum& beyond() const noexcept { return beyond_; }

private:
    std::size_t groups_max_;
    std::unordered_map<std::uint32_t, TrafficSum> sums_;
    TrafficSum beyond_;
};

}  // namespace flowgauge
