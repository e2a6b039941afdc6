#include "export/file/rotating_file.h"

#include "core/base/format.h"
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

using std::chrono::seconds;

constexpr seconds kBackoffMin{1};
constexpr seconds kBackoffMax{30};
constexpr seconds kSyncEvery{1};
constexpr int kNameTriesMax = 1000;

std::string reason(int code) {
    return std::generic_category().message(code);
}

}  // namespace

Result<std::unique_ptr<Transport>> RotatingFile::open(RotatingFileOptions options) {
    // Whoever opens it hears of a failure by the result.
    auto tell = std::exchange(options.tell, [](FileNews, const std::string&) {});
    std::unique_ptr<RotatingFile> made(new RotatingFile(std::move(options)));  // private
    made->now_ = made->options_.clock();
    const std::string& path = made->options_.path;
    if (Result<void> checked = check_directory(made->names_.directory()); !checked) {
        return std::move(checked).error().within(path);
    }
    if (!made->rotates() && !made->open_plain()) {
        return Error{ErrorKind::kOutput, made->problem_};
    }
    made->options_.tell = std::move(tell);
    return std::unique_ptr<Transport>(std::move(made));
}

RotatingFile::RotatingFile(RotatingFileOptions options)
    : options_(std::move(options)),
      names_(options_.path),
      disk_(names_.directory(), options_.min_free),
      backoff_(kBackoffMin) {}

// Whatever the settings are now, an earlier run may have left unfinished files.
void RotatingFile::begin(std::string_view head) {
    now_ = options_.clock();
    head_ = head;
    if (!open_directory()) {
        return;
    }
    const Recovery recovery = recover_files(
        directory_.get(),
        names_,
        {.head = head_,
         .quoted_newlines = options_.quoted_newlines,
         .sync = options_.sync != FileSync::kNone}
    );
    numbers_.files_recovered += recovery.files_recovered;
    numbers_.errors += recovery.errors;
    next_sequence_ = recovery.next_sequence;
    if (recovery.errors != 0) {
        note("unfinished files of an earlier run could not be finished; their names end in .part");
    }
    if (file_) {
        note_other_head();
    }
    remove_old();
}

Result<void> RotatingFile::write(const RecordBatch& batch) {
    now_ = options_.clock();
    if (is_waiting()) {
        dropped_while_waiting_ = true;
        drop(batch, RecordLoss::kOutputFailed);
        return {};
    }
    if (!has_room(batch.bytes.size())) {
        drop(batch, disk_.is_low() ? RecordLoss::kDiskLow : RecordLoss::kOutputFailed);
        return {};
    }
    RecordBatch rest = batch;
    while (rest.size() != 0) {
        if (!make_ready(rest)) {
            drop(rest, RecordLoss::kOutputFailed);
            return {};
        }
        const Appended appended = file_.append(head_, rest.first(fitting(rest)));
        count(appended);
        rest = rest.behind(appended.records);
        if (appended.error != 0) {
            fail(options_.path, appended.error);
            discard_empty_file();
        } else {
            succeed();
            if (is_whole()) {
                static_cast<void>(finish());
            }
        }
    }
    return {};
}

// CSV and JSON lines have nothing at their end.
Result<void> RotatingFile::close(std::string_view /*tail*/) {
    now_ = options_.clock();
    if (file_ && !finish()) {
        return Error{ErrorKind::kOutput, problem_};
    }
    return {};
}

void RotatingFile::attend() {
    now_ = options_.clock();
    if (disk_.is_low()) {
        static_cast<void>(has_room(0));
    }
    if (is_waiting()) {
        return;
    }
    if (file_ && (finish_is_due_ || is_too_old())) {
        static_cast<void>(finish());
    } else if (file_ && file_.unsynced_records() != 0 && options_.sync == FileSync::kInterval && now_.steady - synced_at_ >= kSyncEvery) {
        static_cast<void>(force_to_disk());
    }
    if (removal_is_due_) {
        remove_old();
    }
    if (failing_ && !is_waiting() && !dropped_while_waiting_) {
        look_whether_it_works();
    }
}

// Tries at once, whatever has failed before.
void RotatingFile::reopen() {
    now_ = options_.clock();
    retry_at_ = now_.steady;
    if (file_ && !finish()) {
        return;
    }
    if (!rotates()) {
        static_cast<void>(open_directory() && open_plain());
    }
}

void RotatingFile::change(const FileRotation& rotation) {
    now_ = options_.clock();
    options_.rotation = rotation;
    if (file_ && rotates() != file_rotates_) {
        static_cast<void>(finish());
    }
    remove_old();
}

// Whether a file ends here
// -------------------------------------------------------------------------

