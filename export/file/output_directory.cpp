#include "export/file/output_directory.h"

#include "core/base/file_descriptor.h"
#include "core/base/format.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <queue>
#include <system_error>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::size_t kRemovedMax = 1000;
constexpr int kNameTriesMax = 1000;

// For locks that may be those of a process that is no more.
constexpr std::chrono::seconds kLockPatience{1};
constexpr int kLockPauseMs = 5;

std::string reason(int code) {
    return std::generic_category().message(code);
}

std::string user_name(uid_t user) {
    std::array<char, 4096> memory{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(user, &entry, memory.data(), memory.size(), &found) != 0 || found == nullptr) {
        return std::to_string(user);
    }
    return found->pw_name;
}

// Calls `visit` with each name in an open directory.
template <typename Visit>
int for_each_name(int directory, Visit&& visit) {
    struct Closer {
        void operator()(DIR* stream) const noexcept { ::closedir(stream); }
    };
    const int descriptor = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return errno;
    }
    const std::unique_ptr<DIR, Closer> stream(::fdopendir(descriptor));
    if (stream == nullptr) {
        const int error = errno;
        ::close(descriptor);
        return error;
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this thread's own
    while (const dirent* entry = ::readdir(stream.get())) {
        visit(std::string_view(entry->d_name));
    }
    return 0;
}

bool is_regular(int directory, const std::string& name) noexcept {
    struct stat status {};
    return ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(status.st_mode);
}

bool starts_with(int file, std::string_view head) {
    std::string begin(head.size(), '\0');
    const ssize_t count = ::pread(file, begin.data(), begin.size(), 0);
    return count == static_cast<ssize_t>(head.size()) && begin == head;
}

// Makes the file end in `tail` behind its whole units. Returns errno.
int end_file(int file, const FileRemains& remains) {
    if (::ftruncate(file, static_cast<off_t>(remains.bytes)) != 0) {
        return errno;
    }
    std::uint64_t written = 0;
    while (written < remains.tail.size()) {
        const ssize_t count = ::pwrite(
            file,
            remains.tail.data() + written,
            remains.tail.size() - written,
            static_cast<off_t>(remains.bytes + written)
        );
        if (count <= 0 && errno != EINTR) {
            return count < 0 ? errno : EIO;
        }
        written += count < 0 ? 0 : static_cast<std::uint64_t>(count);
    }
    return 0;
}

// renameat2() with RENAME_NOREPLACE, also where the file system does not know it.
int rename_to_new(int directory, const std::string& from, const std::string& to) noexcept {
    if (::renameat2(directory, from.c_str(), directory, to.c_str(), RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL) {
        return errno;
    }
    if (::faccessat(directory, to.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return EEXIST;
    }
    return ::renameat(directory, from.c_str(), directory, to.c_str()) == 0 ? 0 : errno;
}

// Renames `from`, which may stand under another number, to the first free name from `name` on.
int publish_as(
    int directory, const RotatedNames& names, const std::string& from, RotatedName& name
) {
    int error = EEXIST;
    for (int i = 0; i < kNameTriesMax && error == EEXIST; ++i) {
        name.sequence += i == 0 ? 0 : 1;
        error = rename_to_new(directory, from, names.finished(name));
    }
    return error;
}

// The kernel gives the files of a killed process back with its io_uring, which may be some
// milliseconds after the process is gone and its successor has been started.
bool lock_until(int file, std::chrono::steady_clock::time_point deadline) {
    while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || std::chrono::steady_clock::now() >= deadline) {
            return false;
        }
        static_cast<void>(::poll(nullptr, 0, kLockPauseMs));
    }
    return true;
}

enum class Recovered : std::uint8_t { kLeft, kRemoved, kPublished, kFailed };

struct RecoveryTerms {
    bool sync = false;
    std::chrono::steady_clock::time_point deadline;  // for locks
};

Recovered recover_file(
    int directory,
    const RotatedNames& names,
    RotatedName name,
    const FileFraming& framing,
    const RecoveryTerms& terms
) {
    const std::string part = names.unfinished(name);
    const FileDescriptor file(
        ::openat(directory, part.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    );
    if (!file || !is_regular(directory, part)) {
        return errno == ELOOP ? Recovered::kLeft : Recovered::kFailed;
    }
    if (!lock_until(file.get(), terms.deadline)) {
        return Recovered::kLeft;  // another process is writing it
    }
    Result<FileRemains> remains = framing.recover(file.get());
    if (!remains) {
        return Recovered::kFailed;
    }
    if (!remains.value().holds_records) {
        return ::unlinkat(directory, part.c_str(), 0) == 0 ? Recovered::kRemoved
                                                           : Recovered::kFailed;
    }
    if (end_file(file.get(), remains.value()) != 0 || (terms.sync && ::fsync(file.get()) != 0) ||
        publish_as(directory, names, part, name) != 0) {
        return Recovered::kFailed;
    }
    return Recovered::kPublished;
}

}  // namespace

