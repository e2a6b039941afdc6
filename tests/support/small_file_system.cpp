#include "tests/support/small_file_system.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace flowgauge::test {
namespace {

Error failed(const std::string& what) {
    return Error{ErrorKind::kSystem, what + ": " + std::generic_category().message(errno)};
}

}  // namespace

TestDirectory::TestDirectory() {
    std::string pattern = std::filesystem::temp_directory_path().string() + "/flowgauge_XXXXXX";
    if (::mkdtemp(pattern.data()) != nullptr) {
        path_ = pattern;
    }
}

TestDirectory::~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::map<std::string, std::string> TestDirectory::files() const {
    std::map<std::string, std::string> found;
    std::error_code gone;
    for (const auto& entry : std::filesystem::directory_iterator(path_, gone)) {
        if (entry.symlink_status().type() == std::filesystem::file_type::regular) {
            found[entry.path().filename().string()] = content_of(entry.path().string());
        }
    }
    return found;
}

std::string content_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

Result<SmallFileSystem> SmallFileSystem::mount(const std::string& directory, std::size_t bytes) {
    FileDescriptor home(::open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC));
    if (!home || ::unshare(CLONE_NEWNS) != 0) {
        return failed("a mount namespace of its own");
    }
    SmallFileSystem made(directory, std::move(home));
    const std::string size = "size=" + std::to_string(bytes);
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", directory.c_str(), "tmpfs", 0, size.c_str()) != 0) {
        return failed("tmpfs on " + directory);
    }
    return made;
}

SmallFileSystem::~SmallFileSystem() {
    if (home_) {
        static_cast<void>(::umount2(directory_.c_str(), MNT_DETACH));
        static_cast<void>(::setns(home_.get(), CLONE_NEWNS));
    }
}

bool SmallFileSystem::take(std::size_t bytes) const {
    const FileDescriptor ballast(
        ::open((directory_ + "/ballast").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
    );
    return ballast &&
           (bytes == 0 || ::posix_fallocate(ballast.get(), 0, static_cast<off_t>(bytes)) == 0);
}

}  // namespace flowgauge::test
