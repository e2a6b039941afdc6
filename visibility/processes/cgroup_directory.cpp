#include "visibility/processes/cgroup_directory.h"

#include "visibility/processes/process_text.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kPathBytesMax = 4'096;

// The place of the first cgroup2 among the lines of /proc/self/mounts: "DEVICE PLACE TYPE ...".
std::string cgroup_mount() {
    constexpr std::size_t kMountsBytesMax = 1'048'576;
    std::string text;
    static_cast<void>(read_file(AT_FDCWD, "/proc/self/mounts", kMountsBytesMax, text));
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::size_t place = line.find(' ');
        const std::size_t type =
            line.find(' ', place == std::string_view::npos ? place : place + 1);
        if (type != std::string_view::npos && line.substr(type).starts_with(" cgroup2 ")) {
            return std::string(line.substr(place + 1, type - place - 1));
        }
    }
    return {};
}

}  // namespace

CgroupDirectory::CgroupDirectory(std::string mount)
    : mount_(mount.empty() ? cgroup_mount() : std::move(mount)) {
    if (!mount_.empty()) {
        LookOutcome outcome{};
        descriptor_ = open_directory(AT_FDCWD, mount_.c_str(), outcome);
        struct statfs status {};
        by_handle_ =
            ::fstatfs(descriptor_.get(), &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
    }
}

CgroupDirectory::Answer CgroupDirectory::path_of(std::uint64_t id, Clock::time_point now) {
    if (id == 0 || !descriptor_) {
        return {.path = {}, .settled = true};
    }
    if (const std::string* path = paths_.find(id)) {
        return {.path = *path, .settled = true};
    }
    if (by_handle_) {
        if (std::optional<std::string> path = path_by_handle(id)) {
            return {.path = paths_.put(id, std::move(*path)), .settled = true};
        }
    }
    if (walked_ && now - *walked_ < kWalkEvery) {
        return {};
    }
    walked_ = now;
    walk();
    const std::string* path = paths_.find(id);
    return {.path = path != nullptr ? *path : paths_.put(id, {}), .settled = true};
}

std::optional<std::string> CgroupDirectory::path_by_handle(std::uint64_t id) {
    constexpr int kFileIdKernfs = 0xfe;  // include/linux/exportfs.h: the number of the directory
    alignas(file_handle) std::array<std::byte, sizeof(file_handle) + sizeof id> room{};
    auto* handle = reinterpret_cast<file_handle*>(room.data());
    handle->handle_bytes = sizeof id;
    handle->handle_type = kFileIdKernfs;
    std::memcpy(handle->f_handle, &id, sizeof id);
    const FileDescriptor directory(
        ::open_by_handle_at(descriptor_.get(), handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    );
    if (!directory) {
        if (errno == ESTALE || errno == ENOENT) {
            return std::string();  // it was removed
        }
        by_handle_ = false;
        return std::nullopt;
    }
    std::array<char, kPathBytesMax> place{};
    std::string_view path;
    const std::string link = "/proc/self/fd/" + std::to_string(directory.get());
    if (read_link(AT_FDCWD, link.c_str(), place, path) != LookOutcome::kRead ||
        !path.starts_with(mount_)) {
        return std::string();
    }
    path.remove_prefix(mount_.size());
    return path.empty() ? "/" : utf8_of(without_deleted(path));
}

void CgroupDirectory::walk() {
    ++walks_;
    std::vector<std::string> waiting{""};
    std::size_t seen = 0;
    while (!waiting.empty() && seen < kPathsMax) {
        const std::string path = std::move(waiting.back());
        waiting.pop_back();
        LookOutcome outcome{};
        const FileDescriptor directory = open_directory(AT_FDCWD, (mount_ + path).c_str(), outcome);
        if (!directory) {
            continue;
        }
        DirectoryNames::Entry entry;
        for (names_.begin(directory.get()); names_.next(entry);) {
            const std::string_view name = entry.name;
            if (name == ".") {
                paths_.put(entry.inode, path.empty() ? "/" : utf8_of(path));
                ++seen;
            } else if (entry.is_directory && name != ".." && path.size() + name.size() < kPathBytesMax && waiting.size() < kPathsMax) {
                waiting.push_back(path + "/" + entry.name);
            }
        }
    }
}

void CgroupDirectory::read_processes(
    std::uint64_t id, Clock::time_point now, std::size_t pids_max, std::vector<std::int32_t>& pids
) {
    pids.clear();
    const Answer answer = path_of(id, now);
    if (answer.path.size() <= 1) {
        return;  // the root has most processes of the machine
    }
    constexpr std::size_t kLineBytesMax = 11;
    const std::string path = mount_ + answer.path + "/cgroup.procs";
    const std::size_t bytes_max = pids_max * kLineBytesMax;
    static_cast<void>(read_file(AT_FDCWD, path.c_str(), bytes_max, text_));
    if (text_.size() == bytes_max) {
        return;
    }
    std::string_view rest = text_;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::int64_t pid = decimal_of(line);
        if (pid > 0 && pid <= std::numeric_limits<std::int32_t>::max()) {
            pids.push_back(static_cast<std::int32_t>(pid));
        }
    }
    if (pids.size() > pids_max) {
        pids.clear();
    }
}

}  // namespace flowgauge
