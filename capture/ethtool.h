// Ethtool: what a network driver says about itself and its settings (SIOCETHTOOL, ethtool(8)).
//
// Looks into the network namespace of the calling thread, and needs no privilege.
#pragma once

#include "core/base/file_descriptor.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {

// Thread: any, one at a time. What a driver does not answer is empty.
class Ethtool {
public:
    explicit Ethtool(std::string interface);

    // Name of the driver, as in `ethtool -i`.
    [[nodiscard]] std::string driver() const;

    // Megabits a second; nothing without a carrier too.
    [[nodiscard]] std::optional<std::uint32_t> speed() const;

    // Queues that receive, as `ethtool -l` says: those for it alone and the combined ones.
    [[nodiscard]] std::optional<std::uint32_t> receive_queues() const;

    // Features that are on, by the kernel's names: "rx-gro", not ethtool's "gro".
    [[nodiscard]] std::vector<std::string> active_features() const;

private:
    // Puts the question, whose first word is its number, and the answer in its place.
    [[nodiscard]] bool ask(void* question) const noexcept;
    [[nodiscard]] bool ask(std::span<std::uint32_t> question) const noexcept {
        return ask(question.data());
    }
    [[nodiscard]] std::uint32_t feature_count() const;

    std::string interface_;
    FileDescriptor socket_;
};

// Of the names of active features, those with which the kernel shows frames merged or not yet cut,
// by the names that `ethtool -K` takes: gro, lro, tso, gso, and those that have no short name.
[[nodiscard]] std::vector<std::string> size_falsifying(std::span<const std::string> features);

}  // namespace flowgauge
