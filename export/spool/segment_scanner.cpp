#include "export/spool/segment_scanner.h"

#include "export/spool/crc32c.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace flowgauge {
namespace {

constexpr std::uint64_t kPieceBytes = std::uint64_t{256} << 10U;
constexpr std::uint64_t kSectorBytes = 4096;  // what a disk that cannot read gives up at least

// Reads so many bytes, or those up to the end of the file. Returns errno.
int read_bytes(int file, std::uint64_t offset, std::size_t count, std::string& bytes) {
    bytes.resize(count);
    std::size_t done = 0;
    int error = 0;
    while (done < count && error == 0) {
        const ssize_t got =
            ::pread(file, bytes.data() + done, count - done, static_cast<off_t>(offset + done));
        if (got > 0) {
            done += static_cast<std::size_t>(got);
        } else if (got == 0) {
            break;
        } else if (errno != EINTR) {
            error = errno;
        }
    }
    bytes.resize(done);
    return error;
}

}  // namespace

bool read_frame_at(
    int file, std::uint64_t salt, std::uint64_t offset, FrameHeader& header, std::string& payload
) {
    if (read_bytes(file, offset, kFrameHeaderBytes, payload) != 0) {
        return false;
    }
    const std::optional<FrameHeader> found = read_frame_header(payload, salt);
    if (!found) {
        return false;
    }
    header = *found;
    return read_bytes(file, offset + kFrameHeaderBytes, header.payload_bytes, payload) == 0 &&
           payload.size() == header.payload_bytes && crc32c(0, payload) == header.payload_crc;
}

SegmentScanner::Step SegmentScanner::step(std::uint64_t limit) {
    if (is_searching_) {
        return search(limit);
    }
    if (offset_ >= limit) {
        return Step::kEnd;
    }
    if (take_frame(limit)) {
        return Step::kFrame;
    }
    begin_search(limit);
    return search(limit);
}

// Requires: offset_ < limit.
bool SegmentScanner::take_frame(std::uint64_t limit) {
    is_header_intact_ = false;
    looks_torn_ = false;
    read(offset_, std::min<std::uint64_t>(kFrameHeaderBytes, limit - offset_), payload_);
    const std::optional<FrameHeader> found = read_frame_header(payload_, salt_);
    if (!found) {
        const std::string_view magic = frame_magic();
        looks_torn_ = limit - offset_ < kFrameHeaderBytes &&
                      magic.starts_with(std::string_view(payload_).substr(0, magic.size()));
        return false;
    }
    is_header_intact_ = true;
    const std::uint64_t end = offset_ + kFrameHeaderBytes + found->payload_bytes;
    if (end > limit) {
        looks_torn_ = true;
        return false;
    }
    if (found->kind == FrameKind::kBlock && found->number > highest_.frame) {
        highest_ = found->behind();
    }
    read(offset_ + kFrameHeaderBytes, found->payload_bytes, payload_);
    if (payload_.size() != found->payload_bytes || crc32c(0, payload_) != found->payload_crc) {
        return false;
    }
    header_ = *found;
    frame_offset_ = offset_;
    offset_ = end;
    return true;
}

// Even where the header is intact its length is not trusted: bytes may be missing in between.
void SegmentScanner::begin_search(std::uint64_t limit) {
    is_searching_ = true;
    search_at_ = std::min(limit, offset_ + (is_header_intact_ ? kFrameHeaderBytes : 1));
}

SegmentScanner::Step SegmentScanner::search(std::uint64_t limit) {
    const bool is_found = find_header(limit);
    if (!is_found && search_at_ < limit) {
        return Step::kSearching;
    }
    is_searching_ = false;
    bad_bytes_ = search_at_ - offset_;
    offset_ = search_at_;
    return !is_found && looks_torn_ ? Step::kTorn : Step::kDamage;
}

// Looks through one piece. Afterwards search_at_ is where a header was found, or where to go on.
bool SegmentScanner::find_header(std::uint64_t limit) {
    const std::uint64_t begin = search_at_;
    const std::uint64_t count = std::min(limit - begin, kPieceBytes);
    if (count < kFrameHeaderBytes) {
        search_at_ = limit;
        return false;
    }
    const std::uint64_t errors = errors_;
    read(begin, count, piece_);
    if (piece_.size() < kFrameHeaderBytes) {
        // A sector that cannot be read is passed over; a file that was cut ends here.
        search_at_ =
            errors_ == errors ? limit : std::min(limit, (begin / kSectorBytes + 1) * kSectorBytes);
        return false;
    }
    const std::string_view piece(piece_);
    for (std::size_t at = piece.find(frame_magic()); at != std::string_view::npos;
         at = piece.find(frame_magic(), at + 1)) {
        if (piece.size() - at < kFrameHeaderBytes) {
            break;  // it is looked at again at the beginning of the next piece
        }
        if (read_frame_header(piece.substr(at), salt_)) {
            search_at_ = begin + at;
            return true;
        }
    }
    // A header may begin in the last bytes.
    search_at_ =
        begin + piece.size() == limit ? limit : begin + piece.size() - kFrameHeaderBytes + 1;
    return false;
}

void SegmentScanner::read(std::uint64_t offset, std::size_t count, std::string& bytes) {
    if (read_bytes(file_, offset, count, bytes) != 0) {
        ++errors_;
    }
}

}  // namespace flowgauge
