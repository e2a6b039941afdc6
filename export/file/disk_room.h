// DiskRoom: watches that a file system keeps a number of free bytes, without asking it each time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace flowgauge {

// Thread: one. Cost: asks the file system (statvfs(3)) each second and before each MiB, and where
// it gets tight.
class DiskRoom {
public:
    using SteadyTime = std::chrono::steady_clock::time_point;

    // `min_free` 0: there is always room.
    DiskRoom(std::string directory, std::uint64_t min_free)
        : directory_(std::move(directory)),
          min_free_(min_free) {}

    // Looks whether `bytes` more leave min_free; is_low() says so afterwards. Returns errno when
    // the file system could not be asked. With `file` >= 0 that file's is meant, wherever it went.
    [[nodiscard]] int look(std::uint64_t bytes, SteadyTime now, int file);

    [[nodiscard]] bool is_low() const noexcept { return low_; }
    void count_written(std::uint64_t bytes) noexcept;

private:
    [[nodiscard]] bool would_be_low(std::uint64_t bytes) const noexcept;
    [[nodiscard]] int ask(SteadyTime now, int file);

    std::string directory_;
    std::uint64_t min_free_;
    bool low_ = false;
    std::optional<SteadyTime> asked_at_;
    std::uint64_t free_bytes_ = 0;  // then, less what may have been taken since
    std::uint64_t block_bytes_ = 0;
    std::uint64_t written_since_ = 0;
};

}  // namespace flowgauge
