#include "export/file/rotating_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

using std::chrono::seconds;

constexpr seconds kSafeEvery{1};
constexpr seconds kRemoveEvery{1};
constexpr seconds kDiskEvery{1};
constexpr seconds kWriterEvery{1};

// Blocks are kept until they are safe, so there is an end to it.
constexpr std::uint64_t kUnsafeBytesMax = std::uint64_t{4} << 20;

// How long the blocks under way are waited for when everything is given up.
constexpr std::chrono::milliseconds kDrainPatience{1000};

}  // namespace

Result<std::unique_ptr<RotatingFile>> RotatingFile::open(
    RotatingFileOptions options,
    std::unique_ptr<FileFraming> framing,
    std::unique_ptr<DiskWriter> writer
) {
    std::unique_ptr<RotatingFile> made(
        new RotatingFile(std::move(options), std::move(framing), std::move(writer))  // private
    );
    if (Result<void> checked = check_directory(made->names_.directory()); !checked) {
        return std::move(checked).error().within(made->names_.plain());
    }
    // Whoever opens it hears of a failure by the result.
    const OutputTrouble told = std::exchange(
        made->trouble_, OutputTrouble(made->names_.plain(), [](FileNews, const std::string&) {})
    );
    if (!made->rotates() && !made->open_plain()) {
        return Error{ErrorKind::kOutput, made->trouble_.problem()};
    }
    made->trouble_ = told;
    made->recover();
    return made;
}

RotatingFile::RotatingFile(
    RotatingFileOptions options,
    std::unique_ptr<FileFraming> framing,
    std::unique_ptr<DiskWriter> writer
)
    : options_(std::move(options)),
      framing_(std::move(framing)),
      names_(options_.path, framing_->suffix()),
      disk_(names_.directory(), options_.min_free),
      trouble_(names_.plain(), options_.tell),
      writer_(std::move(writer)) {}

// While it fails nothing is taken, so that the sink decides what becomes of records.
bool RotatingFile::has_room() const noexcept {
    return queue_.has_room() && !trouble_.is_failing() && !disk_.is_low();
}

RecordLoss RotatingFile::loss() const noexcept {
    if (trouble_.is_failing()) {
        return RecordLoss::kOutputFailed;
    }
    return disk_.is_low() ? RecordLoss::kDiskLow : RecordLoss::kQueueFull;
}

void RotatingFile::turn(SteadyTime now, std::vector<Delivery>& done) {
    now_ = now;
    writer_->turn();
    while (!write_.busy) {
        complete();
        if (!go_on()) {
            break;
        }
        writer_->turn();
    }
    queue_.take_done(done);
}

void RotatingFile::prepare_wait(TransportWait& wait) const {
    if (write_.busy) {
        if (const int descriptor = writer_->descriptor(); descriptor >= 0) {
            wait.descriptors.push_back({.fd = descriptor, .events = POLLIN, .revents = 0});
        }
        wait.at_latest(now_ + kWriterEvery);
        return;
    }
    if (removal_is_due_) {
        wait.at_latest(removed_at_ + kRemoveEvery);
    }
    if (trouble_.is_failing()) {
        wait.at_latest(trouble_.retry_at());
        return;
    }
    if (disk_.is_low()) {
        wait.at_latest(now_ + kDiskEvery);
    }
    if (file_ && file_rotates_ && options_.rotation.rotate_every.count() > 0) {
        wait.at_latest(opened_at_ + options_.rotation.rotate_every);
    }
    if (queue_.unsafe_bytes() != 0) {
        wait.at_latest(safe_at_ + kSafeEvery);
    }
}

void RotatingFile::close() {
    closing_ = true;
    trouble_.try_at_once();
}

bool RotatingFile::is_idle() const noexcept {
    return closing_ && queue_.is_empty() && !file_ && work_ == Work::kNothing;
}

