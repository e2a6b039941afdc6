#include "tests/unit/visibility/processes/proc_tree.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>

namespace flowgauge::test {

ProcTree::ProcTree() {
    const bool memory = ::access("/dev/shm", W_OK) == 0;
    std::string pattern = memory ? "/dev/shm/proc_tree_XXXXXX" : "/tmp/proc_tree_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    add(1, 1, 0);
    std::filesystem::create_directories(root_ / "self" / "fd");
    link("self/fd/0", "/dev/null");
}

ProcTree::~ProcTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
}

void ProcTree::add(std::int32_t pid, std::uint64_t start_time, std::int32_t parent) const {
    const std::string name = std::to_string(pid);
    std::filesystem::create_directories(root_ / name / "fd");
    std::filesystem::create_directories(root_ / name / "task" / name);
    link(name + "/fd/0", "/dev/null");
    write(name + "/stat", stat_line(pid, "made", parent, start_time));
}

void ProcTree::remove(std::int32_t pid) const {
    std::filesystem::remove_all(root_ / std::to_string(pid));
}

void ProcTree::hold(std::int32_t pid, std::uint64_t inode) const {
    const std::string number = std::to_string(inode);
    link(std::to_string(pid) + "/fd/" + number, "socket:[" + number + "]");
}

void ProcTree::drop(std::int32_t pid, std::uint64_t inode) const {
    std::filesystem::remove(root_ / std::to_string(pid) / "fd" / std::to_string(inode));
}

void ProcTree::write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name, std::ios::binary) << text;
}

void ProcTree::link(const std::string& name, const std::string& target) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::filesystem::remove(root_ / name);
    std::filesystem::create_symlink(target, root_ / name);
}

std::string stat_line(
    std::int32_t pid, std::string_view name, std::int32_t parent, std::uint64_t start_time
) {
    std::string line =
        std::to_string(pid) + " (" + std::string(name) + ") S " + std::to_string(parent);
    constexpr int kFieldsBetween = 17;
    for (int i = 0; i < kFieldsBetween; ++i) {
        line += i == 3 ? " -1" : " 0";
    }
    return line + " " + std::to_string(start_time) + " 0 0 0\n";
}

}  // namespace flowgauge::test
