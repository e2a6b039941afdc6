// What comes of the steps of a RotatingFile: opening, finishing, trouble.
#include "core/base/format.h"
#include "export/file/rotating_file.h"
#include "export/terminal/quantity_text.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

constexpr int kNameTriesMax = 1000;

std::string reason(int code) {
    return std::generic_category().message(code);
}

}  // namespace

// What came of a write
// ------------------------------------------------------------------------------------

void RotatingFile::complete() {
    if (write_.written != write_.bytes.size() && write_.error == 0) {
        write_.error = EIO;
    }
    switch (std::exchange(work_, Work::kNothing)) {
    case Work::kUnits:
        complete_units();
        break;
    case Work::kSync:
        settle_sync();
        break;
    case Work::kEnd:
        complete_end();
        break;
    case Work::kDirectory:
        if (write_.error != 0) {
            note_sync_error("fsync of " + names_.directory());
        }
        break;
    case Work::kNothing:
        break;
    }
}

void RotatingFile::complete_units() {
    if (write_.written != write_.bytes.size()) {
        file_.tear();
        static_cast<void>(file_.cut_back());  // if that fails, it is tried again before all else
        fail(names_.plain(), write_.error);
        discard_empty_file();
        return;
    }
    file_.count(write_.written, records_);
    queue_.count_written(units_);
    disk_.count_written(write_.written);
    numbers_.bytes_written += write_.written;
    if (records_ != 0) {
        numbers_.last_success_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                       options_.utc_clock().time_since_epoch()
        )
                                       .count();
    }
    if (options_.sync != FileSync::kInterval || !file_.is_regular()) {
        queue_.make_safe();
        succeed();
    } else if (write_.sync) {
        settle_sync();
    } else {
        succeed();
    }
}

// What was written since the last time is safe from now on, or it is written once more.
void RotatingFile::settle_sync() {
    safe_at_ = now_;
    if (write_.error == 0) {
        queue_.make_safe();
        file_.make_safe();
        succeed();
        return;
    }
    queue_.rewind();
    static_cast<void>(file_.rewind());
    fail(names_.plain(), write_.error);
    discard_empty_file();
}

void RotatingFile::complete_end() {
    const bool is_written = write_.written == write_.bytes.size();
    if (is_written && write_.error == 0) {
        file_.count(write_.written, 0);
        numbers_.bytes_written += write_.written;
        file_has_ended_ = true;
        if (write_.sync) {
            queue_.make_safe();
            file_.make_safe();
        }
    } else if (options_.sync == FileSync::kInterval && file_.is_regular()) {
        file_.tear();
        settle_sync();
    } else if (!is_written) {
        file_.tear();
        static_cast<void>(file_.cut_back());
        fail(names_.plain(), write_.error);
    } else {
        file_.count(write_.written, 0);
        numbers_.bytes_written += write_.written;
        file_has_ended_ = true;
        note_sync_error("fdatasync");
    }
}

void RotatingFile::note_sync_error(const std::string& place) {
    ++numbers_.errors;
    trouble_.tell(FileNews::kNote, place + ": " + reason(write_.error));
}

// Opening and finishing
// ----------------------------------------------------------------------------

// Whatever the settings are now, an earlier run may have left unfinished files.
void RotatingFile::recover() {
    if (!open_directory()) {
        return;
    }
    const Recovery recovery =
        recover_files(directory_.get(), names_, *framing_, options_.sync != FileSync::kNone);
    numbers_.files_recovered += recovery.files_recovered;
    numbers_.errors += recovery.errors;
    next_sequence_ = recovery.next_sequence;
    if (recovery.errors != 0) {
        trouble_.tell(
            FileNews::kNote,
            "unfinished files of an earlier run could not be finished; their names end in .part"
        );
    }
    remove_old();
}

bool RotatingFile::make_ready() {
    return file_ || (open_directory() && (rotates() ? open_new() : open_plain()));
}

bool RotatingFile::open_directory() {
    const std::string& path = names_.directory();
    directory_ = FileDescriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory_) {
        fail(path, errno);
        return false;
    }
    return true;
}

bool RotatingFile::open_new() {
    int error = EEXIST;
    for (int i = 0; i < kNameTriesMax && (error == EEXIST || error == EWOULDBLOCK); ++i) {
        name_ = {.sequence = next_sequence_++, .start = utc_stamp(options_.utc_clock())};
        error = file_.create(directory_.get(), names_.unfinished(name_));
    }
    if (error != 0) {
        file_.abandon();
        fail(names_.plain(), error);
        return false;
    }
    count_opened(true);
    return true;
}

bool RotatingFile::open_plain() {
    Result<bool> cut = cut_torn_end(names_.plain(), *framing_);
    if (!cut) {
        fail(std::move(cut).error().within(names_.plain()).message);
        return false;
    }
    numbers_.files_recovered += cut.value() ? 1U : 0U;
    if (const int error = file_.open(names_.plain()); error != 0) {
        fail(names_.plain(), error);
        return false;
    }
    count_opened(false);
    return true;
}

