// ProcRoot: the mount of procfs, and small reads below it whose every failure is an outcome.
//
// Processes end while they are looked at: nothing here fails because of that. Kernel: proc(5).
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"

#include <dirent.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace flowgauge {

// How a look at something of a process ended.
enum class LookOutcome : std::uint8_t {
    kRead,
    kVanished,  // the process, thread or descriptor is gone: ENOENT, ESRCH
    kDenied,    // there, and not to be looked at: EACCES, EPERM, too many open files, whatever else
};

[[nodiscard]] LookOutcome outcome_of(int error) noexcept;

// Which process: a pid alone names many, one after the other.
struct ProcessIdentity {
    std::int32_t pid = -1;
    std::uint64_t start_time = 0;  // field 22 of /proc/PID/stat, ticks since boot

    friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

// Ownership: holds the directory open. Thread: any, nothing changes after open().
class ProcRoot {
public:
    [[nodiscard]] static Result<ProcRoot> open(std::string path = "/proc");

    [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }

    // Whether its pids are those that system calls of this process take, too.
    [[nodiscard]] bool is_own() const noexcept { return own_; }

private:
    ProcRoot(FileDescriptor descriptor, bool own) noexcept
        : descriptor_(std::move(descriptor)),
          own_(own) {}

    FileDescriptor descriptor_;
    bool own_;
};

// "PID", "PID/NAME", "PID/task/TID/NAME" as a path without an allocation.
class ProcPath {
public:
    explicit ProcPath(std::int32_t pid, std::string_view name = {}) noexcept;
    ProcPath(std::int32_t pid, std::int32_t thread, std::string_view name) noexcept;

    [[nodiscard]] const char* text() const noexcept { return text_.data(); }

private:
    void append(std::string_view text) noexcept;
    void append(std::int32_t number) noexcept;

    std::array<char, 64> text_{};
    std::size_t size_ = 0;
};

// Opens a directory below another; `outcome` says why there is none.
[[nodiscard]] FileDescriptor open_directory(int directory, const char* path, LookOutcome& outcome);

// Reads a file below `directory` into `out`, `bytes_max` at most; what lies behind is left away.
[[nodiscard]] LookOutcome read_file(
    int directory, const char* path, std::size_t bytes_max, std::string& out
);

// Reads where a link leads to into the beginning of `room`; longer ones are cut. `text` is a view
// of it.
[[nodiscard]] LookOutcome read_link(
    int directory, const char* path, std::span<char> room, std::string_view& text
);

// The non-negative decimal number that `text` is, or -1.
[[nodiscard]] std::int64_t decimal_of(std::string_view text) noexcept;

// Names of a directory, by getdents64 with 64 KiB at once. Reusable.
class DirectoryNames {
public:
    // Begins with the names behind `offset`, which is 0 or what a name's entry had as next_offset.
    void begin(int directory, std::int64_t offset = 0) noexcept;

    struct Entry {
        const char* name = nullptr;
        std::int64_t next_offset = 0;
        std::uint64_t inode = 0;
        bool is_directory = false;  // false also where the file system does not say
    };

    // Returns false at the end, which outcome() explains. The name lives until the next call.
    [[nodiscard]] bool next(Entry& entry) noexcept;

    [[nodiscard]] LookOutcome outcome() const noexcept { return outcome_; }

private:
    static constexpr std::size_t kRoomBytes = 65'536;

    std::unique_ptr<std::byte[]> room_ = std::make_unique<std::byte[]>(kRoomBytes);
    int directory_ = -1;
    std::size_t at_ = 0;
    std::size_t size_ = 0;
    LookOutcome outcome_ = LookOutcome::kRead;
};

}  // namespace flowgauge
