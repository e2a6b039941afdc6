// File systems for tests of outputs: a directory of one's own, and one that is small enough to run
// full.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"

#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace flowgauge::test {

// A new directory, gone with all it holds when destroyed.
class TestDirectory {
public:
    TestDirectory();
    TestDirectory(const TestDirectory&) = delete;
    TestDirectory& operator=(const TestDirectory&) = delete;
    ~TestDirectory();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

    // Name and content of all regular files, hidden ones as well.
    [[nodiscard]] std::map<std::string, std::string> files() const;

private:
    std::string path_;
};

[[nodiscard]] std::string content_of(const std::string& path);

// A tmpfs mounted on a directory, seen by the calling thread alone and by threads that it makes
// later. Needs CAP_SYS_ADMIN: a test that gets an error from mount() skips. Thread: destroy it
// where it was made.
class SmallFileSystem {
public:
    [[nodiscard]] static Result<SmallFileSystem> mount(
        const std::string& directory, std::size_t bytes
    );

    SmallFileSystem(SmallFileSystem&& other) noexcept
        : directory_(std::exchange(other.directory_, {})),
          home_(std::move(other.home_)) {}
    SmallFileSystem& operator=(SmallFileSystem&&) = delete;
    SmallFileSystem(const SmallFileSystem&) = delete;
    SmallFileSystem& operator=(const SmallFileSystem&) = delete;
    ~SmallFileSystem();

    // Takes so many bytes of it, instead of those taken before. Returns whether they were there.
    [[nodiscard]] bool take(std::size_t bytes) const;

private:
    SmallFileSystem(std::string directory, FileDescriptor home)
        : directory_(std::move(directory)),
          home_(std::move(home)) {}

    std::string directory_;
    FileDescriptor home_;  // the mount namespace to go back to
};

}  // namespace flowgauge::test
