#include "capture/pcap_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kFileHeaderBytes = 24;
constexpr std::size_t kRecordHeaderBytes = 16;

// libpcap's MAXIMUM_SNAPLEN. A larger record is a sign that the reader lost its place.
constexpr std::uint32_t kCapturedBytesMax = 262'144;
static_assert(kRecordHeaderBytes + 8 + kCapturedBytesMax <= kStreamBufferBytes);

// What a magic number says. `more_header_bytes`: the patched libpcap of Red Hat 6 wrote interface,
// protocol and packet type into each record.
struct Variant {
    std::uint32_t magic;
    std::uint32_t ticks_per_second;
    std::size_t more_header_bytes;
};

constexpr std::array<Variant, 3> kVariants{{
    {0xA1B2C3D4, 1'000'000, 0},
    {0xA1B23C4D, 1'000'000'000, 0},
    {0xA1B2CD34, 1'000'000, 8},
}};

struct Recognised {
    const Variant* variant = nullptr;  // nullptr: no magic of ours
    ByteOrder order;
};

Recognised recognise(const std::uint8_t* magic) noexcept {
    for (const bool swapped : {false, true}) {
        const ByteOrder order(swapped);
        for (const Variant& variant : kVariants) {
            if (order.load32(magic) == variant.magic) {
                return {&variant, order};
            }
        }
    }
    return {};
}

// "NULL (0), EN10MB (1), ..."
std::string supported_link_types() {
    constexpr unsigned kLinkTypesEnd = 512;  // the registry ends near 300
    std::string list;
    for (unsigned number = 0; number < kLinkTypesEnd; ++number) {
        const auto type = static_cast<LinkType>(number);
        if (is_supported(type)) {
            list += (list.empty() ? "" : ", ") + to_string(type);
        }
    }
    return list;
}

}  // namespace

bool PcapFile::recognises(const std::uint8_t* magic) noexcept {
    return recognise(magic).variant != nullptr;
}

Result<std::unique_ptr<CaptureFile>> PcapFile::open(ByteStream stream, std::string name) {
    std::unique_ptr<PcapFile> file(new PcapFile(std::move(stream), std::move(name)));
    if (Result<void> read = file->read_header(); !read) {
        return std::move(read).error();
    }
    return std::unique_ptr<CaptureFile>(std::move(file));
}

PcapFile::PcapFile(ByteStream stream, std::string name)
    : CaptureFile(std::move(stream), std::move(name)) {}

Result<void> PcapFile::read_header() {
    ByteStream& in = stream();
    if (!in.ensure(kFileHeaderBytes)) {
        return shortage({"file header", 0, 0}, kFileHeaderBytes);
    }
    const std::uint8_t* header = in.data();
    const Recognised recognised = recognise(header);
    if (recognised.variant == nullptr) {
        return unusable("not a pcap file");  // open() has looked: cannot be
    }
    order_ = recognised.order;
    ticks_per_second_ = recognised.variant->ticks_per_second;
    nanoseconds_per_tick_ = 1'000'000'000 / ticks_per_second_;
    record_header_bytes_ = kRecordHeaderBytes + recognised.variant->more_header_bytes;

    const std::uint16_t major = order_.load16(header + 4);
    const std::uint16_t minor = order_.load16(header + 6);
    if (major != 2 || minor > 4) {
        return unusable(
            "pcap version " + std::to_string(major) + "." + std::to_string(minor) +
            ", only 2.0 to 2.4 are read"
        );
    }
    // Version 2.3 swapped the two lengths of a record, but not everything that wrote 2.3 did.
    lengths_may_be_swapped_ = minor < 4;

    // The bits above hold the length of the frame check sequence; libpcap masks them so too.
    const std::uint32_t link_type = order_.load32(header + 20) & 0x03FFFFFF;
    link_type_ = static_cast<LinkType>(link_type);
    if (link_type > 0xFFFF) {
        return unusable("unsupported link type " + std::to_string(link_type));
    }
    if (!is_supported(link_type_)) {
        return unusable(
            "unsupported " + to_string(link_type_) + ", supported: " + supported_link_types()
        );
    }
    in.consume(kFileHeaderBytes);
    return {};
}

CaptureFile::Status PcapFile::next(Frame& frame) {
    if (status() != Status::kFrame) [[unlikely]] {
        return status();
    }
    ByteStream& in = stream();
    if (!in.ensure(record_header_bytes_)) [[unlikely]] {
        return fail_short(record_header_bytes_);
    }
    const std::uint8_t* header = in.data();
    std::uint32_t seconds = order_.load32(header);
    std::uint32_t ticks = order_.load32(header + 4);
    std::uint32_t captured = order_.load32(header + 8);
    std::uint32_t original = order_.load32(header + 12);
    if (lengths_may_be_swapped_ && captured > original) {
        std::swap(captured, original);
    }
    if (captured > kCapturedBytesMax) [[unlikely]] {
        return fail(damage(
            place(),
            "has " + std::to_string(captured) + " captured bytes, the limit is " +
                std::to_string(kCapturedBytesMax)
        ));
    }
    const std::size_t record_bytes = record_header_bytes_ + captured;
    if (!in.ensure(record_bytes)) [[unlikely]] {
        return fail_short(record_bytes);
    }
    frame.bytes = {in.data() + record_header_bytes_, captured};  // ensure() may have moved it
    frame.wire_bytes = std::max(captured, original);
    frame.time = {seconds, 0};
    if (ticks >= ticks_per_second_) [[unlikely]] {
        frame.time.seconds += ticks / ticks_per_second_;
        ticks %= ticks_per_second_;
    }
    frame.time.nanoseconds = ticks * nanoseconds_per_tick_;
    frame.link_type = link_type_;
    frame.has_stripped_vlan = false;
    frame.stripped_vlan_tci = 0;
    in.consume(record_bytes);
    ++records_;
    return Status::kFrame;
}

// The input gave less than the `needed` bytes of a record: fine if it ended between two records.
CaptureFile::Status PcapFile::fail_short(std::uint64_t needed) {
    if (stream().available() == 0 && !stream().failed()) {
        return finish();
    }
    return fail(shortage(place(), needed));
}

}  // namespace flowgauge
