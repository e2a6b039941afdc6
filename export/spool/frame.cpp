#include "export/spool/frame.h"

#include "export/spool/crc32c.h"

#include <array>
#include <cstring>

namespace flowgauge {
namespace {

constexpr std::string_view kMagic{"\xf6\x1d\x9b\xc4", 4};  // no UTF-8, and no number that is likely
constexpr std::string_view kSegmentMagic{"flowgSEG", 8};
constexpr std::string_view kPositionMagic{"flowgPOS", 8};
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kCountMax = std::uint64_t{1} << 62U;  // two of them can be added

// Where the parts of a header lie: magic, check value of the rest, the rest.
constexpr std::size_t kHeaderCrcAt = 4;
constexpr std::size_t kHeaderRestAt = 8;
constexpr std::size_t kLandmarkCrcAt = 8;
constexpr std::size_t kLandmarkRestAt = 12;

// Appends and takes the numbers of a header in their order.
class FieldWriter {
public:
    explicit FieldWriter(char* at) noexcept : at_(at) {}
    template <typename Value>
    FieldWriter& put(Value value) noexcept {
        std::memcpy(at_, &value, sizeof value);
        at_ += sizeof value;
        return *this;
    }

private:
    char* at_;
};

class FieldReader {
public:
    explicit FieldReader(const char* at) noexcept : at_(at) {}
    template <typename Value>
    FieldReader& take(Value& value) noexcept {
        std::memcpy(&value, at_, sizeof value);
        at_ += sizeof value;
        return *this;
    }

private:
    const char* at_;
};

std::uint32_t salted_crc(std::uint64_t salt, std::string_view bytes) noexcept {
    std::array<char, sizeof salt> salt_bytes{};
    std::memcpy(salt_bytes.data(), &salt, sizeof salt);
    return crc32c(crc32c(0, {salt_bytes.data(), salt_bytes.size()}), bytes);
}

std::string_view magic_of(LandmarkKind kind) noexcept {
    return kind == LandmarkKind::kSegment ? kSegmentMagic : kPositionMagic;
}

// Writes the header over the room that was left for it.
void fill_in_header(char* at, std::uint64_t salt, const FrameHeader& header) noexcept {
    std::memcpy(at, kMagic.data(), kMagic.size());
    FieldWriter(at + kHeaderRestAt)
        .put(static_cast<std::uint32_t>(header.kind))
        .put(header.payload_crc)
        .put(header.payload_bytes)
        .put(header.units)
        .put(header.records)
        .put(header.number)
        .put(header.records_before)
        .put(header.fingerprint);
    const std::string_view rest(at + kHeaderRestAt, kFrameHeaderBytes - kHeaderRestAt);
    FieldWriter(at + kHeaderCrcAt).put(salted_crc(salt, rest));
}

// Closes the frame that begins at `begin` and ends where `out` does.
void end_frame(std::string& out, std::size_t begin, std::uint64_t salt, FrameHeader header) {
    const std::string_view payload = std::string_view(out).substr(begin + kFrameHeaderBytes);
    header.payload_bytes = static_cast<std::uint32_t>(payload.size());
    header.payload_crc = crc32c(0, payload);
    fill_in_header(out.data() + begin, salt, header);
}

}  // namespace

std::string landmark_bytes(LandmarkKind kind, const Landmark& landmark) {
    std::string bytes(kLandmarkBytes, '\0');
    std::memcpy(bytes.data(), magic_of(kind).data(), magic_of(kind).size());
    FieldWriter(bytes.data() + kLandmarkRestAt)
        .put(kVersion)
        .put(landmark.salt)
        .put(landmark.point.frame)
        .put(landmark.point.records);
    FieldWriter(bytes.data() + kLandmarkCrcAt)
        .put(crc32c(0, std::string_view(bytes).substr(kLandmarkRestAt)));
    return bytes;
}

std::optional<Landmark> read_landmark(LandmarkKind kind, std::string_view bytes) {
    if (bytes.size() < kLandmarkBytes || !bytes.starts_with(magic_of(kind))) {
        return std::nullopt;
    }
    std::uint32_t crc = 0;
    std::uint32_t version = 0;
    Landmark landmark;
    FieldReader(bytes.data() + kLandmarkCrcAt)
        .take(crc)
        .take(version)
        .take(landmark.salt)
        .take(landmark.point.frame)
        .take(landmark.point.records);
    const std::string_view rest = bytes.substr(kLandmarkRestAt, kLandmarkBytes - kLandmarkRestAt);
    if (crc != crc32c(0, rest) || version != kVersion || landmark.point.frame >= kCountMax ||
        landmark.point.records >= kCountMax) {
        return std::nullopt;
    }
    return landmark;
}

bool is_torn_landmark(LandmarkKind kind, std::string_view bytes) noexcept {
    const std::string_view magic = magic_of(kind);
    return bytes.size() < kLandmarkBytes && magic.starts_with(bytes.substr(0, magic.size()));
}

std::string_view frame_magic() noexcept {
    return kMagic;
}

std::optional<FrameHeader> read_frame_header(std::string_view bytes, std::uint64_t salt) noexcept {
    if (bytes.size() < kFrameHeaderBytes || !bytes.starts_with(kMagic)) {
        return std::nullopt;
    }
    FrameHeader header;
    std::uint32_t crc = 0;
    std::uint32_t kind = 0;
    FieldReader(bytes.data() + kHeaderCrcAt)
        .take(crc)
        .take(kind)
        .take(header.payload_crc)
        .take(header.payload_bytes)
        .take(header.units)
        .take(header.records)
        .take(header.number)
        .take(header.records_before)
        .take(header.fingerprint);
    if (crc != salted_crc(salt, bytes.substr(kHeaderRestAt, kFrameHeaderBytes - kHeaderRestAt))) {
        return std::nullopt;
    }
    header.kind = static_cast<FrameKind>(kind);
    const bool is_sane = header.number != 0 && header.number < kCountMax &&
                         header.records_before < kCountMax && header.records < kCountMax &&
                         header.payload_bytes <= kFrameBytesMax;
    const bool is_known = header.kind == FrameKind::kBlock ||
                          (header.kind == FrameKind::kPreamble && header.records == 0);
    return is_sane && is_known ? std::optional(header) : std::nullopt;
}

std::uint64_t block_frame_bytes(std::uint64_t bytes, std::uint64_t units) noexcept {
    return kFrameHeaderBytes + units * sizeof(BlockUnit) + bytes;
}

std::uint64_t preamble_frame_bytes(const Preamble* preamble) noexcept {
    return preamble == nullptr || preamble->bytes.empty()
               ? 0
               : kFrameHeaderBytes + preamble->bytes.size();
}

void append_block_frame(
    std::string& out, std::uint64_t salt, const SpoolPoint& before, const Block& block
) {
    static_assert(sizeof(BlockUnit) == 8);
    const std::size_t begin = out.size();
    out.append(kFrameHeaderBytes, '\0');
    for (const BlockUnit& unit : block.units) {
        std::array<char, sizeof(BlockUnit)> bytes{};
        FieldWriter(bytes.data()).put(unit.end).put(unit.records);
        out.append(bytes.data(), bytes.size());
    }
    out.append(block.bytes);
    FrameHeader header;
    header.units = static_cast<std::uint32_t>(block.units.size());
    header.records = block.records;
    header.number = before.frame + 1;
    header.records_before = before.records;
    header.fingerprint = block.preamble == nullptr ? 0 : block.preamble->fingerprint;
    end_frame(out, begin, salt, header);
}

void append_preamble_frame(
    std::string& out, std::uint64_t salt, const SpoolPoint& before, const Preamble& preamble
) {
    const std::size_t begin = out.size();
    out.append(kFrameHeaderBytes, '\0');
    out.append(preamble.bytes);
    FrameHeader header;
    header.kind = FrameKind::kPreamble;
    header.number = before.frame + 1;
    header.records_before = before.records;
    header.fingerprint = preamble.fingerprint;
    end_frame(out, begin, salt, header);
}

bool read_block(const FrameHeader& header, std::string_view payload, Block& block) {
    const std::uint64_t unit_bytes = std::uint64_t{header.units} * sizeof(BlockUnit);
    if (header.kind != FrameKind::kBlock || unit_bytes > payload.size()) {
        return false;
    }
    block.clear();
    block.units.reserve(header.units);
    FieldReader fields(payload.data());
    std::uint32_t end = 0;
    for (std::uint32_t i = 0; i < header.units; ++i) {
        BlockUnit unit;
        fields.take(unit.end).take(unit.records);
        if (unit.end < end) {
            return false;
        }
        end = unit.end;
        block.units.push_back(unit);
        block.records += unit.records;
    }
    payload.remove_prefix(unit_bytes);
    if (end != payload.size() || block.records != header.records) {
        return false;
    }
    block.bytes.assign(payload);
    return true;
}

}  // namespace flowgauge
