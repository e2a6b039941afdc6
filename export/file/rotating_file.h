// RotatingFile: the transport of a process that runs for months. Files follow each other by time,
// size and number of records; no failure is final.
//
// With any of rotate_every, rotate_size and flows_per_file, the path x.csv stands for
// x-<start utc>-<sequence>.csv. A file is written under a hidden name with the ending .part, and
// gets its name when it is whole, so a reader never finds a torn row behind a final name. A file
// begins with its first record. Without any of them x.csv itself is gone on with (O_APPEND), which
// is what a program that rotates logs expects.
#pragma once

#include "export/file/disk_room.h"
#include "export/file/file_rotation.h"
#include "export/file/output_directory.h"
#include "export/file/output_file.h"
#include "export/file/rotated_name.h"
#include "export/sink/transport.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace flowgauge {

// Thread: as a Transport. What happens to records: acknowledged when written (FileSync::kInterval:
// when forced to the disk), else dropped as kOutputFailed or kDiskLow. After a failure the file is
// cut back to its last whole record, and it is tried again after 1 s, then 2 s, up to 30 s; records
// that come meanwhile are dropped.
class RotatingFile final : public Transport {
public:
    // Looks whether files can be made there; a plain file is opened. Errors: kOutput with place,
    // cause and remedy.
    [[nodiscard]] static Result<std::unique_ptr<Transport>> open(RotatingFileOptions options);

    void begin(std::string_view head) override;
    [[nodiscard]] Result<void> write(const RecordBatch& batch) override;
    [[nodiscard]] Result<void> close(std::string_view tail) override;
    [[nodiscard]] const OutputNumbers& numbers() const noexcept override { return numbers_; }
    [[nodiscard]] bool wants_time() const noexcept override { return true; }
    void attend() override;
    void reopen() override;
    void change(const FileRotation& rotation) override;

private:
    using SteadyTime = std::chrono::steady_clock::time_point;

    explicit RotatingFile(RotatingFileOptions options);

    // Whether a file ends here.
    [[nodiscard]] bool rotates() const noexcept;
    [[nodiscard]] bool is_whole() const noexcept;
    [[nodiscard]] bool is_too_old() const noexcept;
    [[nodiscard]] bool would_grow_over(std::uint64_t bytes) const noexcept;
    [[nodiscard]] std::size_t fitting(const RecordBatch& batch) const noexcept;

    // Opening and finishing. Each returns whether it worked; otherwise fail() was called.
    [[nodiscard]] bool make_ready(const RecordBatch& batch);
    [[nodiscard]] bool open_directory();
    [[nodiscard]] bool open_new();
    [[nodiscard]] bool open_plain();
    [[nodiscard]] bool finish();
    [[nodiscard]] bool publish_file();
    [[nodiscard]] bool force_to_disk();
    void lose_file();
    void discard_empty_file();
    void remove_old();
    void note_other_head();

    // What became of records.
    void count(const Appended& appended);
    void drop(const RecordBatch& batch, RecordLoss loss) noexcept;

    // Trouble.
    [[nodiscard]] bool is_waiting() const noexcept { return failing_ && now_.steady < retry_at_; }
    void fail(const std::string& place, int code);
    void fail(std::string text);
    void succeed();
    void look_whether_it_works();
    [[nodiscard]] bool has_room(std::uint64_t bytes);
    void note(const std::string& text) const;
    void update_working() noexcept { numbers_.working = failing_ || disk_.is_low() ? 0 : 1; }

    RotatingFileOptions options_;
    RotatedNames names_;
    DiskRoom disk_;
    std::string head_;
    OutputNumbers numbers_;
    FileMoment now_{};

    FileDescriptor directory_;  // of file_: they may be moved together
    OutputFile file_;
    bool file_rotates_ = false;  // and has the name below
    bool finish_is_due_ = false;
    RotatedName name_;
    SteadyTime opened_at_;
    SteadyTime synced_at_;
    std::uint64_t next_sequence_ = 0;
    bool removal_is_due_ = false;

    bool failing_ = false;
    bool dropped_while_waiting_ = false;
    SteadyTime retry_at_;
    std::chrono::seconds backoff_;
    std::uint64_t dropped_before_ = 0;  // this trouble
    std::string problem_;
};

}  // namespace flowgauge
