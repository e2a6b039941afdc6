#include "sensor/capture_directory.h"

#include <glob.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <system_error>

namespace flowgauge {
namespace {

namespace fs = std::filesystem;

// Who writes a capture file writes often; one that rests this long is taken to be whole. Those that
// are closed while they are watched need not rest, but nobody can tell whether it was seen.
constexpr std::time_t kRestSeconds = 2;

bool is_pattern(const std::string& name) {
    return name.find_first_of("*?[") != std::string::npos;
}

bool is_directory(const std::string& name) {
    std::error_code ignored;
    return fs::is_directory(name, ignored);
}

// Hidden names are those of files that are not whole yet, by custom.
void append_files_in(const std::string& directory, std::vector<std::string>& out) {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
        std::error_code ignored;
        const std::string name = entry.path().filename();
        if (!name.starts_with('.') && entry.is_regular_file(ignored)) {
            out.push_back(entry.path());
        }
    }
}

void append_matches(const std::string& pattern, std::vector<std::string>& out) {
    glob_t matches{};
    // NOLINTNEXTLINE(concurrency-mt-unsafe): without GLOB_TILDE nobody's home is looked up
    if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &matches) == 0) {
        out.insert(out.end(), matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
    }
    ::globfree(&matches);
}

// Where files of that name would come into being.
std::string parent_of(const std::string& name) {
    const std::string parent = fs::path(name).parent_path();
    return parent.empty() ? "." : parent;
}

}  // namespace

Result<CaptureDirectory> CaptureDirectory::open(std::vector<std::string> names, bool watch) {
    CaptureDirectory directory;
    directory.names_ = std::move(names);
    for (const std::string& name : directory.names_) {
        struct stat status {};
        if (!is_pattern(name) && ::stat(name.c_str(), &status) != 0 && !watch) {
            return Error{ErrorKind::kUsage, name + ": " + std::generic_category().message(errno)};
        }
    }
    if (watch) {
        if (Result<void> watched = directory.watch_all(); !watched) {
            return std::move(watched).error();
        }
    }
    return directory;
}

Result<void> CaptureDirectory::watch_all() {
    watch_ = FileDescriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    for (const std::string& name : names_) {
        const std::string directory = is_directory(name) ? name : parent_of(name);
        constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO;
        if (!watch_ || ::inotify_add_watch(watch_.get(), directory.c_str(), kEvents) < 0) {
            return Error{
                ErrorKind::kUsage,
                "watch " + directory + ": " + std::generic_category().message(errno)};
        }
    }
    return {};
}

std::vector<std::string> CaptureDirectory::list() const {
    std::vector<std::string> files;
    for (const std::string& name : names_) {
        if (is_directory(name)) {
            append_files_in(name, files);
        } else if (is_pattern(name)) {
            append_matches(name, files);
        } else {
            files.push_back(name);
        }
    }
    std::ranges::sort(files);
    files.erase(std::unique(files.begin(), files.end()), files.end());
    return files;
}

std::vector<std::string> CaptureDirectory::take_new() {
    std::vector<std::string> found;
    std::set<FileId> present;
    const std::time_t rested = std::time(nullptr) - kRestSeconds;
    for (std::string& name : list()) {
        struct stat status {};
        if (::stat(name.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) {
            continue;
        }
        const FileId id{status.st_dev, status.st_ino};
        if (given_.contains(id)) {
            present.insert(id);
        } else if (!watch_ || status.st_mtime <= rested) {
            present.insert(id);
            found.push_back(std::move(name));
        }
    }
    given_ = std::move(present);
    return found;
}

void CaptureDirectory::wait(std::chrono::milliseconds timeout) {
    if (!watch_) {
        return;
    }
    pollfd wanted{.fd = watch_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&wanted, 1, static_cast<int>(timeout.count())) <= 0) {
        return;
    }
    // What happened does not matter: take_new() looks at everything.
    std::array<char, 4096> events{};
    while (::read(watch_.get(), events.data(), events.size()) > 0) {}
}

}  // namespace flowgauge
