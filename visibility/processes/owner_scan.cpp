#include "visibility/processes/owner_scan.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <span>

namespace flowgauge {
namespace {

// Whether two threads certainly have one descriptor table. kcmp(2) may be missing or refused.
bool share_table(std::int32_t a, std::int32_t b) noexcept {
    return ::syscall(SYS_kcmp, a, b, KCMP_FILES, 0, 0) == 0;
}

}  // namespace

bool OwnerScan::may_have_threads(std::int32_t pid) const noexcept {
    struct stat status {};
    if (::fstatat(root_->descriptor(), ProcPath(pid, "task").text(), &status, 0) != 0) {
        return false;
    }
    constexpr nlink_t kOneThread = 3;  // "." of it, its name, and ".." of the thread
    return status.st_nlink != kOneThread;
}

LookOutcome OwnerScan::list_tables(
    std::int32_t pid, bool exited, std::vector<std::int32_t>& threads
) {
    threads.clear();
    LookOutcome outcome{};
    const FileDescriptor directory =
        open_directory(root_->descriptor(), ProcPath(pid, "task").text(), outcome);
    if (!directory) {
        return outcome;
    }
    std::array<std::int32_t, kTablesMax> tables{};
    std::size_t count = 0;
    if (!exited) {
        tables[count++] = pid;
    }
    DirectoryNames::Entry entry;
    std::size_t seen = 0;
    for (names_.begin(directory.get()); seen < kThreadsMax && names_.next(entry);) {
        const std::int64_t number = decimal_of(entry.name);
        if (number <= 0 || number > std::numeric_limits<std::int32_t>::max() || number == pid) {
            continue;
        }
        ++seen;
        const auto thread = static_cast<std::int32_t>(number);
        const std::span<const std::int32_t> told_apart(tables.data(), count);
        if (root_->is_own() && std::ranges::any_of(told_apart, [thread](std::int32_t other) {
                return share_table(other, thread);
            })) {
            continue;
        }
        threads.push_back(thread);
        if (count < tables.size()) {
            tables[count++] = thread;
        }
    }
    return names_.outcome();
}

std::optional<ProcessStat> OwnerScan::read_stat(int directory, const char* path) {
    constexpr std::size_t kStatBytesMax = 4'096;
    if (read_file(directory, path, kStatBytesMax, text_) != LookOutcome::kRead) {
        return std::nullopt;
    }
    return parse_process_stat(text_);
}

}  // namespace flowgauge
