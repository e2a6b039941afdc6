#include "visibility/processes/process_list.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace flowgauge {

namespace {

constexpr std::size_t kHeldMax = 16'384;

std::size_t quarter_of_our_descriptors() noexcept {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0
               ? std::min<std::size_t>(limit.rlim_cur / 4, kHeldMax)
               : 0;
}

}  // namespace

ProcessList::ProcessList(const ProcRoot& root, std::size_t pids_max)
    : root_(&root),
      pids_max_(pids_max),
      held_max_(quarter_of_our_descriptors()) {
    // This process has descriptors, procfs's at least.
    struct stat status {};
    counts_descriptors_ =
        ::fstatat(root.descriptor(), "self/fd", &status, 0) == 0 && status.st_size > 0;
}

bool ProcessList::poll() {
    listed_.clear();
    std::uint64_t left_out = 0;
    DirectoryNames::Entry entry;
    for (names_.begin(root_->descriptor()); names_.next(entry);) {
        const std::int64_t pid = decimal_of(entry.name);
        if (pid <= 0 || pid > std::numeric_limits<std::int32_t>::max()) {
            continue;
        }
        if (listed_.size() < pids_max_) {
            listed_.push_back(static_cast<std::int32_t>(pid));
        } else {
            ++left_out;
        }
    }
    if (names_.outcome() != LookOutcome::kRead) {
        return false;
    }
    if (!std::ranges::is_sorted(listed_)) {  // procfs sorts, other file systems do not
        std::ranges::sort(listed_);
    }
    left_out_ = left_out;
    appeared_.clear();
    gone_.clear();
    std::ranges::set_difference(listed_, pids_, std::back_inserter(appeared_));
    std::ranges::set_difference(pids_, listed_, std::back_inserter(gone_));
    pids_.swap(listed_);
    for (const std::int32_t pid : gone_) {
        held_.erase(pid);
    }
    hides_ = pids_.empty() || pids_.front() != 1;
    return true;
}

// What is held is that process's: it says so when the process has ended and another has its number.
std::int64_t ProcessList::descriptor_count(std::int32_t pid) const {
    struct stat status {};
    if (!counts_descriptors_) {
        return -1;
    }
    const auto held = held_.find(pid);
    if (held != held_.end()) {
        if (::fstat(held->second.get(), &status) == 0 && status.st_nlink > 0) {
            return status.st_size;
        }
        held_.erase(held);
    }
    const ProcPath path(pid, "fd");
    if (held_.size() >= held_max_) {
        return ::fstatat(root_->descriptor(), path.text(), &status, AT_SYMLINK_NOFOLLOW) == 0
                   ? status.st_size
                   : -1;
    }
    FileDescriptor directory(
        ::openat(root_->descriptor(), path.text(), O_PATH | O_DIRECTORY | O_CLOEXEC)
    );
    if (!directory || ::fstat(directory.get(), &status) != 0) {
        return -1;
    }
    held_.emplace(pid, std::move(directory));
    return status.st_size;
}

std::string ProcessList::note() const {
    if (!hides_) {
        return {};
    }
    return "processes of others are hidden (hidepid= of /proc, ProtectProc= of the unit): grant "
           "CAP_SYS_PTRACE, which shows them, and CAP_DAC_READ_SEARCH";
}

}  // namespace flowgauge
