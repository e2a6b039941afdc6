#include "export/spool/segment_writer.h"

#include "core/base/format.h"

#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::uint64_t kGatherMax = std::uint64_t{1} << 20U;  // bytes of one write, about
constexpr std::chrono::seconds kRetryAfter{1};
constexpr int kNameTriesMax = 16;

std::uint64_t fingerprint_of(const Block& block) noexcept {
    return block.preamble == nullptr ? 0 : block.preamble->fingerprint;
}

}  // namespace

// Bytes that a block takes. A preamble stands before and behind the first block that has it.
std::uint64_t SegmentWriter::cost(const Block& block, bool is_first) const noexcept {
    const bool has_preamble = !is_first && fingerprint_of(block) == batch_fingerprint_;
    return block_frame_bytes(block.bytes.size(), block.units.size()) +
           (has_preamble ? 0 : 2 * preamble_frame_bytes(block.preamble.get())) +
           (is_first ? kLandmarkBytes : 0);
}

// Bytes on disk, and those that are on their way there.
std::uint64_t SegmentWriter::taken() const noexcept {
    return state_.numbers.bytes + waiting_bytes_ + (is_writing_ ? buffer_.size() : 0);
}

bool SegmentWriter::is_full(std::uint64_t bytes) const noexcept {
    // What the units take is not known before the block is there: a unit has 128 bytes or more,
    // but for the smallest of records, and those come back.
    const std::uint64_t frame = block_frame_bytes(bytes, bytes / 128) + kLandmarkBytes;
    return bytes > kFrameBytesMax / 2 || taken() + frame > state_.options.size ||
           (blocked_until_ && state_.now < *blocked_until_);
}

bool SegmentWriter::has_room(std::uint64_t bytes) const noexcept {
    return refused_.empty() && !is_full(bytes) &&
           (waiting_.empty() || waiting_bytes_ + bytes <= kGatherMax);
}

void SegmentWriter::append(Block block) {
    state_.numbers.records += block.records;
    state_.numbers.records_unwritten += block.records;
    waiting_bytes_ += cost(block, number_ == 0);
    waiting_.push_back(std::move(block));
    begin_write();
}

std::optional<Block> SegmentWriter::take_refused() {
    if (refused_.empty()) {
        return std::nullopt;
    }
    Block block = std::move(refused_.front());
    refused_.pop_front();
    state_.numbers.records -= block.records;
    state_.numbers.records_unwritten -= block.records;
    return block;
}

bool SegmentWriter::is_busy() const noexcept {
    return write_.file >= 0 || sealed_ || is_directory_syncing_;
}

bool SegmentWriter::is_settled() const noexcept {
    return is_idle() && !is_busy() && !is_dirty_ && !is_directory_dirty_ && !sealed_;
}

std::optional<SteadyTime> SegmentWriter::deadline() const {
    std::optional<SteadyTime> earliest = blocked_until_;
    if (is_dirty_ && write_.file < 0) {
        const SteadyTime due = dirty_since_ + state_.options.sync_interval;
        earliest = earliest ? std::min(*earliest, due) : due;
    }
    return earliest;
}

void SegmentWriter::turn() {
    if (sealed_ && !seal_.busy) {
        if (seal_.error != 0) {
            state_.count_error("sync a segment", seal_.error);
        }
        sealed_ = {};
    }
    if (is_directory_syncing_ && !directory_sync_.busy) {
        is_directory_syncing_ = false;
        if (directory_sync_.error != 0) {
            state_.count_error("sync the directory", directory_sync_.error);
        }
    }
    if (is_writing_ && !write_.busy) {
        finish_write();
    } else if (write_.file >= 0 && !write_.busy) {
        note_sync(write_, "sync " + segment_name(number_));  // it was a sync alone
    }
    if (blocked_until_ && state_.now >= *blocked_until_) {
        blocked_until_.reset();
    }
    begin_write();
    sync_if_due();
    sync_directory();
}

