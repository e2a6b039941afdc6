#include "capture/pcapng_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr std::size_t kBufferBytes = std::size_t{256} << 10;

constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrderMagic = 0x1A2B3C4D;

constexpr std::uint16_t kOptionEnd = 0;
constexpr std::uint16_t kOptionComment = 1;
constexpr std::uint16_t kOptionApplication = 4;  // shb_userappl
constexpr std::uint16_t kOptionResolution = 9;   // if_tsresol
constexpr std::uint16_t kOptionTimeOffset = 14;  // if_tsoffset
constexpr std::size_t kOptionHeaderBytes = 4;

// What stands around the parts of varying length.
constexpr std::size_t kBlockBytes = 12;  // type, length, and the length again
constexpr std::size_t kSectionBytes = kBlockBytes + 16;
constexpr std::size_t kInterfaceBytes = kBlockBytes + 8;
constexpr std::size_t kPacketBytes = kBlockBytes + 20;

// More interfaces than this no reader needs to take, our own included.
constexpr std::size_t kInterfacesMax = 65'536;

constexpr std::string_view kApplication = "flowgauge";
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

// 64 bits of nanoseconds end in the year 2554. Interfaces for later times (if_tsoffset) begin at a
// multiple of this many seconds, which they do hold.
constexpr std::uint64_t kOffsetStep = std::uint64_t{1} << 34;
static_assert(kOffsetStep < std::numeric_limits<std::uint64_t>::max() / kNanosecondsPerSecond);

constexpr std::size_t padded(std::size_t bytes) noexcept {
    return (bytes + 3) & ~std::size_t{3};
}

constexpr std::size_t option_bytes(std::size_t value_bytes) noexcept {
    return kOptionHeaderBytes + padded(value_bytes);
}

std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Error output_error(const std::string& path, int code) {
    return {ErrorKind::kOutput, path + ": " + std::generic_category().message(code)};
}

}  // namespace

Result<PcapngWriter> PcapngWriter::open(std::string path) {
    FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode));
    if (!file) {
        return output_error(path, errno);
    }
    return PcapngWriter(std::move(file), std::move(path));
}

PcapngWriter::PcapngWriter(FileDescriptor file, std::string path)
    : file_(std::move(file)),
      path_(std::move(path)) {
    buffer_.reserve(kBufferBytes);
    begin_section();
}

void PcapngWriter::write(const Frame& frame, std::string_view comment) {
    comment = comment.substr(0, std::numeric_limits<std::uint16_t>::max());
    const Interface interface = interface_of(frame);
    const std::uint32_t number = number_of(interface);
    const std::uint64_t seconds = frame.time.seconds - interface.offset_seconds;
    const std::uint64_t ticks = interface.whole_seconds
                                    ? seconds
                                    : seconds * kNanosecondsPerSecond + frame.time.nanoseconds;
    const std::size_t options =
        comment.empty() ? 0 : option_bytes(comment.size()) + option_bytes(0);
    const std::size_t length = kPacketBytes + padded(frame.bytes.size()) + options;
    put32(kEnhancedPacket);
    put32(length);
    put32(number);
    put32(ticks >> 32);
    put32(ticks);
    put32(frame.bytes.size());
    put32(frame.wire_bytes);
    put_padded(frame.bytes);
    if (!comment.empty()) {
        put_option(kOptionComment, bytes_of(comment));
        put_option(kOptionEnd, {});
    }
    put32(length);
}

Result<void> PcapngWriter::close() {
    flush();
    if (::close(file_.release()) != 0 && outcome_) {
        outcome_ = output_error(path_, errno);
    }
    return outcome_;
}

// Most times have the same interface: one of nanoseconds since 1970.
PcapngWriter::Interface PcapngWriter::interface_of(const Frame& frame) noexcept {
    constexpr auto kOffsetMax =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const std::uint64_t offset = frame.time.seconds / kOffsetStep * kOffsetStep;
    if (offset > kOffsetMax) {
        return {.link_type = frame.link_type, .whole_seconds = true};
    }
    return {.link_type = frame.link_type, .offset_seconds = offset};
}

std::uint32_t PcapngWriter::number_of(const Interface& interface) {
    const auto found = interfaces_.find(interface);
    if (found != interfaces_.end()) {
        return found->second;
    }
    if (interfaces_.size() == kInterfacesMax) {
        interfaces_.clear();
        begin_section();
    }
    const auto number = static_cast<std::uint32_t>(interfaces_.size());
    interfaces_.emplace(interface, number);
    describe(interface);
    return number;
}

void PcapngWriter::begin_section() {
    const std::size_t length = kSectionBytes + option_bytes(kApplication.size()) + option_bytes(0);
    put32(kSectionHeader);
    put32(length);
    put32(kByteOrderMagic);
    put16(1);  // version 1.0
    put16(0);
    put_integer(~std::uint64_t{0}, 8);  // the section's length is not given
    put_option(kOptionApplication, bytes_of(kApplication));
    put_option(kOptionEnd, {});
    put32(length);
}

void PcapngWriter::describe(const Interface& interface) {
    const std::array<std::uint8_t, 1> resolution{
        interface.whole_seconds ? std::uint8_t{0} : std::uint8_t{9}};
    std::array<std::uint8_t, 8> offset{};
    for (std::size_t i = 0; i < offset.size(); ++i) {
        offset[i] = static_cast<std::uint8_t>(interface.offset_seconds >> (8 * i));
    }
    const bool has_offset = interface.offset_seconds != 0;
    const std::size_t length = kInterfaceBytes + option_bytes(resolution.size()) +
                               (has_offset ? option_bytes(offset.size()) : 0) + option_bytes(0);
    put32(kInterfaceDescription);
    put32(length);
    put16(static_cast<std::uint16_t>(interface.link_type));
    put16(0);
    put32(0);  // no snapshot length: frames come from captures that may differ in it
    put_option(kOptionResolution, resolution);
    if (has_offset) {
        put_option(kOptionTimeOffset, offset);
    }
    put_option(kOptionEnd, {});
    put32(length);
}

void PcapngWriter::put_integer(std::uint64_t value, unsigned bytes) {
    std::array<std::uint8_t, 8> little{};
    for (unsigned i = 0; i < bytes; ++i) {
        little[i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    put({little.data(), bytes});
}

void PcapngWriter::put_option(std::uint16_t code, std::span<const std::uint8_t> value) {
    put16(code);
    put16(value.size());
    put_padded(value);
}

void PcapngWriter::put_padded(std::span<const std::uint8_t> bytes) {
    put(bytes);
    put_integer(0, static_cast<unsigned>(padded(bytes.size()) - bytes.size()));
}

void PcapngWriter::put(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        if (buffer_.size() == kBufferBytes) {
            flush();
        }
        const std::size_t count = std::min(bytes.size(), kBufferBytes - buffer_.size());
        buffer_.insert(
            buffer_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)
        );
        bytes = bytes.subspan(count);
    }
}

void PcapngWriter::flush() {
    std::span<const std::uint8_t> rest = buffer_;
    while (!rest.empty() && outcome_) {
        const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
        if (written >= 0) {
            rest = rest.subspan(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            outcome_ = output_error(path_, errno);
        }
    }
    buffer_.clear();
}

}  // namespace flowgauge
