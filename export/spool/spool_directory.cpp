#include "export/spool/spool_directory.h"

#include "core/base/format.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <system_error>

namespace flowgauge {
namespace {

constexpr mode_t kDirectoryMode = 0750;
constexpr mode_t kFileMode = 0640;
constexpr std::size_t kDigits = 16;
constexpr std::string_view kSegment = ".seg";
constexpr std::string_view kAside = ".bad";
constexpr const char* kLock = "lock";

std::string name_of(std::uint64_t number, std::string_view ending) {
    return format("{:016x}{}", number, ending);
}

// Only names that name_of() gives.
std::optional<std::uint64_t> number_of(std::string_view name, std::string_view ending) {
    if (name.size() != kDigits + ending.size() || !name.ends_with(ending)) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, number, 16);
    if (error != std::errc() || end != name.data() + kDigits || name_of(number, ending) != name) {
        return std::nullopt;
    }
    return number;
}

Error failed(const std::string& path, int code, const std::string& remedy) {
    return Error{
        ErrorKind::kOutput,
        "spool directory " + path + ": " + std::generic_category().message(code) + "; " + remedy};
}

std::string rights_remedy(const std::string& path) {
    return format("let user number {} write there, or: install -d -m 0750 {}", ::geteuid(), path);
}

// As `mkdir -p`. Returns errno.
int make_directories(const std::string& path) {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const std::string part = path.substr(0, end);
        if (::mkdir(part.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
            // It may be there all the same: on a file system that is read-only, for example.
            struct stat status {};
            const int error = errno;
            if (::stat(part.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
                return error;
            }
        }
        if (end == std::string::npos) {
            return 0;
        }
    }
}

}  // namespace

std::string segment_name(std::uint64_t number) {
    return name_of(number, kSegment);
}

Result<SpoolDirectory> SpoolDirectory::open(const std::string& path) {
    if (const int error = make_directories(path); error != 0) {
        return failed(path, error, rights_remedy(path));
    }
    FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) {
        return failed(path, errno, rights_remedy(path));
    }
    FileDescriptor lock(::openat(
        directory.get(), kLock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, kFileMode
    ));
    if (!lock) {
        const int error = errno;
        return failed(path + "/" + kLock, error, rights_remedy(path));
    }
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        return failed(
            path,
            error,
            error == EWOULDBLOCK ? "another sink or process uses it: each needs one of its own"
                                 : "its file system must know flock(2)"
        );
    }
    return SpoolDirectory(path, std::move(directory), std::move(lock));
}

Result<SpoolFiles> SpoolDirectory::list() const {
    struct Closer {
        void operator()(DIR* stream) const noexcept { ::closedir(stream); }
    };
    FileDescriptor again(::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::unique_ptr<DIR, Closer> stream(again ? ::fdopendir(again.get()) : nullptr);
    if (stream == nullptr) {
        return failed(path_, errno, rights_remedy(path_));
    }
    static_cast<void>(again.release());  // the stream closes it
    SpoolFiles files;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this thread's own
    while (const dirent* entry = ::readdir(stream.get())) {
        const std::string_view name(entry->d_name);
        const std::optional<std::uint64_t> segment = number_of(name, kSegment);
        const std::optional<std::uint64_t> aside = number_of(name, kAside);
        struct stat status {};
        if ((segment || aside) &&
            ::fstatat(directory_.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(status.st_mode)) {
            (segment ? files.segments : files.aside)
                .push_back(
                    {.number = segment.value_or(aside.value_or(0)),
                     .bytes = static_cast<std::uint64_t>(status.st_size)}
                );
        }
    }
    std::ranges::sort(files.segments, {}, &SegmentFile::number);
    std::ranges::sort(files.aside, {}, &SegmentFile::number);
    return files;
}

// Without waiting for somebody at the other end of what is no regular file.
FileDescriptor SpoolDirectory::open_file(const std::string& name, int flags) const noexcept {
    FileDescriptor file(::openat(
        directory_.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, kFileMode
    ));
    struct stat status {};
    if (file && (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))) {
        errno = EINVAL;
        return {};
    }
    return file;
}

FileDescriptor SpoolDirectory::open_segment(std::uint64_t number) const noexcept {
    return open_file(segment_name(number), O_RDONLY);
}

FileDescriptor SpoolDirectory::create_segment(std::uint64_t number) const noexcept {
    return open_file(segment_name(number), O_RDWR | O_CREAT | O_EXCL);
}

int SpoolDirectory::remove_segment(std::uint64_t number) const noexcept {
    return ::unlinkat(directory_.get(), segment_name(number).c_str(), 0) == 0 ? 0 : errno;
}

int SpoolDirectory::set_aside(std::uint64_t number) const noexcept {
    const std::string from = segment_name(number);
    const std::string to = name_of(number, kAside);
    return ::renameat(directory_.get(), from.c_str(), directory_.get(), to.c_str()) == 0 ? 0
                                                                                         : errno;
}

int SpoolDirectory::remove_aside(std::uint64_t number) const noexcept {
    return ::unlinkat(directory_.get(), name_of(number, kAside).c_str(), 0) == 0 ? 0 : errno;
}

int SpoolDirectory::exchange(const std::string& from, const std::string& to) const noexcept {
    const int directory = directory_.get();
    if (::renameat2(directory, from.c_str(), directory, to.c_str(), RENAME_EXCHANGE) == 0) {
        return 0;
    }
    // The first time there is nothing to exchange with; and not every file system can.
    if (errno != ENOENT && errno != EINVAL && errno != ENOSYS) {
        return errno;
    }
    return ::renameat(directory, from.c_str(), directory, to.c_str()) == 0 ? 0 : errno;
}

}  // namespace flowgauge
