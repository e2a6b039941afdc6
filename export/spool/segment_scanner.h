// SegmentScanner: walks through the frames of a segment, whatever happened to it.
#pragma once

#include "export/spool/frame.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace flowgauge {

// Reads a frame that is known to be there. Returns false when it is not, or not any more.
[[nodiscard]] bool read_frame_at(
    int file, std::uint64_t salt, std::uint64_t offset, FrameHeader& header, std::string& payload
);

// Thread: one. Ownership: the file is the caller's. Cost of a step: one frame, or a bounded piece
// of what is none.
class SegmentScanner {
public:
    enum class Step : std::uint8_t {
        kFrame,      // header() and payload() are those of an intact one
        kDamage,     // bad_bytes() were passed over that are no frame
        kTorn,       // as before, and they are the beginning of a frame that the file ends in
        kSearching,  // for the next frame: step() goes on
        kEnd,        // at the limit, which may grow
    };

    SegmentScanner(int file, std::uint64_t salt, std::uint64_t offset) noexcept
        : file_(file),
          salt_(salt),
          offset_(offset) {}

    // Goes on, up to `limit`: what lies behind is not there yet.
    [[nodiscard]] Step step(std::uint64_t limit);

    [[nodiscard]] const FrameHeader& header() const noexcept { return header_; }
    [[nodiscard]] std::string_view payload() const noexcept { return payload_; }
    [[nodiscard]] std::uint64_t frame_offset() const noexcept { return frame_offset_; }
    [[nodiscard]] std::uint64_t bad_bytes() const noexcept { return bad_bytes_; }

    // What comes next lies there.
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }

    // Behind the frame of the highest number that was whole once: its header is intact, its payload
    // perhaps not.
    [[nodiscard]] const SpoolPoint& highest() const noexcept { return highest_; }

    [[nodiscard]] std::uint64_t errors() const noexcept { return errors_; }

private:
    [[nodiscard]] bool take_frame(std::uint64_t limit);
    void begin_search(std::uint64_t limit);
    [[nodiscard]] Step search(std::uint64_t limit);
    [[nodiscard]] bool find_header(std::uint64_t limit);
    void read(std::uint64_t offset, std::size_t count, std::string& bytes);

    int file_;
    std::uint64_t salt_;
    std::uint64_t offset_;
    FrameHeader header_;
    std::string payload_;
    std::uint64_t frame_offset_ = 0;
    std::uint64_t bad_bytes_ = 0;
    SpoolPoint highest_;
    std::uint64_t errors_ = 0;

    bool is_header_intact_ = false;  // at offset_
    bool is_searching_ = false;      // from offset_ on nothing was found up to search_at_
    bool looks_torn_ = false;
    std::uint64_t search_at_ = 0;
    std::string piece_;
};

}  // namespace flowgauge
