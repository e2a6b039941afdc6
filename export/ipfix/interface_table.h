// InterfaceTable: the interfaces of a run as IPFIX names them: which one a record's observation
// point is, and what all of them are called.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {

struct IpfixInterface {
    std::uint32_t index = 0;  // ifIndex
    std::string name;
    std::string description;  // what the administrator says of it (ifalias); may be empty

    friend bool operator==(const IpfixInterface&, const IpfixInterface&) = default;
};

// Thread: set() by one; all else by any. index() is one atomic read. Bound: kInterfacesMax; those
// beyond have index 0, which says that the interface is not known.
class InterfaceTable {
public:
    static constexpr std::size_t kInterfacesMax = 64;
    static constexpr std::size_t kPointsMax = 64;  // of one worker: 6 bits of the flow key

    explicit InterfaceTable(std::size_t workers) : indices_(workers) {}

    // Packets that these workers read at `point` come from `interface` from now on; another one
    // that had the point before is forgotten. Returns false when there is no room for one more.
    bool
    set(std::span<const std::uint32_t> workers,
        std::uint8_t point,
        const IpfixInterface& interface);

    // 0: not known.
    [[nodiscard]] std::uint32_t index(std::uint32_t worker, std::uint8_t point) const noexcept {
        return worker < indices_.size()
                   ? indices_[worker][point % kPointsMax].load(std::memory_order_acquire)
                   : 0;
    }

    // Grows with each change, before index() shows it; 0: nothing is known yet.
    [[nodiscard]] std::uint64_t version() const noexcept {
        return version_.load(std::memory_order_acquire);
    }

    // In the order of their indices.
    [[nodiscard]] std::vector<IpfixInterface> all() const;

private:
    using Indices = std::array<std::atomic<std::uint32_t>, kPointsMax>;
    using Place =
        std::pair<std::uint32_t, std::uint8_t>;  // the first of the workers, and the point

    std::vector<Indices> indices_;  // by worker
    std::atomic<std::uint64_t> version_{0};
    mutable std::mutex mutex_;
    std::map<Place, IpfixInterface> interfaces_;
};

}  // namespace flowgauge
