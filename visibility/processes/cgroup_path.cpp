#include "visibility/processes/cgroup_path.h"

#include "visibility/processes/process_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace flowgauge {
namespace {

constexpr std::array<std::string_view, 4> kRuntimes{
    "docker-", "cri-containerd-", "crio-", "libpod-"};
constexpr std::array<std::string_view, 5> kUnitEndings{
    ".service", ".scope", ".socket", ".mount", ".swap"};

bool is_hexadecimal(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_id(std::string_view text) noexcept {
    constexpr std::size_t kIdDigits = 64;
    return text.size() == kIdDigits && std::ranges::all_of(text, is_hexadecimal);
}

// What is between `before` and `behind`, or nothing.
std::optional<std::string_view> between(
    std::string_view text, std::string_view before, std::string_view behind
) noexcept {
    if (text.size() <= before.size() + behind.size() || !text.starts_with(before) ||
        !text.ends_with(behind)) {
        return std::nullopt;
    }
    return text.substr(before.size(), text.size() - before.size() - behind.size());
}

int digit_of(char c) noexcept {
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

// Undoes unit_name_escape() of systemd: "-" for "/" does not occur in names of machines.
std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i, 2) == "\\x" && i + 3 < text.size() && is_hexadecimal(text[i + 2]) &&
            is_hexadecimal(text[i + 3])) {
            out += static_cast<char>(digit_of(text[i + 2]) * 16 + digit_of(text[i + 3]));
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

// A component and its neighbours.
struct Place {
    std::string_view before;
    std::string_view name;
    std::string_view behind;
};

std::optional<std::string> machine_of(const Place& place) {
    if (const auto machine = between(place.name, "systemd-nspawn@", ".service")) {
        return place.behind == "supervisor" ? std::nullopt : std::optional(unescaped(*machine));
    }
    const auto machine = between(place.name, "machine-", ".scope");
    if (!machine) {
        return std::nullopt;
    }
    std::string name = unescaped(*machine);
    return name.starts_with("qemu-") ? std::nullopt : std::optional(std::move(name));
}

// The container that a component names, or nothing.
std::optional<std::string> container_of(const Place& place) {
    for (const std::string_view runtime : kRuntimes) {
        const auto id = between(place.name, runtime, ".scope");
        if (id && is_id(*id)) {
            return std::string(*id);
        }
    }
    const std::size_t colon = place.name.rfind(':');
    const std::string_view last =
        place.name.substr(colon == std::string_view::npos ? 0 : colon + 1);
    if (is_id(last)) {
        return std::string(last);
    }
    if (place.before == "lxc" || place.before == "lxc.payload") {
        return std::string(place.name);
    }
    if (const auto name = between(place.name, "lxc.payload.", "")) {
        return std::string(*name);
    }
    return machine_of(place);
}

bool is_unit(std::string_view name) noexcept {
    return std::ranges::any_of(kUnitEndings, [name](std::string_view ending) {
        return name.size() > ending.size() && name.ends_with(ending);
    });
}

std::string_view take_component(std::string_view& path) noexcept {
    const std::size_t begin = path.find_first_not_of('/');
    path.remove_prefix(std::min(begin, path.size()));
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(name.size());
    return name;
}

}  // namespace

CgroupNames names_of_cgroup(std::string_view path) {
    CgroupNames names;
    Place place{.before = {}, .name = take_component(path), .behind = {}};
    while (!place.name.empty()) {
        place.behind = take_component(path);
        if (const auto container = container_of(place)) {
            names.container_id = utf8_of(*container);
        } else if (is_unit(place.name)) {
            names.unit = utf8_of(place.name.substr(place.name.starts_with('_') ? 1 : 0));
        }
        place = {.before = place.name, .name = place.behind, .behind = {}};
    }
    return names;
}

}  // namespace flowgauge