void SegmentWriter::begin_write() {
    // A writer that waits has finished each write at once: no more than what is there is written.
    for (std::size_t left = waiting_.size(); left != 0 && !waiting_.empty(); --left) {
        if (write_.file >= 0 || !prepare_segment()) {
            return;
        }
        gather();
        if (batch_.empty()) {
            refuse(0, 0);
            return;
        }
        const bool is_due = is_hastened_ || (is_dirty_ && state_.now - dirty_since_ >=
                                                              state_.options.sync_interval);
        write_ = {.file = file_.get(), .bytes = buffer_, .offset = offset_, .sync = is_due};
        is_writing_ = true;
        writer_.submit(write_);
        if (!write_.busy) {
            finish_write();
        }
    }
}

// Opens a segment if none is open or the open one is full. Returns whether one is.
bool SegmentWriter::prepare_segment() {
    if (number_ != 0 && !state_.segments.contains(number_)) {
        leave();  // somebody removed it
    }
    if (number_ != 0 && offset_ != 0 &&
        offset_ + cost(waiting_.front(), false) > state_.options.segment_size && !seal()) {
        return false;
    }
    return number_ != 0 || create_segment();
}

bool SegmentWriter::create_segment() {
    std::uint64_t number = state_.end.frame + 1;
    for (int i = 0; i < kNameTriesMax; ++i) {
        file_ = state_.directory.create_segment(number);
        if (file_ || errno != EEXIST) {
            break;
        }
        ++number;  // numbers may have gaps: records are counted apart
    }
    if (!file_) {
        refuse(0, errno);
        return false;
    }
    state_.end.frame = number - 1;
    number_ = number;
    offset_ = 0;
    batch_fingerprint_ = 0;
    fingerprint_ = 0;
    state_.segments.emplace(number, Segment{});
    is_directory_dirty_ = true;
    return true;
}

// Puts as many of the waiting blocks into buffer_ as there is room for.
void SegmentWriter::gather() {
    buffer_.clear();
    batch_.clear();
    batch_fingerprint_ = fingerprint_;
    SpoolPoint before = state_.end;
    while (!waiting_.empty()) {
        const std::uint64_t next = cost(waiting_.front(), offset_ == 0 && buffer_.empty());
        const bool is_over_size =
            state_.numbers.bytes + buffer_.size() + next > state_.options.size;
        const bool is_over_segment = offset_ + buffer_.size() + next > state_.options.segment_size;
        if (is_over_size ||
            (!batch_.empty() && (is_over_segment || buffer_.size() + next > kGatherMax))) {
            return;
        }
        waiting_bytes_ -= std::min(waiting_bytes_, next);
        const std::uint64_t records = waiting_.front().records;
        append_frame(std::move(waiting_.front()), before);
        waiting_.pop_front();
        before = {.frame = before.frame + 1, .records = before.records + records};
    }
    waiting_bytes_ = 0;
}

void SegmentWriter::append_frame(Block block, const SpoolPoint& before) {
    if (offset_ == 0 && buffer_.empty()) {
        buffer_ = landmark_bytes(LandmarkKind::kSegment, {.salt = state_.salt, .point = before});
    }
    const bool is_new = fingerprint_of(block) != batch_fingerprint_ && fingerprint_of(block) != 0;
    if (is_new) {
        append_preamble_frame(buffer_, state_.salt, before, *block.preamble);
    }
    append_block_frame(buffer_, state_.salt, before, block);
    const std::uint64_t end = buffer_.size();
    if (is_new) {
        append_preamble_frame(buffer_, state_.salt, before, *block.preamble);
        batch_fingerprint_ = fingerprint_of(block);
    }
    batch_.push_back({.block = std::move(block), .end = end});
}

void SegmentWriter::finish_write() {
    is_writing_ = false;
    const DiskWrite done = std::exchange(write_, {});
    const bool is_whole = done.written == buffer_.size();
    std::size_t frames = 0;
    while (frames < batch_.size() && batch_[frames].end <= done.written) {
        ++frames;
    }
    const std::uint64_t kept = is_whole ? done.written : frames == 0 ? 0 : batch_[frames - 1].end;
    if (frames != 0) {
        commit(kept, frames);
    }
    if (is_whole) {
        if (done.sync) {
            note_sync(done, "sync " + segment_name(number_));
        }
    } else {
        undo(done.written - kept);
        refuse(frames, done.error);
    }
    batch_.clear();
}

