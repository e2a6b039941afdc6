// NamespaceList: the network namespaces of the machine, each with a process to reach it through.
//
// New processes are asked at every poll, all again every ten seconds: `ip netns exec` changes its
// namespace after fork. Thread: one. Bounds: namespaces, looks a poll.
#pragma once

#include "visibility/processes/proc_root.h"
#include "visibility/processes/process_list.h"
#include "visibility/sockets/namespace_process.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {

class NamespaceList {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::size_t kNamespacesMax = 4'096;
    static constexpr std::size_t kLooksMax = 4'096;  // a poll
    static constexpr std::chrono::seconds kLookAgain{10};

    // Requires: `root` outlives this.
    explicit NamespaceList(const ProcRoot& root);

    // Call once a poll, after processes.poll().
    void poll(const ProcessList& processes, Clock::time_point now);

    // One living process each, that of the lowest pid that is known; this process's own namespace
    // is the first and always there, unless procfs is not mounted. Ascending behind it.
    [[nodiscard]] std::span<const NamespaceProcess> namespaces() const noexcept { return found_; }

    [[nodiscard]] std::uint64_t denied() const noexcept { return denied_; }      // looks, ever
    [[nodiscard]] std::uint64_t left_out() const noexcept { return left_out_; }  // at the last poll

    // What the host does not allow, with its remedy; or empty.
    [[nodiscard]] std::string note() const;

private:
    struct Member {
        std::int32_t pid = -1;
        std::uint32_t name_space = 0;  // 0: not known
        Clock::time_point looked{};
        bool denied = false;
    };

    void merge(const ProcessList& processes);
    void look(Member& member, Clock::time_point now);
    void collect();

    const ProcRoot* root_;
    std::vector<Member> members_;  // by pid
    std::vector<Member> merged_;
    std::vector<NamespaceProcess> found_;
    std::size_t next_ = 0;  // where to look again
    std::uint64_t denied_ = 0;
    std::uint64_t left_out_ = 0;
};

}  // namespace flowgauge