void RotatingFile::count_opened(bool of_rotation) {
    ++numbers_.files_opened;
    file_rotates_ = of_rotation;
    file_has_ended_ = false;
    finish_is_due_ = false;
    open_is_due_ = false;
    opened_at_ = now_;
    safe_at_ = now_;
    preamble_.reset();
}

// Tells the framing of what follows. Requires: a block waits, and a file is open.
void RotatingFile::use_preamble() {
    static const std::shared_ptr<const Preamble> kNone = std::make_shared<const Preamble>();
    const std::shared_ptr<const Preamble>& wanted =
        queue_.block().preamble == nullptr ? kNone : queue_.block().preamble;
    if (preamble_ != nullptr && preamble_->fingerprint == wanted->fingerprint) {
        return;
    }
    preamble_ = wanted;
    framing_->begin(preamble_);
    if (!file_rotates_ && file_.bytes() != 0 && !begins_with(names_.plain(), framing_->head())) {
        trouble_.tell(
            FileNews::kNote, "it has another head than what is written now; move it away and reload"
        );
    }
}

void RotatingFile::refuse_block() {
    ++numbers_.errors;
    trouble_.tell(
        FileNews::kNote,
        format(
            "{} records of another format are dropped (refused); they were spooled before the "
            "format was changed",
            queue_.block().records
        )
    );
    queue_.refuse();
}

bool RotatingFile::publish_file() {
    const int error = publish(directory_.get(), names_, name_);
    if (error == ENOENT) {
        ++numbers_.errors;
        trouble_.tell(
            FileNews::kNote,
            names_.unfinished(name_) + " was renamed or moved by somebody else while in work"
        );
    } else if (error != 0) {
        fail(names_.unfinished(name_), error);
        return false;
    }
    next_sequence_ = std::max(next_sequence_, name_.sequence + 1);
    succeed();
    return true;
}

void RotatingFile::lose_file() {
    queue_.rewind();
    ++numbers_.errors;
    finish_is_due_ = false;
    file_.abandon();
    trouble_.tell(
        FileNews::kNote,
        "the file was removed while it was written, with what was in it; a new one begins"
    );
}

void RotatingFile::discard_empty_file() {
    if (!file_rotates_ || file_.records() != 0) {
        return;
    }
    if (::unlinkat(directory_.get(), names_.unfinished(name_).c_str(), 0) != 0) {
        ++numbers_.errors;
    }
    finish_is_due_ = false;
    file_.abandon();
}

void RotatingFile::remove_old() {
    removal_is_due_ = false;
    removed_at_ = now_;
    if (options_.rotation.keep == 0 || !rotates() || !directory_) {
        return;
    }
    const Removal removal = remove_oldest(directory_.get(), names_, options_.rotation.keep);
    numbers_.files_removed += removal.files_removed;
    numbers_.errors += removal.errors;
    removal_is_due_ = !removal.is_complete;
    if (removal.errors != 0) {
        trouble_.tell(
            FileNews::kNote, "old files could not be removed" + ownership_text(names_.directory())
        );
    }
}

// Trouble
// ------------------------------------------------------------------------------------------

void RotatingFile::fail(const std::string& place, int code) {
    std::string text = place + ": " + reason(code);
    if (code == EACCES || code == EPERM || code == ENOENT) {
        text += ownership_text(names_.directory());
    } else if (code == ELOOP) {
        text += "; a symbolic link is not followed";
    } else if (code == EINVAL) {
        text += "; only a regular file can be gone on with";
    }
    fail(std::move(text));
}

void RotatingFile::fail(std::string text) {
    ++numbers_.errors;
    trouble_.fail(std::move(text), now_);
    update_working();
}

void RotatingFile::succeed() {
    trouble_.succeed();
    update_working();
}

// While no record waits, only this finds out that the trouble is over.
void RotatingFile::look_whether_it_works() {
    struct statvfs disk {};
    if (check_directory(names_.directory()) && ::statvfs(names_.directory().c_str(), &disk) == 0 &&
        disk.f_bavail != 0) {
        succeed();
    } else {
        trouble_.try_later(now_);
    }
}

// Whether `bytes` may be written without going below min_free.
bool RotatingFile::has_disk_room(std::uint64_t bytes) {
    const bool was_low = disk_.is_low();
    if (const int error = disk_.look(bytes, now_, file_.descriptor()); error != 0) {
        fail(names_.directory(), error);
        return false;
    }
    update_working();
    if (disk_.is_low() && !was_low) {
        trouble_.tell(
            FileNews::kFailing,
            format(
                "less than {} (min_free) would stay free on the file system; records wait until "
                "there is room",
                bytes_text(options_.min_free)
            )
        );
    } else if (!disk_.is_low() && was_low) {
        trouble_.tell(FileNews::kWorking, "there is room again on the file system");
    }
    return !disk_.is_low();
}

}  // namespace flowgauge