void RotatingFile::take_back(std::vector<Block>& blocks) {
    const bool drained = writer_->drain(kDrainPatience);
    queue_.take_back(blocks, !drained && write_.busy);
}

// Tries at once, whatever has failed before. Blocks that wait go into the new file.
void RotatingFile::reopen() {
    trouble_.try_at_once();
    finish_is_due_ = static_cast<bool>(file_);
    open_is_due_ = !rotates();
}

void RotatingFile::change(const FileRotation& rotation) {
    options_.rotation = rotation;
    finish_is_due_ = finish_is_due_ || (file_ && rotates() != file_rotates_);
    removal_is_due_ = true;
    removed_at_ = {};
}

// Whether a file ends here
// -------------------------------------------------------------------------

bool RotatingFile::rotates() const noexcept {
    return options_.rotation.rotate_every.count() > 0 || options_.rotation.rotate_size != 0 ||
           options_.flows_per_file != 0 || !framing_->appends();
}

bool RotatingFile::is_whole() const noexcept {
    const std::uint64_t size = options_.rotation.rotate_size;
    const std::uint64_t flows = options_.flows_per_file;
    return (size != 0 && file_.bytes() >= size) || (flows != 0 && file_.records() >= flows) ||
           framing_->is_full() || is_too_old();
}

bool RotatingFile::is_too_old() const noexcept {
    const std::chrono::milliseconds every = options_.rotation.rotate_every;
    return every.count() > 0 && now_ - opened_at_ >= every;
}

// Requires: a file is open.
bool RotatingFile::has_to_end() const {
    if (finish_is_due_ || file_has_ended_ || (closing_ && !queue_.is_waiting())) {
        return true;
    }
    return file_rotates_ && (is_whole() || (queue_.is_waiting() && !next_unit_fits()));
}

// Requires: a block waits, and the file rotates.
bool RotatingFile::next_unit_fits() const {
    const Block& block = queue_.block();
    if (file_.records() == 0 || block.units.empty()) {
        return true;
    }
    if (block.preamble != nullptr && block.preamble->fingerprint != preamble_->fingerprint) {
        return is_foreign(block);  // what is refused ends no file
    }
    const std::size_t next = queue_.next_unit();
    const std::uint64_t size = options_.rotation.rotate_size;
    const std::uint64_t flows = options_.flows_per_file;
    return (size == 0 || file_.bytes() + block.unit(next).size() <= size) &&
           (flows == 0 || file_.records() + block.units[next].records <= flows);
}

// Whether a block comes from the spool of a time when the sink had another format.
bool RotatingFile::is_foreign(const Block& block) const {
    return block.spool_frame != 0 && block.preamble != nullptr &&
           !framing_->accepts(*block.preamble);
}

// How many units go into this file at once: at least one, so that one which is larger than
// rotate_size has a file of its own.
std::size_t RotatingFile::fitting() const noexcept {
    const Block& block = queue_.block();
    const std::size_t first = queue_.next_unit();
    if (!file_rotates_ || block.units.empty()) {
        return block.units.size() - first;
    }
    constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t size = options_.rotation.rotate_size;
    const std::uint64_t flows = options_.flows_per_file;
    const std::uint64_t begin = file_.bytes() == 0 ? preamble_->bytes.size() : file_.bytes();
    const std::uint64_t room = size == 0 ? kNoLimit : size - std::min(size, begin);
    const std::uint64_t room_for_records = flows == 0 ? kNoLimit : flows - file_.records();
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;
    std::size_t count = 0;
    while (first + count < block.units.size()) {
        bytes += block.unit(first + count).size();
        records += block.units[first + count].records;
        if (count != 0 && (bytes > room || records > room_for_records)) {
            break;
        }
        ++count;
    }
    return count;
}

bool RotatingFile::sync_is_due() const noexcept {
    return options_.sync == FileSync::kInterval &&
           (now_ - safe_at_ >= kSafeEvery || queue_.unsafe_bytes() >= kUnsafeBytesMax);
}

