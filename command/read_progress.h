// ReadProgress: one line on standard error, rewritten in place, that says how far `read` is.
#pragma once

#include "command/progress_text.h"
#include "command/terminal.h"
#include "config/settings.h"
#include "offline/file_walk.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace flowgauge {

// Whether the line is shown. By itself it is on a terminal, unless records scroll by on one.
[[nodiscard]] bool shows_progress(
    const Settings& settings, const Terminal& out, const Terminal& error
);

// What there is to read in all: known for regular files that are captures as they stand; not for
// pipes, or what has to be unpacked first. Errors: nothing, for a file that cannot be opened, too.
[[nodiscard]] std::optional<std::uint64_t> bytes_to_read(const std::vector<std::string>& paths);

// Thread: the reader makes it, tells it and ends it; a thread of its own has the clock and writes.
// Cost: a relaxed load a frame, of a line that is written five times a second. The reader itself
// looks at no clock, and stores only when it is asked.
class ReadProgress final : public WalkWatcher {
public:
    // Shows nothing unless `shown`.
    ReadProgress(bool shown, std::optional<std::uint64_t> total_bytes);
    ~ReadProgress() override { finish(); }
    ReadProgress(const ReadProgress&) = delete;
    ReadProgress& operator=(const ReadProgress&) = delete;

    void see(const WalkPoint& point) override;

    // Clears the line. Nothing is written after that.
    void finish();

private:
    void work(const std::stop_token& stop);
    void show(const std::string& text);

    std::optional<std::uint64_t> total_bytes_;
    std::size_t shown_columns_ = 0;  // that the last text took

    // Cells: written by the reader. Nothing is concluded from them.
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<std::uint64_t> packets_{0};
    std::atomic<std::uint64_t> flows_{0};

    std::mutex mutex_;  // for the wait alone
    std::condition_variable_any stopped_;
    std::jthread thread_;
};

}  // namespace flowgauge
