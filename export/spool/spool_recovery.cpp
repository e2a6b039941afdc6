// How a spool finds out, when it is opened, what an earlier run left.
#include "core/base/format.h"
#include "core/base/hash.h"
#include "export/spool/disk_spool.h"
#include "export/spool/segment_scanner.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

std::string head_of(int file) {
    std::string bytes(kLandmarkBytes, '\0');
    const ssize_t count = ::pread(file, bytes.data(), bytes.size(), 0);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
}

std::optional<Landmark> landmark_of(const SpoolDirectory& directory, std::uint64_t segment) {
    const FileDescriptor file = directory.open_segment(segment);
    return file ? read_landmark(LandmarkKind::kSegment, head_of(file.get())) : std::nullopt;
}

void raise(SpoolPoint& point, const SpoolPoint& to) noexcept {
    point.frame = std::max(point.frame, to.frame);
    point.records = std::max(point.records, to.records);
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::open(SpoolOptions options) {
    Result<SpoolDirectory> directory = SpoolDirectory::open(options.directory);
    if (!directory) {
        return std::move(directory).error();
    }
    auto spool = std::make_unique<DiskSpool>(
        SpoolState(std::move(options), std::move(directory).value()), DiskWriter::open()
    );
    if (Result<void> recovered = spool->recover(); !recovered) {
        return std::move(recovered).error();
    }
    return std::unique_ptr<Spool>(std::move(spool));
}

Result<void> DiskSpool::recover() {
    state_.now = std::chrono::steady_clock::now();
    Result<SpoolFiles> files = state_.directory.list();
    if (!files) {
        return std::move(files).error();
    }
    take_files(files.value());
    bool is_damaged = false;
    const std::optional<Landmark> position = position_.load(is_damaged);
    if (is_damaged) {
        state_.tell(
            SpoolTopic::kDamage,
            "the acknowledged position is damaged; what was acknowledged may be sent once more"
        );
    }
    find_salt(position);
    const SpoolPoint start = find_start(position);
    state_.end = start;
    if (Result<void> found = find_end(); !found) {
        return std::move(found).error();
    }
    state_.numbers.records_recovered = state_.end.records - start.records;
    state_.numbers.records = state_.numbers.records_recovered;
    reader_.emplace(state_, start);
    make_position_files(start);
    remove_segments();
    return {};
}

void DiskSpool::take_files(const SpoolFiles& files) {
    for (const SegmentFile& file : files.segments) {
        state_.segments[file.number] = {.bytes = file.bytes, .limit = file.bytes};
        state_.numbers.bytes += file.bytes;
    }
    for (const SegmentFile& file : files.aside) {
        state_.aside[file.number] = file.bytes;
        state_.numbers.bytes += file.bytes;
    }
}

// Each segment says it as well, in case that the position is damaged.
void DiskSpool::find_salt(const std::optional<Landmark>& position) {
    std::optional<Landmark> found = position;
    for (auto segment = state_.segments.begin(); !found && segment != state_.segments.end();
         ++segment) {
        found = landmark_of(state_.directory, segment->first);
    }
    state_.salt = found ? found->salt : random_seed();
}

// Where the first frame is that is not acknowledged.
SpoolPoint DiskSpool::find_start(const std::optional<Landmark>& position) {
    if (position) {
        return position->point;
    }
    for (const auto& [number, segment] : state_.segments) {
        const std::optional<Landmark> landmark = landmark_of(state_.directory, number);
        if (landmark && landmark->salt == state_.salt) {
            return landmark->point;
        }
        const FileDescriptor file = state_.directory.open_segment(number);
        SegmentScanner scanner(file.get(), state_.salt, 0);
        if (!file) {
            continue;
        }
        for (SegmentScanner::Step step = scanner.step(segment.limit);
             step != SegmentScanner::Step::kEnd;
             step = scanner.step(segment.limit)) {
            if (step == SegmentScanner::Step::kFrame) {
                return scanner.header().before();
            }
        }
    }
    return {};
}

// Frames are numbered on from the last one that ever was: nothing that lies here is written over.
Result<void> DiskSpool::find_end() {
    bool is_found = false;
    while (!is_found && !state_.segments.empty()) {
        Result<bool> taken = take_last_segment();
        if (!taken) {
            return std::move(taken).error();
        }
        is_found = taken.value();
    }
    return {};
}

// Looks for the last frame in the newest segment. Returns false if it holds none: it is gone then.
Result<bool> DiskSpool::take_last_segment() {
    const auto [number, segment] = *state_.segments.rbegin();
    const FileDescriptor file = state_.directory.open_segment(number);
    if (!file) {
        return Error{
            ErrorKind::kOutput,
            state_.directory.path() + "/" + segment_name(number) + ": " +
                std::generic_category().message(errno) + "; let this user read and write it"};
    }
    const std::string head = head_of(file.get());
    if (segment.bytes < kLandmarkBytes && is_torn_landmark(LandmarkKind::kSegment, head)) {
        state_.drop_segment(number);  // it was just made
        return false;
    }
    const std::optional<Landmark> landmark = read_landmark(LandmarkKind::kSegment, head);
    const bool is_ours = landmark && landmark->salt == state_.salt;
    const std::uint64_t begin = is_ours ? kLandmarkBytes : 0;
    SegmentScanner scanner(file.get(), state_.salt, begin);
    SpoolPoint last;
    std::uint64_t limit = begin;  // behind the last intact frame
    std::uint64_t bad_bytes = 0;  // that follow it
    for (SegmentScanner::Step step = scanner.step(segment.bytes);
         step != SegmentScanner::Step::kEnd;
         step = scanner.step(segment.bytes)) {
        if (step == SegmentScanner::Step::kFrame) {
            limit = scanner.offset();
            bad_bytes = 0;
        } else if (step == SegmentScanner::Step::kDamage) {
            bad_bytes += scanner.bad_bytes();
        } else if (step == SegmentScanner::Step::kTorn) {
            state_.tell(
                SpoolTopic::kTorn,
                format(
                    "{} ends with {} bytes of a frame that was being written when an earlier run "
                    "ended; it was not in the spool yet",
                    segment_name(number),
                    scanner.bad_bytes()
                )
            );
        }
        last = scanner.highest();
    }
    // Frames of lower numbers than its name are no frames of its own: somebody copied a segment.
    const bool is_copy = last.frame != 0 && last.frame < number;
    if (is_copy) {
        bad_bytes = segment.bytes;
    } else {
        raise(state_.end, is_ours ? landmark->point : SpoolPoint{});
        raise(state_.end, last);
    }
    if (bad_bytes != 0) {
        state_.count_corrupt(number, bad_bytes);
    }
    if (last.frame == 0 || is_copy) {
        state_.drop_segment(number);
        return false;
    }
    state_.segments[number].limit = limit;
    return true;
}

// Both exist from the start, so that a full disk does not keep the position from moving on.
void DiskSpool::make_position_files(const SpoolPoint& start) {
    position_.set_durable(start);
    for (int i = 0; i < 2; ++i) {
        position_.begin({.salt = state_.salt, .point = start});
        while (position_.is_busy()) {
            if (!disk_->drain(std::chrono::minutes(1))) {
                return;  // turn() goes on with it
            }
            if (const int error = position_.turn(); error != 0) {
                state_.count_error("write the acknowledged position", error);
                return;
            }
        }
    }
    positioned_at_ = state_.now;
}

}  // namespace flowgauge
