#include "visibility/processes/process_list.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <limits>

namespace flowgauge {

ProcessList::ProcessList(const ProcRoot& root, std::size_t pids_max)
    : root_(&root),
      pids_max_(pids_max) {
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
    hides_ = pids_.empty() || pids_.front() != 1;
    return true;
}

std::int64_t ProcessList::descriptor_count(std::int32_t pid) const noexcept {
    struct stat status {};
    const ProcPath path(pid, "fd");
    if (!counts_descriptors_ ||
        ::fstatat(root_->descriptor(), path.text(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return -1;
    }
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
