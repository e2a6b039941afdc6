#include "capture/pcapng_file.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace flowgauge {
namespace {

__extension__ using Int128 = __int128;

constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A;  // reads the same in both byte orders
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kObsoletePacket = 2;
constexpr std::uint32_t kSimplePacket = 3;
constexpr std::uint32_t kEnhancedPacket = 6;

constexpr std::uint32_t kByteOrderMagic = 0x1A2B3C4D;

constexpr std::size_t kBlockHeaderBytes = 8;  // type and length
constexpr std::size_t kTrailerBytes = 4;      // the length again
constexpr std::size_t kBlockBytesMin = kBlockHeaderBytes + kTrailerBytes;

// Of a block that must be in memory as a whole.
constexpr std::size_t kBlockBytesMax = (std::size_t{16} << 20) + 4096;
static_assert(kBlockBytesMax <= kStreamBufferBytesMax);

// The number of an interface has 16 bits in the obsolete Packet Block; no writer goes beyond.
constexpr std::size_t kInterfacesMax = 65'536;

// Fixed parts of the bodies.
constexpr std::size_t kSectionBytes = 16;
constexpr std::size_t kInterfaceBytes = 8;
constexpr std::size_t kPacketBytes = 20;
constexpr std::size_t kSimplePacketBytes = 4;

constexpr std::uint16_t kOptionEnd = 0;
constexpr std::uint16_t kOptionResolution = 9;
constexpr std::uint16_t kOptionOffset = 14;
constexpr std::size_t kOptionHeaderBytes = 4;

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

// The fixed part of the body of a block, or nothing for a type that is skipped.
std::optional<std::size_t> body_bytes_min(std::uint32_t type) noexcept {
    switch (type) {
    case kSectionHeader:
        return kSectionBytes;
    case kInterfaceDescription:
        return kInterfaceBytes;
    case kObsoletePacket:
    case kEnhancedPacket:
        return kPacketBytes;
    case kSimplePacket:
        return kSimplePacketBytes;
    default:
        return std::nullopt;
    }
}

constexpr std::size_t padded(std::size_t bytes) noexcept {
    return (bytes + 3) & ~std::size_t{3};
}

}  // namespace

bool PcapngFile::recognises(const std::uint8_t* magic) noexcept {
    return ByteOrder().load32(magic) == kSectionHeader;
}

Result<std::unique_ptr<CaptureFile>> PcapngFile::open(ByteStream stream, std::string name) {
    std::unique_ptr<PcapngFile> file(new PcapngFile(std::move(stream), std::move(name)));
    Block block;
    if (file->read_block(block)) {
        file->start_section(block.body);
    }
    if (file->status() == Status::kFailed) {
        return file->error();
    }
    return std::unique_ptr<CaptureFile>(std::move(file));
}

PcapngFile::PcapngFile(ByteStream stream, std::string name)
    : CaptureFile(std::move(stream), std::move(name)) {}

CaptureFile::Status PcapngFile::next(Frame& frame) {
    Block block;
    while (status() == Status::kFrame && read_block(block)) {
        if (take(block, frame)) {
            return Status::kFrame;
        }
    }
    return status();
}

bool PcapngFile::read_block(Block& block) {
    ByteStream& in = stream();
    ++place_.number;
    place_.offset = in.offset();
    if (!in.ensure(kBlockHeaderBytes)) [[unlikely]] {
        return stop_short(kBlockBytesMin);
    }
    block.type = order_.load32(in.data());
    if (block.type == kSectionHeader && !read_byte_order()) {
        return false;
    }
    const std::uint32_t length = order_.load32(in.data() + 4);
    if (!check_length(block.type, length)) [[unlikely]] {
        return false;
    }
    if (!body_bytes_min(block.type)) {
        block.body = {};
        return skip_block(length);
    }
    if (!in.ensure(length)) [[unlikely]] {
        return stop_short(length);
    }
    if (order_.load32(in.data() + length - kTrailerBytes) != length) [[unlikely]] {
        return stop_damaged("does not end with its length");
    }
    block.body = {in.data() + kBlockHeaderBytes, length - kBlockBytesMin};
    in.consume(length);
    return true;
}