bool RotatingFile::rotates() const noexcept {
    return options_.rotation.rotate_every.count() > 0 || options_.rotation.rotate_size != 0 ||
           options_.flows_per_file != 0;
}

bool RotatingFile::is_whole() const noexcept {
    const std::uint64_t size = options_.rotation.rotate_size;
    const std::uint64_t flows = options_.flows_per_file;
    return file_rotates_ && ((size != 0 && file_.bytes() >= size) ||
                             (flows != 0 && file_.records() >= flows) || is_too_old());
}

bool RotatingFile::is_too_old() const noexcept {
    const std::chrono::milliseconds every = options_.rotation.rotate_every;
    return file_rotates_ && every.count() > 0 && now_.steady - opened_at_ >= every;
}

bool RotatingFile::would_grow_over(std::uint64_t bytes) const noexcept {
    const std::uint64_t size = options_.rotation.rotate_size;
    return file_rotates_ && size != 0 && file_.records() != 0 && file_.bytes() + bytes > size;
}

// How many records of `batch` go into this file: at least one, so that a record larger than
// rotate_size has a file of its own.
std::size_t RotatingFile::fitting(const RecordBatch& batch) const noexcept {
    std::uint64_t count = batch.size();
    if (!file_rotates_) {
        return count;
    }
    if (options_.flows_per_file != 0) {
        count = std::min(count, options_.flows_per_file - file_.records());
    }
    if (const std::uint64_t size = options_.rotation.rotate_size; size != 0) {
        const std::uint64_t begin = file_.bytes() == 0 ? head_.size() : file_.bytes();
        const std::uint64_t room = size > begin ? size - begin : 0;
        const auto behind = std::ranges::upper_bound(batch.ends, batch.base + room);
        count = std::min(count, static_cast<std::uint64_t>(behind - batch.ends.begin()));
    }
    return std::max<std::uint64_t>(count, 1);
}

// Opening and finishing
// ----------------------------------------------------------------------------

bool RotatingFile::make_ready(const RecordBatch& batch) {
    if (is_waiting()) {
        return false;
    }
    if (file_ && file_.is_gone()) {
        lose_file();
    }
    if (file_ && (finish_is_due_ || is_whole() || would_grow_over(batch.bytes_of(1))) &&
        !finish()) {
        return false;
    }
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
        name_ = {.sequence = next_sequence_++, .start = utc_stamp(now_.utc)};
        error = file_.create(directory_.get(), names_.unfinished(name_));
    }
    if (error != 0) {
        file_.abandon();
        fail(options_.path, error);
        return false;
    }
    ++numbers_.files_opened;
    file_rotates_ = true;
    finish_is_due_ = false;
    opened_at_ = now_.steady;
    synced_at_ = now_.steady;
    return true;
}

bool RotatingFile::open_plain() {
    Result<bool> cut = cut_torn_end(options_.path, options_.quoted_newlines);
    if (!cut) {
        fail(std::move(cut).error().within(options_.path).message);
        return false;
    }
    numbers_.files_recovered += cut.value() ? 1U : 0U;
    if (const int error = file_.open(options_.path); error != 0) {
        fail(options_.path, error);
        return false;
    }
    ++numbers_.files_opened;
    file_rotates_ = false;
    finish_is_due_ = false;
    synced_at_ = now_.steady;
    if (!head_.empty()) {
        note_other_head();
    }
    return true;
}

bool RotatingFile::finish() {
    finish_is_due_ = true;
    if (file_.is_gone()) {
        lose_file();
        return true;
    }
    if (options_.sync == FileSync::kInterval) {
        static_cast<void>(force_to_disk());
    } else if (options_.sync == FileSync::kRotate) {
        if (const int error = file_.try_sync(); error != 0) {
            ++numbers_.errors;
            note("fdatasync: " + reason(error));
        }
    }
    if (const int error = file_.cut_back(); error != 0) {
        fail(options_.path, error);
        return false;
    }
    if (file_rotates_ && file_.records() == 0) {
        discard_empty_file();
        return true;
    }
    if (file_rotates_ && !publish_file()) {
        return false;
    }
    ++numbers_.files_finished;
    file_.abandon();
    remove_old();
    return true;
}

bool RotatingFile::publish_file() {
    const int error = publish(directory_.get(), names_, name_);
    if (error == ENOENT) {
        ++numbers_.errors;
        note(names_.unfinished(name_) + " was renamed or moved by somebody else while in work");
    } else if (error != 0) {
        fail(names_.unfinished(name_), error);
        return false;
    }
    next_sequence_ = std::max(next_sequence_, name_.sequence + 1);
    if (options_.sync != FileSync::kNone && ::fsync(directory_.get()) != 0) {
        ++numbers_.errors;
        note("fsync of " + names_.directory() + ": " + reason(errno));
    }
    return true;
}

