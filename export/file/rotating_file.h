// RotatingFile: the transport of a process that runs for months. Files follow each other by time,
// size and number of records; no failure is final.
//
// With any of rotate_every, rotate_size and flows_per_file, the path x.csv stands for
// x-<start utc>-<sequence>.csv. A file is written under a hidden name with the ending .part, and
// gets its name when it is whole, so a reader never finds a torn row behind a final name. A file
// begins with its first record. Without any of them x.csv itself is gone on with (O_APPEND), which
// is what a program that rotates logs expects; a format that cannot be gone on with has files of
// their own nevertheless.
#pragma once

#include "export/disk/disk_writer.h"
#include "export/file/disk_room.h"
#include "export/file/file_framing.h"
#include "export/file/file_rotation.h"
#include "export/file/output_directory.h"
#include "export/file/output_file.h"
#include "export/file/output_trouble.h"
#include "export/file/rotated_name.h"
#include "export/file/write_queue.h"
#include "export/sink/transport.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace flowgauge {

// Thread: as a Transport. Waits for the disk when it is opened; later writes and syncs are the
// writer's, and names are given without waiting for more than the directory. One write is under
// way at a time. Records are acknowledged when written, with FileSync::kInterval when forced to the
// disk; they are dropped nowhere. After a failure the file is cut back to its last whole unit, and
// it is tried again after 1 s, then 2 s, up to 30 s; blocks wait meanwhile, and loss() says why.
class RotatingFile final : public Transport {
public:
    // Looks whether files can be made there and finishes what an earlier run left; a plain file is
    // opened. Errors: kOutput with place, cause and remedy.
    [[nodiscard]] static Result<std::unique_ptr<RotatingFile>> open(
        RotatingFileOptions options,
        std::unique_ptr<FileFraming> framing,
        std::unique_ptr<DiskWriter> writer
    );

    [[nodiscard]] bool has_room() const noexcept override;
    void send(Block block) override { queue_.push(std::move(block)); }
    void turn(SteadyTime now, std::vector<Delivery>& done) override;
    void prepare_wait(TransportWait& wait) const override;
    void close() override;
    [[nodiscard]] bool is_idle() const noexcept override;
    [[nodiscard]] bool wants_head() const noexcept override { return true; }
    void take_back(std::vector<Block>& blocks) override;
    [[nodiscard]] const OutputNumbers& numbers() const noexcept override { return numbers_; }
    [[nodiscard]] RecordLoss loss() const noexcept override;
    void reopen() override;

    // What follows is rotated and kept so. Thread: that of the sink.
    void change(const FileRotation& rotation);

private:
    // What write_ is for.
    enum class Work : std::uint8_t { kNothing, kUnits, kSync, kEnd, kDirectory };

    RotatingFile(
        RotatingFileOptions options,
        std::unique_ptr<FileFraming> framing,
        std::unique_ptr<DiskWriter> writer
    );

    // Whether a file ends here.
    [[nodiscard]] bool rotates() const noexcept;
    [[nodiscard]] bool is_whole() const noexcept;
    [[nodiscard]] bool is_too_old() const noexcept;
    [[nodiscard]] bool has_to_end() const;
    [[nodiscard]] bool next_unit_fits() const;
    [[nodiscard]] bool is_foreign(const Block& block) const;
    [[nodiscard]] std::size_t fitting() const noexcept;
    [[nodiscard]] bool sync_is_due() const noexcept;

    // One step at a time: begins something, or decides that nothing can be done now (false).
    [[nodiscard]] bool go_on();
    [[nodiscard]] bool write_units();
    [[nodiscard]] bool finish();
    [[nodiscard]] bool end_file();
    void begin(Work work, std::string_view bytes, bool sync);

    // What came of it.
    void complete();
    void complete_units();
    void complete_end();
    void note_sync_error(const std::string& place);
    void settle_sync();

    // Opening and finishing. Each returns whether it worked; otherwise fail() was called.
    void recover();
    [[nodiscard]] bool make_ready();
    [[nodiscard]] bool open_directory();
    [[nodiscard]] bool open_new();
    [[nodiscard]] bool open_plain();
    [[nodiscard]] bool publish_file();
    void count_opened(bool of_rotation);
    void lose_file();
    void discard_empty_file();
    void remove_old();
    void use_preamble();
    void refuse_block();

    // Trouble.
    void fail(const std::string& place, int code);
    void fail(std::string text);
    void succeed();
    void look_whether_it_works();
    [[nodiscard]] bool has_disk_room(std::uint64_t bytes);
    void update_working() noexcept {
        numbers_.working = trouble_.is_failing() || disk_.is_low() ? 0 : 1;
    }

    RotatingFileOptions options_;
    std::unique_ptr<FileFraming> framing_;
    RotatedNames names_;
    DiskRoom disk_;
    OutputTrouble trouble_;
    OutputNumbers numbers_;
    SteadyTime now_;
    bool closing_ = false;

    FileDescriptor directory_;  // of file_: they may be moved together
    OutputFile file_;
    bool file_rotates_ = false;  // and has the name below
    bool file_has_ended_ = false;
    bool finish_is_due_ = false;
    bool open_is_due_ = false;
    RotatedName name_;
    SteadyTime opened_at_;
    SteadyTime safe_at_;
    std::uint64_t next_sequence_ = 0;
    std::shared_ptr<const Preamble> preamble_;  // of the units that framing_ frames

    bool removal_is_due_ = false;
    SteadyTime removed_at_;

    WriteQueue queue_;
    Work work_ = Work::kNothing;
    DiskWrite write_;
    std::size_t units_ = 0;      // in write_
    std::uint64_t records_ = 0;  // in those
    // Behind what it writes: it has done with that when it is gone.
    std::unique_ptr<DiskWriter> writer_;
};

}  // namespace flowgauge