// A section may be in another byte order than the one before; its length is in the new one already.
bool PcapngFile::read_byte_order() {
    constexpr std::size_t kMagicOffset = kBlockHeaderBytes;
    ByteStream& in = stream();
    if (!in.ensure(kMagicOffset + 4)) {
        return stop_short(kBlockBytesMin + kSectionBytes);
    }
    for (const bool swapped : {false, true}) {
        if (ByteOrder(swapped).load32(in.data() + kMagicOffset) == kByteOrderMagic) {
            order_ = ByteOrder(swapped);
            return true;
        }
    }
    return stop_damaged("is a section header without the byte-order magic 1a2b3c4d");
}

bool PcapngFile::check_length(std::uint32_t type, std::uint32_t length) {
    const std::optional<std::size_t> body_min = body_bytes_min(type);
    const std::size_t min = kBlockBytesMin + body_min.value_or(0);
    if (length < min) [[unlikely]] {
        return stop_damaged(
            "has a length of " + std::to_string(length) + " bytes, less than " + std::to_string(min)
        );
    }
    if (length % 4 != 0) [[unlikely]] {
        return stop_damaged(
            "has a length of " + std::to_string(length) + " bytes, not a multiple of 4"
        );
    }
    if (body_min && length > kBlockBytesMax) [[unlikely]] {
        return stop_damaged(
            "has a length of " + std::to_string(length) + " bytes, the limit is " +
            std::to_string(kBlockBytesMax)
        );
    }
    return true;
}

bool PcapngFile::skip_block(std::uint32_t length) {
    ByteStream& in = stream();
    if (!in.skip(length - kTrailerBytes) || !in.ensure(kTrailerBytes)) {
        return stop_short(length);
    }
    if (order_.load32(in.data()) != length) {
        return stop_damaged("does not end with its length");
    }
    in.consume(kTrailerBytes);
    return true;
}

// The input gave less than the `needed` bytes of a block: fine if it ended between two blocks.
bool PcapngFile::stop_short(std::uint64_t needed) {
    ByteStream& in = stream();
    const bool between = in.available() == 0 && in.offset() == place_.offset && !in.failed();
    static_cast<void>(between ? finish() : fail(shortage(place_, needed)));
    return false;
}

bool PcapngFile::stop_damaged(std::string_view what) {
    fail(damage(place_, what));
    return false;
}

bool PcapngFile::take(const Block& block, Frame& frame) {
    switch (block.type) {
    case kEnhancedPacket:
    case kObsoletePacket:
        return take_packet(block, frame);
    case kSimplePacket:
        return take_simple_packet(block.body, frame);
    case kInterfaceDescription:
        add_interface(block.body);
        return false;
    case kSectionHeader:
        start_section(block.body);
        return false;
    default:
        return false;
    }
}

void PcapngFile::start_section(std::span<const std::uint8_t> body) {
    interfaces_.clear();
    const std::uint16_t major = order_.load16(body.data() + 4);
    if (major != 1) {
        const std::string minor = std::to_string(order_.load16(body.data() + 6));
        fail(unusable(
            "pcapng version " + std::to_string(major) + "." + minor + " at byte " +
            std::to_string(place_.offset) + ", only 1 is read"
        ));
    }
}

void PcapngFile::add_interface(std::span<const std::uint8_t> body) {
    if (interfaces_.size() == kInterfacesMax) {
        stop_damaged("describes one interface more than " + std::to_string(kInterfacesMax));
        return;
    }
    Interface interface;
    interface.link_type = static_cast<LinkType>(order_.load16(body.data()));
    interface.snapshot_bytes = order_.load32(body.data() + 4);
    read_interface_options(body.subspan(kInterfaceBytes), interface);
    interfaces_.push_back(interface);
}

void PcapngFile::
    read_interface_options(std::span<const std::uint8_t> options, Interface& interface) {
    // The loop ends: every turn takes at least a header off.
    while (options.size() >= kOptionHeaderBytes) {
        const std::uint16_t code = order_.load16(options.data());
        const std::size_t length = order_.load16(options.data() + 2);
        options = options.subspan(kOptionHeaderBytes);
        if (code == kOptionEnd) {
            return;
        }
        if (padded(length) > options.size()) {
            stop_damaged("has an option that does not fit into it");
            return;
        }
        if (code == kOptionResolution &&
            (length != 1 || !set_resolution(options.front(), interface))) {
            stop_damaged("has a time resolution (if_tsresol) that cannot be read");
            return;
        }
        if (code == kOptionOffset) {
            if (length != 8) {
                stop_damaged("has a time offset (if_tsoffset) that is not 8 bytes long");
                return;
            }
            interface.offset_seconds = static_cast<std::int64_t>(order_.load64(options.data()));
        }
        options = options.subspan(padded(length));
    }
}

