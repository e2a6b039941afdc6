#include "export/spool/spool_reader.h"

#include "core/base/format.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kPreamblesMax = 8;
constexpr std::size_t kStepsMax = 16;  // of one call: preambles and ends of segments
constexpr std::chrono::seconds kRetryAfter{1};

}  // namespace

bool SpoolReader::is_at_end() const noexcept {
    return passed_.frame >= state_.end.frame && passed_.records >= state_.end.records;
}

bool SpoolReader::has_next() const noexcept {
    return replayed_ < handed_.size() || !is_at_end();
}

bool SpoolReader::is_idle() const noexcept {
    return handed_.empty() && is_at_end();
}

SpoolPoint SpoolReader::acknowledged() const noexcept {
    return handed_.empty() ? passed_ : handed_.front().before;
}

std::uint64_t SpoolReader::first_needed() const noexcept {
    return handed_.empty() ? segment_ : handed_.front().segment;
}

std::optional<Block> SpoolReader::next() {
    if (retry_at_ && state_.now < *retry_at_) {
        return std::nullopt;
    }
    retry_at_.reset();
    std::optional<Block> block = replayed_ < handed_.size() ? read_again() : read_on();
    drop_decided();
    wants_turn_ = !block && !retry_at_ && has_next();
    return block;
}

std::optional<Block> SpoolReader::read_again() {
    Handed& handed = handed_[replayed_];
    const FileDescriptor file = state_.directory.open_segment(handed.segment);
    if (!file && errno != ENOENT) {
        state_.count_error("open " + segment_name(handed.segment), errno);
        retry_at_ = state_.now + kRetryAfter;
        return std::nullopt;
    }
    ++replayed_;
    Block block;
    FrameHeader header;
    if (file && read_frame_at(file.get(), state_.salt, handed.offset, header, payload_) &&
        header.number == handed.number() && read_block(header, payload_, block)) {
        block.preamble = preamble_of(header.fingerprint, file.get(), handed.segment);
        if (block.preamble != nullptr) {
            block.spool_frame = header.number;
            return block;
        }
    }
    lose(handed);
    return std::nullopt;
}

// It was readable once and is not any more.
void SpoolReader::lose(Handed& handed) {
    handed.is_decided = true;
    state_.count_damaged(handed.records);
    const auto found = state_.segments.find(handed.segment);
    if (found != state_.segments.end()) {
        found->second.is_damaged = true;
    }
}

std::optional<Block> SpoolReader::read_on() {
    for (std::size_t i = 0; i < kStepsMax; ++i) {
        const auto segment = state_.segments.find(segment_);
        if (!scanner_ || segment == state_.segments.end()) {
            if (!enter_next_segment()) {
                return std::nullopt;
            }
            continue;
        }
        const SegmentScanner::Step step = scanner_->step(segment->second.limit);
        for (; scanner_errors_ < scanner_->errors(); ++scanner_errors_) {
            state_.count_error("read " + segment_name(segment_), EIO);
        }
        switch (step) {
        case SegmentScanner::Step::kFrame:
            if (std::optional<Block> block = take_frame()) {
                return block;
            }
            break;
        case SegmentScanner::Step::kDamage:
            state_.count_corrupt(segment_, scanner_->bad_bytes());
            break;
        case SegmentScanner::Step::kTorn:
            torn_bytes_ = scanner_->bad_bytes();
            break;
        case SegmentScanner::Step::kSearching:
            return std::nullopt;
        case SegmentScanner::Step::kEnd:
            if (!enter_next_segment()) {
                return std::nullopt;
            }
            break;
        }
    }
    return std::nullopt;
}

// A frame may be intact and yet out of place: a segment was copied, or put back. What this run
// numbers is in segments of this run, and the rest is not.
bool SpoolReader::is_plausible(const FrameHeader& header) const noexcept {
    const bool is_in_place = (segment_ <= recovered_.frame) == (header.number <= recovered_.frame);
    return is_in_place && header.number > passed_.frame &&
           header.records_before >= passed_.records && header.number <= state_.end.frame &&
           header.behind().records <= state_.end.records;
}

std::optional<Block> SpoolReader::take_frame() {
    const FrameHeader& header = scanner_->header();
    if (header.kind == FrameKind::kPreamble) {
        take_preamble();
        return std::nullopt;
    }
    if (header.number <= start_.frame) {
        return std::nullopt;  // acknowledged by an earlier run
    }
    const std::uint64_t bytes = scanner_->offset() - scanner_->frame_offset();
    Block block;
    if (!is_plausible(header) || !read_block(header, scanner_->payload(), block)) {
        state_.count_corrupt(segment_, bytes);
        return std::nullopt;
    }
    pass(header.before());
    block.preamble = preamble_of(header.fingerprint, file_.get(), segment_);
    if (block.preamble == nullptr) {
        state_.count_corrupt(segment_, bytes);
        pass(header.behind());
        return std::nullopt;
    }
    block.spool_frame = header.number;
    handed_.push_back(
        {.before = header.before(),
         .records = header.records,
         .segment = segment_,
         .offset = scanner_->frame_offset()}
    );
    replayed_ = handed_.size();
    passed_ = header.behind();
    return block;
}

// What lies between the frames before and this point is missing.
void SpoolReader::pass(const SpoolPoint& point) {
    passed_.frame = std::max(passed_.frame, point.frame);
    if (point.records > passed_.records) {
        state_.count_damaged(point.records - passed_.records);
        passed_.records = point.records;
        if (torn_bytes_ != 0) {
            state_.count_corrupt(segment_, torn_bytes_);
        }
    }
    torn_bytes_ = 0;
}