// One step at a time
// -------------------------------------------------------------------------------

bool RotatingFile::go_on() {
    if (removal_is_due_ && now_ - removed_at_ >= kRemoveEvery) {
        remove_old();
    }
    if (disk_.is_low()) {
        const bool waits = queue_.is_waiting();
        static_cast<void>(has_disk_room(waits ? queue_.block().bytes.size() : 0));
    }
    if (trouble_.is_waiting(now_)) {
        return false;
    }
    if (file_ && file_.is_gone()) {
        lose_file();
    }
    if (file_ && has_to_end()) {
        return finish();
    }
    if (!file_ && std::exchange(open_is_due_, false) && !rotates()) {
        return open_directory() && open_plain();
    }
    if (queue_.unsafe_bytes() != 0 && sync_is_due()) {
        begin(Work::kSync, {}, true);
        return true;
    }
    if (queue_.is_waiting()) {
        return write_units();
    }
    if (trouble_.is_failing()) {
        look_whether_it_works();
    }
    return false;
}

bool RotatingFile::write_units() {
    const Block& block = queue_.block();
    if (block.units.empty() && rotates()) {
        queue_.count_written(0);  // a file begins with its first record
        return true;
    }
    if (is_foreign(block)) {
        refuse_block();
        return true;
    }
    if (!has_disk_room(block.bytes.size()) || !make_ready()) {
        return false;
    }
    use_preamble();
    units_ = fitting();
    const UnitRange range{.block = block, .first = queue_.next_unit(), .count = units_};
    records_ = 0;
    for (std::size_t i = 0; i < units_; ++i) {
        records_ += block.units[range.first + i].records;
    }
    const std::string_view bytes = framing_->frame(range, file_.bytes(), now_);
    if (bytes.empty()) {
        queue_.count_written(units_);
        return true;
    }
    // What is not safe yet has to be: this write may bring it to its bound.
    const bool sync = options_.sync == FileSync::kInterval &&
                      (sync_is_due() || queue_.unsafe_bytes() + bytes.size() >= kUnsafeBytesMax);
    begin(Work::kUnits, bytes, sync);
    return true;
}

bool RotatingFile::finish() {
    finish_is_due_ = true;
    if (const int error = file_.cut_back(); error != 0) {
        fail(names_.plain(), error);
        return false;
    }
    if (file_rotates_ && file_.records() == 0) {
        discard_empty_file();
        return true;
    }
    if (!file_has_ended_ && end_file()) {
        return true;
    }
    file_has_ended_ = true;
    if (file_rotates_ && !publish_file()) {
        return false;
    }
    ++numbers_.files_finished;
    file_.abandon();
    finish_is_due_ = false;
    remove_old();
    if (file_rotates_ && options_.sync != FileSync::kNone) {
        begin(Work::kDirectory, {}, true);
    }
    return true;
}

// Begins to write what stands at the end of a file, and to force all of it to the disk. Returns
// false when there is nothing to do.
bool RotatingFile::end_file() {
    const std::string_view bytes =
        file_rotates_ ? framing_->end(file_.bytes()) : std::string_view{};
    const bool sync =
        file_.is_regular() &&
        (options_.sync == FileSync::kRotate ||
         (options_.sync == FileSync::kInterval && (queue_.unsafe_bytes() != 0 || !bytes.empty())));
    if (bytes.empty() && !sync) {
        return false;
    }
    begin(Work::kEnd, bytes, sync);
    return true;
}

void RotatingFile::begin(Work work, std::string_view bytes, bool sync) {
    work_ = work;
    write_ = {
        .file = work == Work::kDirectory ? directory_.get() : file_.descriptor(),
        .bytes = bytes,
        .offset = work == Work::kDirectory ? 0 : file_.bytes(),
        .sync = sync && (work == Work::kDirectory || file_.is_regular()),
        .metadata = work == Work::kDirectory};
    writer_->submit(write_);
}

}  // namespace flowgauge