void SegmentWriter::commit(std::uint64_t bytes, std::size_t frames) {
    for (std::size_t i = 0; i < frames; ++i) {
        state_.end.frame += 1;
        state_.end.records += batch_[i].block.records;
        state_.numbers.records_unwritten -= batch_[i].block.records;
    }
    // If the last preamble's second copy was cut off, the first one is there nevertheless.
    if (const std::uint64_t last = fingerprint_of(batch_[frames - 1].block); last != 0) {
        fingerprint_ = last;
    }
    offset_ += bytes;
    if (const auto segment = state_.segments.find(number_); segment != state_.segments.end()) {
        segment->second.bytes = offset_;
        segment->second.limit = offset_;
        state_.numbers.bytes += bytes;
    }
    state_.numbers.frames_written += frames;
    if (!is_dirty_) {
        is_dirty_ = true;
        dirty_since_ = state_.now;
    }
}

// Cuts off what a failed write left of a frame.
void SegmentWriter::undo(std::uint64_t bytes) {
    if (bytes != 0 && ::ftruncate(file_.get(), static_cast<off_t>(offset_)) != 0) {
        // The next write covers it, or a reader passes over it.
        state_.count_error("cut " + segment_name(number_), errno);
    } else if (offset_ == 0) {
        const std::uint64_t number = number_;
        leave();
        state_.drop_segment(number);
    }
}

// Gives back the blocks of the write from that frame on, and those that wait behind them. `error`
// 0: the spool has its size.
void SegmentWriter::refuse(std::size_t frames_written, int error) {
    for (std::size_t i = frames_written; i < batch_.size(); ++i) {
        refused_.push_back(std::move(batch_[i].block));
    }
    batch_.clear();
    for (Block& block : waiting_) {
        refused_.push_back(std::move(block));
    }
    waiting_.clear();
    waiting_bytes_ = 0;
    blocked_until_ = state_.now + kRetryAfter;
    if (error == 0) {
        return;
    }
    if (is_want_of_room(error)) {
        state_.tell(
            SpoolTopic::kFull,
            format(
                "{}; {} bytes are spooled, and no more until there is room again",
                std::generic_category().message(error),
                state_.numbers.bytes
            )
        );
    } else {
        state_.count_error("write", error);
    }
}

void SegmentWriter::note_sync(const DiskWrite& write, const std::string& what) {
    const int error = write.error;
    write_ = {};
    is_dirty_ = false;
    // What was not forced to the disk may never get there; what follows gets a new file.
    if (error != 0) {
        state_.count_error(what, error);
        number_ = 0;
        file_ = {};
    }
}

// Closes the open segment as soon as it is durable. Returns false while the one before is not.
bool SegmentWriter::seal() {
    if (sealed_) {
        return false;
    }
    if (is_dirty_) {
        sealed_ = std::move(file_);
        seal_ = {.file = sealed_.get(), .sync = true};
        writer_.submit(seal_);
    }
    leave();
    return true;
}

void SegmentWriter::leave() noexcept {
    file_ = {};
    number_ = 0;
    is_dirty_ = false;
}

void SegmentWriter::sync_if_due() {
    const bool is_due = is_hastened_ || state_.now - dirty_since_ >= state_.options.sync_interval;
    if (is_dirty_ && is_due && write_.file < 0) {
        write_ = {.file = file_.get(), .sync = true};
        writer_.submit(write_);
        if (!write_.busy) {
            note_sync(write_, "sync " + segment_name(number_));
        }
    }
}

void SegmentWriter::sync_directory() {
    if (is_directory_dirty_ && !is_directory_syncing_) {
        is_directory_dirty_ = false;
        is_directory_syncing_ = true;
        directory_sync_ = {.file = state_.directory.descriptor(), .sync = true, .metadata = true};
        writer_.submit(directory_sync_);
    }
}

}  // namespace flowgauge