// Returns whether there is one.
bool SpoolReader::enter_next_segment() {
    // The newest one may be without a frame yet: it is not looked at before it has one.
    const auto next = std::find_if(
        state_.segments.upper_bound(segment_),
        state_.segments.end(),
        [](const auto& segment) { return segment.second.limit != 0; }
    );
    if (next == state_.segments.end()) {
        pass(state_.end);
        return false;
    }
    const std::uint64_t number = next->first;
    FileDescriptor file = state_.directory.open_segment(number);
    if (!file && errno == ENOENT) {
        state_.count_error("open " + segment_name(number), ENOENT);
        state_.drop_segment(number);
        return true;
    }
    if (!file) {
        state_.count_error("open " + segment_name(number), errno);
        retry_at_ = state_.now + kRetryAfter;
        return false;
    }
    enter(number, std::move(file));
    return true;
}

void SpoolReader::enter(std::uint64_t number, FileDescriptor file) {
    std::array<char, kLandmarkBytes> bytes{};
    const ssize_t count = ::pread(file.get(), bytes.data(), bytes.size(), 0);
    const std::optional<Landmark> landmark = read_landmark(
        LandmarkKind::kSegment,
        std::string_view(bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0)
    );
    const bool is_ours = landmark && landmark->salt == state_.salt;
    // Behind `end` nothing was written, whatever the landmark says.
    if (is_ours && landmark->point.frame >= passed_.frame &&
        landmark->point.frame <= state_.end.frame &&
        landmark->point.records <= state_.end.records) {
        pass(landmark->point);
    }
    torn_bytes_ = 0;
    segment_ = number;
    file_ = std::move(file);
    // A landmark that cannot be read is passed over like any other damage.
    scanner_.emplace(file_.get(), state_.salt, is_ours ? kLandmarkBytes : 0);
    scanner_errors_ = 0;
    static_cast<void>(::posix_fadvise(file_.get(), 0, 0, POSIX_FADV_SEQUENTIAL));
}

void SpoolReader::acknowledge(std::uint64_t number) {
    const auto found = std::ranges::lower_bound(handed_, number, {}, &Handed::number);
    if (found == handed_.end() || found->number() != number || found->is_decided) {
        return;
    }
    found->is_decided = true;
    state_.numbers.records -= found->records;
    drop_decided();
}

void SpoolReader::drop_decided() {
    while (!handed_.empty() && handed_.front().is_decided) {
        handed_.pop_front();
        replayed_ -= replayed_ != 0 ? 1 : 0;
    }
    while (replayed_ < handed_.size() && handed_[replayed_].is_decided) {
        ++replayed_;
    }
}

void SpoolReader::forget(std::uint64_t segment) noexcept {
    if (segment == segment_) {
        scanner_.reset();
        file_ = {};
    }
}

void SpoolReader::take_preamble() {
    const FrameHeader& header = scanner_->header();
    if (known_preamble(header.fingerprint) != nullptr) {
        return;
    }
    std::shared_ptr<const Preamble> preamble = make_preamble(std::string(scanner_->payload()));
    if (preamble->fingerprint == header.fingerprint) {
        keep_preamble(std::move(preamble));
    } else {
        state_.count_corrupt(segment_, scanner_->offset() - scanner_->frame_offset());
    }
}

std::shared_ptr<const Preamble> SpoolReader::known_preamble(std::uint64_t fingerprint) const {
    for (const std::shared_ptr<const Preamble>& preamble : preambles_) {
        if (preamble->fingerprint == fingerprint) {
            return preamble;
        }
    }
    return nullptr;
}

void SpoolReader::keep_preamble(std::shared_ptr<const Preamble> preamble) {
    if (preambles_.size() == kPreamblesMax) {
        preambles_.pop_front();
    }
    preambles_.push_back(std::move(preamble));
}

// Each preamble stands in its segment twice, so that damage to one does not take all the blocks
// behind it along. To find the other one the whole segment is read, if need be.
std::shared_ptr<const Preamble> SpoolReader::preamble_of(
    std::uint64_t fingerprint, int file, std::uint64_t segment
) {
    if (fingerprint == 0) {
        static const std::shared_ptr<const Preamble> kNone = make_preamble({});
        return kNone;
    }
    if (std::shared_ptr<const Preamble> known = known_preamble(fingerprint)) {
        return known;
    }
    if (missing_ == std::pair(fingerprint, segment)) {
        return nullptr;
    }
    const auto found = state_.segments.find(segment);
    const std::uint64_t limit = found == state_.segments.end() ? 0 : found->second.limit;
    SegmentScanner search(file, state_.salt, 0);
    for (SegmentScanner::Step step = search.step(limit); step != SegmentScanner::Step::kEnd;
         step = search.step(limit)) {
        if (step != SegmentScanner::Step::kFrame || search.header().kind != FrameKind::kPreamble ||
            search.header().fingerprint != fingerprint) {
            continue;
        }
        std::shared_ptr<const Preamble> preamble = make_preamble(std::string(search.payload()));
        if (preamble->fingerprint == fingerprint) {
            keep_preamble(preamble);
            return preamble;
        }
    }
    missing_ = {fingerprint, segment};
    return nullptr;
}

}  // namespace flowgauge
