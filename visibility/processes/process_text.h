// The texts of /proc/PID, taken apart. Nobody vouches for them: names hold any bytes, files of
// other kernels any lines. proc(5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flowgauge {

// Views live as long as the text.
struct ProcessStat {
    std::string_view name;  // between the first "(" and the last ")": it may hold both, and blanks
    char state = '?';
    std::int32_t parent = -1;
    std::uint64_t start_time = 0;
};
[[nodiscard]] std::optional<ProcessStat> parse_process_stat(std::string_view text) noexcept;

// The effective user of /proc/PID/status, or -1.
[[nodiscard]] std::int64_t user_of_status(std::string_view text) noexcept;

// /proc/PID/cgroup: the lines "0::PATH" and "N:name=systemd:PATH", which hosts with the first
// version have alone or, hybrid, beside the other. " (deleted)" is taken off.
struct CgroupLines {
    std::optional<std::string_view> unified;
    std::optional<std::string_view> systemd;
};
[[nodiscard]] CgroupLines parse_cgroup_lines(std::string_view text) noexcept;

// argv[0] of /proc/PID/cmdline, as psutil tells it: programs that write a title over their
// arguments leave one text with blanks.
[[nodiscard]] std::string_view first_argument_of(std::string_view command_line) noexcept;

// All arguments with blanks between them, as valid UTF-8.
[[nodiscard]] std::string joined_arguments(std::string_view command_line);

// "socket:[N]", "net:[N]": N, or 0.
[[nodiscard]] std::uint64_t inode_of_link(std::string_view link, std::string_view kind) noexcept;

constexpr std::size_t kNameBytesMax = 15;  // TASK_COMM_LEN - 1

// Whether the kernel may have cut this name.
[[nodiscard]] constexpr bool is_cut(std::string_view name) noexcept {
    return name.size() == kNameBytesMax;
}

// The name as psutil gives it: the last component of argv[0] stands for a cut name that it begins
// with.
[[nodiscard]] std::string_view full_name(
    std::string_view name, std::string_view first_argument
) noexcept;

// `text` without " (deleted)", which the kernel appends to paths of what was removed.
[[nodiscard]] std::string_view without_deleted(std::string_view text) noexcept;

// `text` as valid UTF-8.
[[nodiscard]] std::string utf8_of(std::string_view text);

}  // namespace flowgauge
