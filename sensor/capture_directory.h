// CaptureDirectory: the capture files that an input names, by path, glob or directory, each once.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"

#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {

// Thread: one. Remembers what it has given, as long as that is there.
class CaptureDirectory {
public:
    CaptureDirectory() = default;

    // Errors: kUsage when something named does not exist and is not watched for, or cannot be
    // watched.
    [[nodiscard]] static Result<CaptureDirectory> open(std::vector<std::string> names, bool watch);

    // Files that were not given before, in the order of their names. With `watch`, one that was
    // written to within the last seconds is given later: it may not be whole.
    [[nodiscard]] std::vector<std::string> take_new();

    // Waits until something may have changed, or the time is over. Without `watch` returns at once.
    void wait(std::chrono::milliseconds timeout);

    [[nodiscard]] bool watches() const noexcept { return static_cast<bool>(watch_); }

private:
    // Device and inode: a file that is renamed is not another one.
    using FileId = std::pair<std::uint64_t, std::uint64_t>;

    [[nodiscard]] std::vector<std::string> list() const;
    [[nodiscard]] Result<void> watch_all();

    std::vector<std::string> names_;
    FileDescriptor watch_;  // inotify(7)
    std::set<FileId> given_;
};

}  // namespace flowgauge
