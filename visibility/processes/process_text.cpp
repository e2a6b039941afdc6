#include "visibility/processes/process_text.h"

#include "core/base/utf8_text.h"
#include "visibility/processes/proc_root.h"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace flowgauge {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// Takes what is in front of the next `separator`, or all, off the beginning of `text`.
std::string_view take(std::string_view& text, char separator) noexcept {
    const std::size_t end = text.find(separator);
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(end == kNone ? text.size() : end + 1);
    return taken;
}

std::string_view take_word(std::string_view& text) noexcept {
    const std::size_t begin = text.find_first_not_of(" \t");
    text.remove_prefix(begin == kNone ? text.size() : begin);
    const std::size_t end = text.find_first_of(" \t\n");
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(word.size());
    return word;
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) noexcept {
    const std::size_t open = text.find('(');
    const std::size_t close = text.rfind(')');
    if (open == kNone || close == kNone || close < open) {
        return std::nullopt;
    }
    ProcessStat stat;
    stat.name = text.substr(open + 1, close - open - 1);
    std::string_view rest = text.substr(close + 1);
    const std::string_view state = take_word(rest);
    const std::int64_t parent = decimal_of(take_word(rest));
    if (state.size() != 1 || parent < 0 || parent > std::numeric_limits<std::int32_t>::max()) {
        return std::nullopt;
    }
    stat.state = state[0];
    stat.parent = static_cast<std::int32_t>(parent);
    constexpr int kWordsBetween = 17;  // fields 5 to 21
    for (int i = 0; i < kWordsBetween; ++i) {
        static_cast<void>(take_word(rest));
    }
    const std::int64_t start_time = decimal_of(take_word(rest));
    if (start_time < 0) {
        return std::nullopt;
    }
    stat.start_time = static_cast<std::uint64_t>(start_time);
    return stat;
}

std::int64_t user_of_status(std::string_view text) noexcept {
    while (!text.empty()) {
        std::string_view line = take(text, '\n');
        if (line.starts_with("Uid:")) {
            line.remove_prefix(4);
            static_cast<void>(take_word(line));  // the real one
            const std::int64_t uid = decimal_of(take_word(line));
            return uid <= std::numeric_limits<std::uint32_t>::max() ? uid : -1;
        }
    }
    return -1;
}

CgroupLines parse_cgroup_lines(std::string_view text) noexcept {
    CgroupLines lines;
    while (!text.empty()) {
        std::string_view path = take(text, '\n');
        const std::string_view number = take(path, ':');
        const std::string_view controllers = take(path, ':');
        if (!path.starts_with('/')) {
            continue;
        }
        if (number == "0" && controllers.empty() && !lines.unified) {
            lines.unified = without_deleted(path);
        } else if (controllers == "name=systemd" && !lines.systemd) {
            lines.systemd = without_deleted(path);
        }
    }
    return lines;
}

std::string_view first_argument_of(std::string_view command_line) noexcept {
    const std::size_t end = command_line.find('\0');
    if (end != kNone && end + 1 < command_line.size()) {
        return command_line.substr(0, end);
    }
    return command_line.substr(0, std::min(end, command_line.find(' ')));
}

std::string joined_arguments(std::string_view command_line) {
    while (command_line.ends_with('\0')) {
        command_line.remove_suffix(1);
    }
    std::string joined = utf8_of(command_line);
    std::ranges::replace(joined, '\0', ' ');
    return joined;
}

std::uint64_t inode_of_link(std::string_view link, std::string_view kind) noexcept {
    if (link.size() < kind.size() + 3 || !link.starts_with(kind) || !link.ends_with(']') ||
        link.substr(kind.size(), 2) != ":[") {
        return 0;
    }
    link.remove_prefix(kind.size() + 2);
    link.remove_suffix(1);
    const std::int64_t inode = decimal_of(link);
    return inode < 0 ? 0 : static_cast<std::uint64_t>(inode);
}

std::string_view full_name(std::string_view name, std::string_view first_argument) noexcept {
    if (!is_cut(name)) {
        return name;
    }
    const std::size_t slash = first_argument.rfind('/');
    const std::string_view last = first_argument.substr(slash == kNone ? 0 : slash + 1);
    return last.starts_with(name) ? last : name;
}

std::string_view without_deleted(std::string_view text) noexcept {
    constexpr std::string_view kDeleted = " (deleted)";
    if (text.ends_with(kDeleted)) {
        text.remove_suffix(kDeleted.size());
    }
    return text;
}

std::string utf8_of(std::string_view text) {
    std::string out;
    append_utf8(out, text);
    return out;
}

}  // namespace flowgauge
