#include "visibility/processes/process_reader.h"

#include "visibility/processes/cgroup_path.h"

#include <array>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kStatBytesMax = 4'096;
constexpr std::size_t kStatusBytesMax = 4'096;  // Uid is among the first ten lines
constexpr std::size_t kCgroupBytesMax = 16'384;
constexpr std::size_t kPathBytesMax = 4'096;

bool has_exited(const ProcessStat& stat) noexcept {
    return stat.state == 'Z' || stat.state == 'X';
}

}  // namespace

std::optional<ProcessFacts> ProcessReader::read(std::int32_t pid) {
    LookOutcome outcome{};
    const FileDescriptor directory =
        open_directory(root_->descriptor(), ProcPath(pid).text(), outcome);
    if (!directory) {
        ++(outcome == LookOutcome::kVanished ? vanished_ : denied_);
        return std::nullopt;
    }
    std::optional<ProcessStat> stat = read_stat(directory.get());
    // An exec between the first and the last look would give the name of one program with the path
    // of another.
    constexpr int kTriesMax = 3;
    for (int i = 0; stat && i < kTriesMax; ++i) {
        ProcessFacts facts;
        facts.identity = {.pid = pid, .start_time = stat->start_time};
        facts.owner.pid = pid;
        facts.owner.start = stat->start_time;
        const std::string name(stat->name);
        facts.owner.name = utf8_of(name);
        read_rest(directory.get(), pid, *stat, facts.owner);
        stat = read_stat(directory.get());
        if (!stat || i + 1 == kTriesMax ||
            (stat->name == name && stat->start_time == facts.identity.start_time)) {
            return facts;
        }
    }
    return std::nullopt;
}

std::optional<ProcessReader::NameAlone> ProcessReader::read_name(std::int32_t pid) {
    LookOutcome outcome{};
    const FileDescriptor directory =
        open_directory(root_->descriptor(), ProcPath(pid).text(), outcome);
    if (!directory) {
        return std::nullopt;
    }
    const std::optional<ProcessStat> stat = read_stat(directory.get());
    if (!stat) {
        return std::nullopt;
    }
    std::string_view name = stat->name;
    if (is_cut(name)) {
        static_cast<void>(read_text(directory.get(), "cmdline", kCommandLineBytesMax));
        name = full_name(name, first_argument_of(text_));
    }
    return NameAlone{
        .identity = {.pid = pid, .start_time = stat->start_time}, .name = utf8_of(name)};
}

LookOutcome ProcessReader::read_text(int directory, const char* path, std::size_t bytes_max) {
    const LookOutcome outcome = read_file(directory, path, bytes_max, text_);
    denied_ += outcome == LookOutcome::kDenied ? 1 : 0;
    return outcome;
}

std::optional<ProcessStat> ProcessReader::read_stat(int directory) {
    const LookOutcome outcome = read_file(directory, "stat", kStatBytesMax, stat_);
    if (outcome != LookOutcome::kRead) {
        ++(outcome == LookOutcome::kVanished ? vanished_ : denied_);
        return std::nullopt;
    }
    return parse_process_stat(stat_);
}

void ProcessReader::read_rest(
    int directory, std::int32_t pid, const ProcessStat& stat, SocketOwner& owner
) {
    if (read_text(directory, "status", kStatusBytesMax) == LookOutcome::kRead) {
        owner.uid = user_of_status(text_);
    }
    std::string prefix;
    if (has_exited(stat)) {  // then others of its threads know the program
        LookOutcome outcome{};
        const FileDescriptor threads = open_directory(directory, "task", outcome);
        DirectoryNames::Entry entry;
        for (names_.begin(threads.get()); prefix.empty() && names_.next(entry);) {
            const std::int64_t thread = decimal_of(entry.name);
            if (thread > 0 && thread != pid) {
                prefix = "task/" + std::to_string(thread) + "/";
            }
        }
    }
    const std::string name(stat.name);
    read_program(directory, prefix, owner);
    owner.name = utf8_of(full_name(name, first_argument_of(text_)));
    if (command_lines_) {
        owner.command_line = joined_arguments(text_);
    }
    read_cgroup(directory, owner);
}

// Leaves the command line in text_.
void ProcessReader::read_program(int directory, const std::string& prefix, SocketOwner& owner) {
    std::array<char, kPathBytesMax> room{};
    std::string_view path;
    const LookOutcome outcome = read_link(directory, (prefix + "exe").c_str(), room, path);
    denied_ += outcome == LookOutcome::kDenied ? 1 : 0;
    owner.executable = utf8_of(without_deleted(path));
    static_cast<void>(read_text(directory, (prefix + "cmdline").c_str(), kCommandLineBytesMax));
}

void ProcessReader::read_cgroup(int directory, SocketOwner& owner) {
    if (read_text(directory, "cgroup", kCgroupBytesMax) != LookOutcome::kRead) {
        return;
    }
    const CgroupLines lines = parse_cgroup_lines(text_);
    const std::string_view path = lines.unified.value_or(lines.systemd.value_or(""));
    owner.cgroup = utf8_of(path);
    CgroupNames names = names_of_cgroup(path);
    if (names.container_id.empty() && names.unit.empty() && lines.systemd) {
        // Hybrid hosts may have everything at the root of the second version.
        names = names_of_cgroup(*lines.systemd);
    }
    owner.container_id = std::move(names.container_id);
    owner.unit = std::move(names.unit);
}

}  // namespace flowgauge
