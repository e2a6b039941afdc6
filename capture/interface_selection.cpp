#include "capture/interface_selection.h"

#include "capture/network_interface.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace flowgauge {
namespace {

// Names that a message lists.
constexpr std::size_t kNamesMax = 20;

// How many letters may be wrong in a name that is suggested.
constexpr std::size_t kDistanceMax = 2;

bool is_glob(std::string_view wanted) noexcept {
    return wanted.find_first_of("*?[") != std::string_view::npos;
}

template <typename Predicate>
std::vector<Link> readable_links(const std::vector<Link>& links, Predicate is_wanted) {
    std::vector<Link> selected;
    std::ranges::copy_if(links, std::back_inserter(selected), [&](const Link& link) {
        return link_type_of(link.hardware_type).has_value() && is_wanted(link);
    });
    return selected;
}

std::vector<Link> select_automatic(
    const std::vector<Link>& links, const std::optional<std::string>& default_route
) {
    std::vector<Link> selected = readable_links(links, [&](const Link& link) {
        return default_route && link.name == *default_route;
    });
    if (!selected.empty()) {
        return selected;
    }
    return readable_links(links, [](const Link& link) { return link.is_up && !link.is_loopback; });
}

// Letters to insert, remove or change to get from one to the other (Levenshtein).
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);  // from the letters of `from` so far
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t changed = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
        }
    }
    return row[to.size()];
}

// The name nearest to `wanted`, unless all are far away.
std::string suggestion(std::string_view wanted, const std::vector<Link>& links) {
    constexpr std::size_t kNameBytesMax = 64;  // longer than any interface
    if (wanted.size() > kNameBytesMax) {
        return {};
    }
    const Link* best = nullptr;
    std::size_t best_distance = kDistanceMax + 1;
    for (const Link& link : links) {
        const std::size_t letters = distance(wanted, link.name);
        if (letters < best_distance && letters < link.name.size()) {
            best = &link;
            best_distance = letters;
        }
    }
    return best == nullptr ? "" : "; did you mean " + best->name + "?";
}

std::string known_names(const std::vector<Link>& links) {
    std::string text;
    for (std::size_t i = 0; i < std::min(links.size(), kNamesMax); ++i) {
        text += text.empty() ? "" : ", ";
        text += links[i].name;
    }
    if (links.size() > kNamesMax) {
        text += " and " + std::to_string(links.size() - kNamesMax) + " more";
    }
    return text.empty() ? "none" : text;
}

}  // namespace

std::vector<Link> select(
    std::string_view wanted,
    const std::vector<Link>& links,
    const std::optional<std::string>& default_route
) {
    if (wanted == kAutomaticInterface) {
        return select_automatic(links, default_route);
    }
    const auto named = std::ranges::find(links, wanted, &Link::name);
    if (named != links.end()) {
        return {*named};
    }
    const std::string pattern(wanted);
    return readable_links(links, [&](const Link& link) {
        return is_glob(wanted) && ::fnmatch(pattern.c_str(), link.name.c_str(), 0) == 0;
    });
}

std::string why_none(std::string_view wanted, const std::vector<Link>& links) {
    if (wanted == kAutomaticInterface) {
        return "no default route, and no interface but loopback is up; known: " +
               known_names(links);
    }
    const std::string what(wanted);
    if (is_glob(wanted)) {
        return "no interface matches " + what + "; known: " + known_names(links);
    }
    return "no interface " + what + "; known: " + known_names(links) + suggestion(wanted, links);
}

}  // namespace flowgauge