bool PcapngFile::take_packet(const Block& block, Frame& frame) {
    const std::uint8_t* body = block.body.data();
    const std::uint32_t number =
        block.type == kObsoletePacket ? order_.load16(body) : order_.load32(body);
    const Interface* interface = find_interface(number);
    if (interface == nullptr) [[unlikely]] {
        return false;
    }
    const std::uint64_t ticks =
        std::uint64_t{order_.load32(body + 4)} << 32 | order_.load32(body + 8);
    const std::uint32_t captured = order_.load32(body + 12);
    if (captured > block.body.size() - kPacketBytes) [[unlikely]] {
        return stop_damaged(
            "has " + std::to_string(captured) + " captured bytes, but room for " +
            std::to_string(block.body.size() - kPacketBytes)
        );
    }
    frame.bytes = block.body.subspan(kPacketBytes, captured);
    frame.wire_bytes = std::max(captured, order_.load32(body + 16));
    frame.time = to_time(ticks, *interface);
    frame.link_type = interface->link_type;
    frame.has_stripped_vlan = false;
    frame.stripped_vlan_tci = 0;
    return true;
}

bool PcapngFile::take_simple_packet(std::span<const std::uint8_t> body, Frame& frame) {
    const Interface* interface = find_interface(0);
    if (interface == nullptr) {
        return false;
    }
    const std::uint32_t original = order_.load32(body.data());
    std::size_t captured = std::min<std::size_t>(original, body.size() - kSimplePacketBytes);
    if (interface->snapshot_bytes != 0) {
        captured = std::min<std::size_t>(captured, interface->snapshot_bytes);
    }
    frame.bytes = body.subspan(kSimplePacketBytes, captured);
    frame.wire_bytes = original;
    frame.time = {};
    frame.link_type = interface->link_type;
    frame.has_stripped_vlan = false;
    frame.stripped_vlan_tci = 0;
    return true;
}

// Returns nullptr, with the status set, for one that the section has not described.
const PcapngFile::Interface* PcapngFile::find_interface(std::uint32_t number) {
    if (number < interfaces_.size()) [[likely]] {
        return &interfaces_[number];
    }
    stop_damaged(
        "is a packet of interface " + std::to_string(number) + ", but " +
        std::to_string(interfaces_.size()) + " are described"
    );
    return nullptr;
}

bool PcapngFile::set_resolution(std::uint8_t option, Interface& interface) noexcept {
    // The largest powers of the two that 64 bits hold.
    constexpr unsigned kTenExponentMax = 19;
    constexpr unsigned kTwoExponentMax = 63;
    const unsigned exponent = option & 0x7FU;
    const bool is_power_of_two = (option & 0x80U) != 0;
    if (exponent > (is_power_of_two ? kTwoExponentMax : kTenExponentMax)) {
        return false;
    }
    std::uint64_t ticks_per_second = 1;
    for (unsigned i = 0; i < exponent; ++i) {
        ticks_per_second *= is_power_of_two ? 2 : 10;
    }
    interface.ticks_per_second = ticks_per_second;
    const bool is_whole = kNanosecondsPerSecond % ticks_per_second == 0;
    interface.nanoseconds_per_tick = is_whole ? kNanosecondsPerSecond / ticks_per_second : 0;
    return true;
}

CaptureTime PcapngFile::to_time(std::uint64_t ticks, const Interface& interface) noexcept {
    const std::uint64_t seconds = ticks / interface.ticks_per_second;
    const std::uint64_t rest = ticks % interface.ticks_per_second;
    // Below 1e9 either way, because rest < ticks_per_second.
    const auto nanoseconds = static_cast<std::uint32_t>(
        interface.nanoseconds_per_tick != 0
            ? rest * interface.nanoseconds_per_tick
            : static_cast<std::uint64_t>(
                  Int128{rest} * kNanosecondsPerSecond / interface.ticks_per_second
              )
    );
    if (interface.offset_seconds == 0) [[likely]] {
        return {seconds, nanoseconds};
    }
    const Int128 shifted = Int128{seconds} + interface.offset_seconds;
    if (shifted < 0) {
        return {};
    }
    const Int128 max = std::numeric_limits<std::uint64_t>::max();
    return {static_cast<std::uint64_t>(std::min(shifted, max)), nanoseconds};
}

}  // namespace flowgauge