// What was written since the last time counts as written from now on, or as lost.
bool RotatingFile::force_to_disk() {
    const std::uint64_t records = file_.unsynced_records();
    synced_at_ = now_.steady;
    if (const int error = file_.sync(); error != 0) {
        numbers_.dropped[RecordLoss::kOutputFailed] += records;
        fail(options_.path, error);
        return false;
    }
    numbers_.records_acknowledged += records;
    return true;
}

void RotatingFile::lose_file() {
    if (options_.sync == FileSync::kInterval) {
        numbers_.dropped[RecordLoss::kOutputFailed] += file_.unsynced_records();
    }
    ++numbers_.errors;
    file_.abandon();
    note("the file was removed while it was written, with what was in it; a new one begins");
}

void RotatingFile::discard_empty_file() {
    if (!file_rotates_ || file_.records() != 0) {
        return;
    }
    if (::unlinkat(directory_.get(), names_.unfinished(name_).c_str(), 0) != 0) {
        ++numbers_.errors;
    }
    file_.abandon();
}

void RotatingFile::remove_old() {
    removal_is_due_ = false;
    if (options_.rotation.keep == 0 || !rotates() || !directory_) {
        return;
    }
    const Removal removal = remove_oldest(directory_.get(), names_, options_.rotation.keep);
    numbers_.files_removed += removal.files_removed;
    numbers_.errors += removal.errors;
    removal_is_due_ = !removal.is_complete;
    if (removal.errors != 0) {
        note("old files could not be removed" + ownership_text(names_.directory()));
    }
}

void RotatingFile::note_other_head() {
    if (file_.bytes() != 0 && !begins_with(options_.path, head_)) {
        note("it has another head than what is written now; move it away and reload");
    }
}

// What became of records
// ---------------------------------------------------------------------------

void RotatingFile::count(const Appended& appended) {
    numbers_.bytes_written += appended.bytes;
    disk_.count_written(appended.bytes);
    if (options_.sync != FileSync::kInterval) {
        numbers_.records_acknowledged += appended.records;
    }
    if (appended.records != 0) {
        numbers_.last_success_ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(now_.utc.time_since_epoch())
                .count();
    }
}

void RotatingFile::drop(const RecordBatch& batch, RecordLoss loss) noexcept {
    numbers_.dropped[loss] += batch.size();
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
    backoff_ = failing_ ? std::min(2 * backoff_, kBackoffMax) : kBackoffMin;
    retry_at_ = now_.steady + backoff_;
    dropped_while_waiting_ = false;
    if (!failing_ || text != problem_) {
        dropped_before_ = failing_ ? dropped_before_ : numbers_.dropped.total();
        problem_ = std::move(text);
        options_.tell(
            FileNews::kFailing,
            problem_ + "; records are dropped (output_failed) until it can be written"
        );
    }
    failing_ = true;
    update_working();
}

void RotatingFile::succeed() {
    if (failing_) {
        failing_ = false;
        problem_.clear();
        update_working();
        options_.tell(
            FileNews::kWorking,
            format(
                "{}: it can be written again; {} records were dropped",
                options_.path,
                numbers_.dropped.total() - dropped_before_
            )
        );
    }
}

// While no record comes, only this finds out that the trouble is over.
void RotatingFile::look_whether_it_works() {
    struct statvfs disk {};
    if (check_directory(names_.directory()) && ::statvfs(names_.directory().c_str(), &disk) == 0 &&
        disk.f_bavail != 0) {
        succeed();
    } else {
        retry_at_ = now_.steady + backoff_;
    }
}

// Whether `bytes` may be written without going below min_free.
bool RotatingFile::has_room(std::uint64_t bytes) {
    const bool was_low = disk_.is_low();
    if (const int error = disk_.look(bytes, now_.steady, file_.descriptor()); error != 0) {
        fail(names_.directory(), error);
        return false;
    }
    update_working();
    if (disk_.is_low() && !was_low) {
        options_.tell(
            FileNews::kFailing,
            format(
                "{}: less than {} (min_free) would stay free on the file system; records are "
                "dropped (disk_low) until there is room",
                options_.path,
                bytes_text(options_.min_free)
            )
        );
    } else if (!disk_.is_low() && was_low) {
        options_.tell(
            FileNews::kWorking, options_.path + ": there is room again on the file system"
        );
    }
    return !disk_.is_low();
}

void RotatingFile::note(const std::string& text) const {
    options_.tell(FileNews::kNote, options_.path + ": " + text);
}

}  // namespace flowgauge
