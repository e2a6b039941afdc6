// The format of a spool's files: landmarks at the head of files, and frames that hold blocks.
//
// A file of frames is a landmark and frames one behind the other, each a header and its payload.
// A frame of a block holds its units and its bytes; a frame of a preamble holds what stands before
// the units of the blocks that follow. All numbers are in the byte order of the machine, which
// nobody but itself reads them on.
//
// Check values begin with the salt of the spool, a number that nobody outside knows. What traffic
// puts into a record can therefore never be taken for a frame, wherever a search begins.
#pragma once

#include "export/sink/block.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flowgauge {

// A place in the stream of all frames that a spool ever had: behind frame number `frame`, and
// behind so many records. Because each frame says its place, what is missing is known exactly.
struct SpoolPoint {
    std::uint64_t frame = 0;
    std::uint64_t records = 0;

    friend bool operator==(const SpoolPoint&, const SpoolPoint&) = default;
};

enum class LandmarkKind : std::uint8_t { kSegment, kPosition };

// At the head of a segment: the place before its first frame. In the file of the position: the
// place up to which all is acknowledged.
struct Landmark {
    std::uint64_t salt = 0;
    SpoolPoint point;
};
constexpr std::size_t kLandmarkBytes = 40;

[[nodiscard]] std::string landmark_bytes(LandmarkKind kind, const Landmark& landmark);
[[nodiscard]] std::optional<Landmark> read_landmark(LandmarkKind kind, std::string_view bytes);

// Whether so few bytes may be the beginning of one, which was being written when the process died.
[[nodiscard]] bool is_torn_landmark(LandmarkKind kind, std::string_view bytes) noexcept;

enum class FrameKind : std::uint32_t { kBlock = 1, kPreamble = 2 };

struct FrameHeader {
    FrameKind kind = FrameKind::kBlock;
    std::uint32_t payload_crc = 0;
    std::uint32_t payload_bytes = 0;
    std::uint32_t units = 0;
    std::uint64_t records = 0;
    std::uint64_t number = 0;          // counted from 1; a preamble has that of the next block
    std::uint64_t records_before = 0;  // in all frames before this one
    std::uint64_t fingerprint = 0;     // of the preamble; 0: there is none

    [[nodiscard]] SpoolPoint before() const noexcept { return {number - 1, records_before}; }
    [[nodiscard]] SpoolPoint behind() const noexcept { return {number, records_before + records}; }
};
constexpr std::size_t kFrameHeaderBytes = 56;
constexpr std::uint64_t kFrameBytesMax = std::uint64_t{1} << 30;

// The first bytes of each frame.
[[nodiscard]] std::string_view frame_magic() noexcept;

// The header at the beginning of `bytes`, if an intact one is there. Its payload is not looked at.
[[nodiscard]] std::optional<FrameHeader> read_frame_header(
    std::string_view bytes, std::uint64_t salt
) noexcept;

[[nodiscard]] std::uint64_t block_frame_bytes(std::uint64_t bytes, std::uint64_t units) noexcept;
[[nodiscard]] std::uint64_t preamble_frame_bytes(const Preamble* preamble) noexcept;

// Appends a frame that stands behind `before`.
void append_block_frame(
    std::string& out, std::uint64_t salt, const SpoolPoint& before, const Block& block
);
void append_preamble_frame(
    std::string& out, std::uint64_t salt, const SpoolPoint& before, const Preamble& preamble
);

// Fills in bytes, units and records. Returns false for a payload that is no block, although its
// check value is right. Requires: the payload has the header's length.
[[nodiscard]] bool read_block(const FrameHeader& header, std::string_view payload, Block& block);

}  // namespace flowgauge
