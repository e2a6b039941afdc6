// ProcTree: a directory that looks like procfs, for what no kernel does on request.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

namespace flowgauge::test {

// Lies in memory (tmpfs), where the size of a directory tells how much is in it, as that of
// /proc/PID/fd does. Removed with the object. Process 1 is there from the start.
class ProcTree {
public:
    ProcTree();
    ~ProcTree();
    ProcTree(const ProcTree&) = delete;
    ProcTree& operator=(const ProcTree&) = delete;

    [[nodiscard]] std::string path() const { return root_.string(); }

    void add(std::int32_t pid, std::uint64_t start_time, std::int32_t parent = 1) const;
    void remove(std::int32_t pid) const;

    // A descriptor that is this socket.
    void hold(std::int32_t pid, std::uint64_t inode) const;
    void drop(std::int32_t pid, std::uint64_t inode) const;

    void write(const std::string& name, std::string_view text) const;
    void link(const std::string& name, const std::string& target) const;

private:
    std::filesystem::path root_;
};

// A line of /proc/PID/stat.
[[nodiscard]] std::string stat_line(
    std::int32_t pid, std::string_view name, std::int32_t parent, std::uint64_t start_time
);

}  // namespace flowgauge::test
