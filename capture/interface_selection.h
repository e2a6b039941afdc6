// Which interfaces an input means: a name, a glob, or `auto`.
#pragma once

#include "capture/link_table.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// The word that stands for the interface of the default route or, without one, for every interface
// that is up, but loopback.
constexpr std::string_view kAutomaticInterface = "auto";

// Returns the links that `wanted` means, in the order of their indices: the one of that name, or
// those that match it as a glob(7). A glob and `auto` pass over kinds of links that cannot be read
// (link_type_of()).
[[nodiscard]] std::vector<Link> select(
    std::string_view wanted,
    const std::vector<Link>& links,
    const std::optional<std::string>& default_route
);

// Why select() returned nothing, for the operator: what there is, and what may have been meant.
[[nodiscard]] std::string why_none(std::string_view wanted, const std::vector<Link>& links);

}  // namespace flowgauge
