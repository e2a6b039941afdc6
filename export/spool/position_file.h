// PositionFile: keeps on disk up to where all frames are acknowledged.
#pragma once

#include "core/base/file_descriptor.h"
#include "export/disk/disk_writer.h"
#include "export/spool/frame.h"
#include "export/spool/spool_directory.h"

#include <cstdint>
#include <optional>
#include <string>

namespace flowgauge {

// The new position is written to a second file and made durable there, takes the place of the old
// one, and that is made durable in the directory. Then it holds. The old file is kept for the next
// position, which therefore needs no room on the disk.
//
// Thread: one. Ownership: refers to the directory and to the writer.
class PositionFile {
public:
    PositionFile(const SpoolDirectory& directory, DiskWriter& writer) noexcept
        : directory_(directory),
          writer_(writer) {}
    PositionFile(const PositionFile&) = delete;
    PositionFile& operator=(const PositionFile&) = delete;
    ~PositionFile() = default;

    // What an earlier run left, or nothing. `is_damaged` tells whether there was something that
    // could not be read.
    [[nodiscard]] std::optional<Landmark> load(bool& is_damaged) const;

    // What the disk is known to hold.
    void set_durable(const SpoolPoint& point) noexcept { durable_ = point; }
    [[nodiscard]] const SpoolPoint& durable() const noexcept { return durable_; }

    // Begins to write. Requires: !is_busy().
    void begin(const Landmark& landmark);
    [[nodiscard]] bool is_busy() const noexcept { return state_ != State::kIdle; }

    // Goes on. Returns errno of what failed; begin() may be called again later.
    [[nodiscard]] int turn();

private:
    enum class State : std::uint8_t { kIdle, kWriting, kNaming };

    [[nodiscard]] int give_name();
    [[nodiscard]] int fail(int error) noexcept;

    const SpoolDirectory& directory_;
    DiskWriter& writer_;
    State state_ = State::kIdle;
    int error_ = 0;  // of begin()
    SpoolPoint durable_;
    SpoolPoint next_;
    std::string bytes_;
    FileDescriptor file_;
    DiskWrite write_;
};

}  // namespace flowgauge