std::string ownership_text(const std::string& path) {
    const std::string user = user_name(::geteuid());
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        return " (this process is user " + user + ")";
    }
    return format(
        " (this process is user {}; {} belongs to {}, mode {:04o})",
        user,
        path,
        user_name(status.st_uid),
        status.st_mode & 07777U
    );
}

Result<void> check_directory(const std::string& directory) {
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0) {
        const int code = errno;
        const std::string user = user_name(::geteuid());
        return Error{
            ErrorKind::kOutput,
            "directory " + directory + ": " + reason(code) +
                (code == ENOENT ? "; make it: install -d -o " + user + " -m 0750 " + directory
                                : ownership_text(directory))};
    }
    if (!S_ISDIR(status.st_mode)) {
        return Error{ErrorKind::kOutput, directory + ": " + reason(ENOTDIR)};
    }
    if (::faccessat(AT_FDCWD, directory.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
        const std::string why = reason(errno);
        return Error{
            ErrorKind::kOutput,
            "directory " + directory + ": " + why + ownership_text(directory) +
                "; let this user write there"};
    }
    return {};
}

int publish(int directory, const RotatedNames& names, RotatedName& name) {
    return publish_as(directory, names, names.unfinished(name), name);
}

bool begins_with(const std::string& path, std::string_view head) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    return !file || starts_with(file.get(), head);
}

Result<bool> cut_torn_end(const std::string& path, const FileFraming& framing) {
    const FileDescriptor file(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size == 0) {
        return false;  // whoever opens it to write says what is wrong
    }
    const auto bytes = static_cast<std::uint64_t>(status.st_size);
    if (framing.ends_whole(file.get(), bytes)) {
        return false;
    }
    Result<FileRemains> remains = framing.recover(file.get());
    if (!remains) {
        return std::move(remains).error();
    }
    const std::uint64_t end = remains.value().bytes;
    if (end == 0) {
        return Error{ErrorKind::kOutput, "it holds nothing of the format that is written now"};
    }
    if (end == bytes) {
        return false;
    }
    if (::ftruncate(file.get(), static_cast<off_t>(end)) != 0) {
        return Error{ErrorKind::kOutput, reason(errno)};
    }
    return true;
}

Recovery recover_files(
    int directory, const RotatedNames& names, const FileFraming& framing, bool sync
) {
    Recovery recovery;
    std::vector<RotatedName> unfinished;
    const auto see = [&recovery](const RotatedName& name) {
        recovery.next_sequence = std::max(recovery.next_sequence, name.sequence + 1);
    };
    const int error = for_each_name(directory, [&](std::string_view text) {
        if (const std::optional<RotatedName> name = names.parse_finished(text)) {
            see(*name);
        } else if (const std::optional<RotatedName> part = names.parse_unfinished(text)) {
            see(*part);
            unfinished.push_back(*part);
        }
    });
    recovery.errors += error != 0 ? 1U : 0U;
    std::ranges::sort(unfinished);
    const RecoveryTerms terms{
        .sync = sync, .deadline = std::chrono::steady_clock::now() + kLockPatience};
    for (const RotatedName& name : unfinished) {
        const Recovered outcome = recover_file(directory, names, name, framing, terms);
        recovery.files_recovered += outcome == Recovered::kPublished ? 1 : 0;
        recovery.errors += outcome == Recovered::kFailed ? 1 : 0;
    }
    if (sync && recovery.files_recovered != 0) {
        recovery.errors += ::fsync(directory) != 0 ? 1U : 0U;
    }
    return recovery;
}

Removal remove_oldest(int directory, const RotatedNames& names, std::uint64_t keep) {
    std::uint64_t found = 0;
    std::priority_queue<RotatedName> oldest;  // the newest of them on top
    Removal removal;
    const int error = for_each_name(directory, [&](std::string_view text) {
        const std::optional<RotatedName> name = names.parse_finished(text);
        if (!name || !is_regular(directory, std::string(text))) {
            return;
        }
        ++found;
        oldest.push(*name);
        if (oldest.size() > kRemovedMax) {
            oldest.pop();
        }
    });
    removal.errors = error != 0 ? 1 : 0;
    const std::uint64_t surplus = found > keep ? found - keep : 0;
    while (oldest.size() > surplus) {
        oldest.pop();
    }
    removal.is_complete = oldest.size() == surplus;
    for (; !oldest.empty(); oldest.pop()) {
        if (::unlinkat(directory, names.finished(oldest.top()).c_str(), 0) == 0) {
            ++removal.files_removed;
        } else {
            removal.errors += errno == ENOENT ? 0 : 1;
        }
    }
    return removal;
}

}  // namespace flowgauge
