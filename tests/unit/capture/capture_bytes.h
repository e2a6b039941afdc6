// Capture files for tests: built byte by byte, put on disk, and read back as a whole.
#pragma once

#include "capture/capture_file.h"
#include "core/base/file_descriptor.h"
#include "core/packet/frame.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge::testing {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kPcapMicroseconds = 0xA1B2C3D4;
constexpr std::uint32_t kPcapNanoseconds = 0xA1B23C4D;
constexpr std::uint32_t kPcapModified = 0xA1B2CD34;

constexpr std::uint32_t kSectionBlock = 0x0A0D0D0A;
constexpr std::uint32_t kInterfaceBlock = 1;
constexpr std::uint32_t kObsoleteBlock = 2;
constexpr std::uint32_t kSimpleBlock = 3;
constexpr std::uint32_t kEnhancedBlock = 6;

// Appends integers in one byte order. Every call returns the object, so that calls chain.
class Writer {
public:
    explicit Writer(std::endian order = std::endian::little) : order_(order) {}

    Writer& u16(std::uint64_t value) { return integer(value, 2); }
    Writer& u32(std::uint64_t value) { return integer(value, 4); }
    Writer& u64(std::uint64_t value) { return integer(value, 8); }
    Writer& raw(const Bytes& bytes) {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    Writer& pad() {
        bytes_.resize((bytes_.size() + 3) / 4 * 4);
        return *this;
    }

    // Classic pcap.
    Writer& pcap_header(std::uint32_t magic, std::uint32_t link_type = 1, unsigned minor = 4) {
        return u32(magic).u16(2).u16(minor).u32(0).u32(0).u32(65'535).u32(link_type);
    }
    Writer& record(
        std::uint32_t seconds, std::uint32_t fraction, const Bytes& frame, std::uint32_t wire
    ) {
        return u32(seconds).u32(fraction).u32(frame.size()).u32(wire).raw(frame);
    }

    // pcapng. A body is padded to four bytes.
    Writer& block(std::uint32_t type, Bytes body) {
        body.resize((body.size() + 3) / 4 * 4);
        return u32(type).u32(12 + body.size()).raw(body).u32(12 + body.size());
    }
    Writer& section() {
        const std::uint64_t unknown_length = ~std::uint64_t{0};
        return block(
            kSectionBlock, fresh().u32(0x1A2B3C4D).u16(1).u16(0).u64(unknown_length).bytes()
        );
    }
    Writer& interface(std::uint16_t link_type, std::uint32_t snaplen, const Bytes& options = {}) {
        return block(
            kInterfaceBlock, fresh().u16(link_type).u16(0).u32(snaplen).raw(options).bytes()
        );
    }
    Writer& packet(std::uint32_t interface, std::uint64_t ticks, const Bytes& frame) {
        return block(kEnhancedBlock, packet_body(interface, ticks, frame));
    }
    [[nodiscard]] Bytes packet_body(
        std::uint32_t interface, std::uint64_t ticks, const Bytes& frame
    ) const {
        Writer body = fresh();
        body.u32(interface).u32(ticks >> 32).u32(ticks);
        return body.u32(frame.size()).u32(frame.size() + 100).raw(frame).bytes();
    }
    [[nodiscard]] Bytes option(std::uint16_t code, const Bytes& value) const {
        return fresh().u16(code).u16(value.size()).raw(value).pad().bytes();
    }
    [[nodiscard]] Bytes offset_option(std::int64_t seconds) const {
        return option(14, fresh().u64(static_cast<std::uint64_t>(seconds)).bytes());
    }

    [[nodiscard]] Writer fresh() const { return Writer(order_); }
    [[nodiscard]] const Bytes& bytes() const { return bytes_; }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }

private:
    Writer& integer(std::uint64_t value, unsigned count) {
        for (unsigned i = 0; i < count; ++i) {
            const unsigned place = order_ == std::endian::little ? i : count - 1 - i;
            bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * place)));
        }
        return *this;
    }

    std::endian order_;
    Bytes bytes_;
};

// A file that holds `bytes` for as long as the object lives.
class TemporaryFile {
public:
    explicit TemporaryFile(const Bytes& bytes) : path_(::testing::TempDir() + "flowgauge-XXXXXX") {
        const FileDescriptor descriptor(::mkstemp(path_.data()));
        const auto written = ::write(descriptor.get(), bytes.data(), bytes.size());
        EXPECT_EQ(written, static_cast<ssize_t>(bytes.size()));
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { ::unlink(path_.c_str()); }

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

// A frame with its own copy of the bytes.
struct ReadFrame {
    Bytes bytes;
    std::uint32_t wire_bytes = 0;
    CaptureTime time;
    unsigned link_type = 0;
};

// What reading a capture to its end gave. `error` is that of open() if `opened` is false.
struct Reading {
    bool opened = false;
    std::vector<ReadFrame> frames;
    CaptureFile::Status status = CaptureFile::Status::kEnd;
    Error error;
    std::uint64_t bytes_read = 0;
};

// Reads all of `path`; on the way checks what holds for every file.
inline Reading read_path(const std::string& path) {
    Reading reading;
    auto opened = CaptureFile::open(path);
    reading.opened = opened.has_value();
    if (!opened) {
        reading.error = std::move(opened).error();
        return reading;
    }
    CaptureFile& file = *opened.value();
    Frame frame;
    frame.position = 77;
    frame.has_stripped_vlan = true;
    unsigned slack = 0;
    while ((reading.status = file.next(frame)) == CaptureFile::Status::kFrame) {
        reading.frames.push_back(
            {Bytes(frame.bytes.begin(), frame.bytes.end()),
             frame.wire_bytes,
             frame.time,
             static_cast<unsigned>(frame.link_type)}
        );
        EXPECT_EQ(frame.position, 77U);
        EXPECT_FALSE(frame.has_stripped_vlan);
        for (std::size_t i = 0; i < kFrameSlackBytes; ++i) {  // the sanitizer checks this
            slack += *(frame.bytes.data() + frame.bytes.size() + i);
        }
    }
    static_cast<void>(slack);
    reading.error = file.error();
    reading.bytes_read = file.bytes_read();
    EXPECT_EQ(file.next(frame), reading.status);
    EXPECT_EQ(file.error().message, reading.error.message);
    return reading;
}

inline Reading read_bytes(const Bytes& bytes) {
    const TemporaryFile file(bytes);
    Reading reading = read_path(file.path());
    // Without the random name, messages can be compared as a whole.
    if (const auto at = reading.error.message.find(file.path()); at != std::string::npos) {
        reading.error.message.replace(at, file.path().size(), "FILE");
    }
    return reading;
}

}  // namespace flowgauge::testing
