#include "visibility/processes/namespace_list.h"

#include "visibility/processes/process_text.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kLinkBytesMax = 64;

// Number of the network namespace that a link stands for, or 0.
std::uint32_t read_namespace(int directory, const char* path, LookOutcome& outcome) {
    std::array<char, kLinkBytesMax> room{};
    std::string_view link;
    outcome = read_link(directory, path, room, link);
    return static_cast<std::uint32_t>(inode_of_link(link, "net"));
}

}  // namespace

NamespaceList::NamespaceList(const ProcRoot& root) : root_(&root) {}

void NamespaceList::poll(const ProcessList& processes, Clock::time_point now) {
    merge(processes);
    std::size_t looks = 0;
    for (Member& member : members_) {
        if (member.looked == Clock::time_point{} && looks < kLooksMax) {
            look(member, now);
            ++looks;
        }
    }
    // Round-robin, so that a bound on looks delays all alike.
    for (std::size_t i = 0; i < members_.size() && looks < kLooksMax; ++i) {
        next_ = next_ + 1 < members_.size() ? next_ + 1 : 0;
        Member& member = members_[next_];
        if (now - member.looked >= kLookAgain) {
            look(member, now);
            ++looks;
        }
    }
    collect();
}

void NamespaceList::merge(const ProcessList& processes) {
    merged_.clear();
    auto old = members_.begin();
    for (const std::int32_t pid : processes.pids()) {
        while (old != members_.end() && old->pid < pid) {
            ++old;
        }
        const bool known = old != members_.end() && old->pid == pid;
        merged_.push_back(known ? *old : Member{.pid = pid, .name_space = 0, .looked = {}});
    }
    members_.swap(merged_);
}

void NamespaceList::look(Member& member, Clock::time_point now) {
    LookOutcome outcome{};
    const std::uint32_t name_space =
        read_namespace(root_->descriptor(), ProcPath(member.pid, "ns/net").text(), outcome);
    member.looked = now;
    member.denied = outcome == LookOutcome::kDenied;
    member.name_space = name_space;
    denied_ += member.denied ? 1 : 0;
}

void NamespaceList::collect() {
    found_.clear();
    for (const Member& member : members_) {
        if (member.name_space != 0) {
            found_.push_back({.name_space = member.name_space, .pid = member.pid});
        }
    }
    // By pid already: the first of each namespace is that of the lowest.
    std::ranges::stable_sort(found_, {}, &NamespaceProcess::name_space);
    const auto same = [](const NamespaceProcess& a, const NamespaceProcess& b) {
        return a.name_space == b.name_space;
    };
    found_.erase(std::unique(found_.begin(), found_.end(), same), found_.end());
    LookOutcome outcome{};
    const std::uint32_t own = read_namespace(root_->descriptor(), "self/ns/net", outcome);
    std::array<char, kLinkBytesMax> room{};
    std::string_view self;
    static_cast<void>(read_link(root_->descriptor(), "self", room, self));
    if (own != 0) {
        std::erase_if(found_, [own](const NamespaceProcess& process) {
            return process.name_space == own;
        });
        const auto pid = static_cast<std::int32_t>(decimal_of(self));
        found_.insert(found_.begin(), {.name_space = own, .pid = pid});
    }
    left_out_ = found_.size() > kNamespacesMax ? found_.size() - kNamespacesMax : 0;
    found_.resize(std::min(found_.size(), kNamespacesMax));
}

std::string NamespaceList::note() const {
    // With the capability still the few that something else protects.
    constexpr std::size_t kFew = 10;
    const auto denied = static_cast<std::size_t>(std::ranges::count_if(members_, &Member::denied));
    if (denied * kFew <= members_.size()) {
        return {};
    }
    return "network namespaces of other users' processes cannot be told: grant CAP_SYS_PTRACE, or "
           "only sockets of namespaces that may be seen are";
}

}  // namespace flowgauge
