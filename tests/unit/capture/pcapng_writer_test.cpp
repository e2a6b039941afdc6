#include "capture/pcapng_writer.h"

#include "tests/unit/capture/capture_bytes.h"

#include <gtest/gtest.h>

#include <fstream>
#include <initializer_list>
#include <iterator>
#include <limits>

namespace flowgauge {
namespace {

using testing::Bytes;
using testing::kEnhancedBlock;
using testing::kInterfaceBlock;
using testing::kSectionBlock;
using testing::read_path;
using testing::Reading;
using testing::TemporaryFile;
using testing::Writer;

constexpr std::uint64_t kOffsetStep = std::uint64_t{1} << 34;

Bytes text(const std::string& characters) {
    return {characters.begin(), characters.end()};
}

Bytes content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Frame frame_of(const Bytes& bytes, CaptureTime time, LinkType type = LinkType::kEthernet) {
    Frame frame;
    frame.bytes = bytes;
    frame.wire_bytes = static_cast<std::uint32_t>(bytes.size());
    frame.time = time;
    frame.link_type = type;
    return frame;
}

// A file under test; its content is read when it is closed.
class Written {
public:
    void write(const Frame& frame, std::string_view comment) { writer_.write(frame, comment); }
    Bytes close() {
        Result<void> closed = writer_.close();
        EXPECT_TRUE(closed.has_value());
        return content_of(file_.path());
    }
    [[nodiscard]] Reading read() const { return read_path(file_.path()); }

private:
    static PcapngWriter open(const std::string& path) {
        Result<PcapngWriter> opened = PcapngWriter::open(path);
        EXPECT_TRUE(opened.has_value());
        return std::move(opened).value();
    }

    TemporaryFile file_{Bytes(1000, 0xEE)};  // longer than what follows: it must be gone
    PcapngWriter writer_ = open(file_.path());
};

Bytes section() {
    const Writer writer;
    return writer.fresh()
        .block(
            kSectionBlock,
            writer.fresh()
                .u32(0x1A2B3C4D)
                .u16(1)
                .u16(0)
                .u64(~std::uint64_t{0})
                .raw(writer.option(4, text("flowgauge")))
                .u32(0)
                .bytes()
        )
        .bytes();
}

Bytes interface(std::uint16_t link_type, std::uint8_t resolution = 9, std::uint64_t offset = 0) {
    const Writer writer;
    Writer body = writer.fresh();
    body.u16(link_type).u16(0).u32(0).raw(writer.option(9, {resolution}));
    if (offset != 0) {
        body.raw(writer.option(14, writer.fresh().u64(offset).bytes()));
    }
    return writer.fresh().block(kInterfaceBlock, body.u32(0).bytes()).bytes();
}

struct Packet {
    std::uint32_t interface = 0;
    std::uint64_t ticks = 0;
    Bytes bytes;
    std::uint32_t wire_bytes = 0;
    std::string comment;
};

Bytes packet(const Packet& packet) {
    const Writer writer;
    Writer body = writer.fresh();
    body.u32(packet.interface).u32(packet.ticks >> 32).u32(packet.ticks & 0xffffffff);
    body.u32(packet.bytes.size()).u32(packet.wire_bytes).raw(packet.bytes).pad();
    if (!packet.comment.empty()) {
        body.raw(writer.option(1, text(packet.comment))).u32(0);
    }
    return writer.fresh().block(kEnhancedBlock, body.bytes()).bytes();
}

Bytes joined(const std::vector<Bytes>& parts) {
    Bytes all;
    for (const Bytes& part : parts) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

TEST(PcapngWriter, WritesNothingButTheSectionWithoutFrames) {
    Written written;
    EXPECT_EQ(written.close(), section());
    EXPECT_TRUE(written.read().opened);
}

// Every length modulo 4, of bytes and of comments.
TEST(PcapngWriter, PadsFramesAndComments) {
    Written written;
    std::vector<Bytes> expected{section(), interface(1)};
    for (std::size_t size = 0; size < 9; ++size) {
        const Bytes bytes(size, static_cast<std::uint8_t>(0xA0 + size));
        const std::string comment(8 - size, 'c');
        written.write(frame_of(bytes, {.seconds = 1, .nanoseconds = 2}), comment);
        expected.push_back(
            packet({0, 1'000'000'002, bytes, static_cast<std::uint32_t>(size), comment})
        );
    }
    EXPECT_EQ(written.close(), joined(expected));
}

TEST(PcapngWriter, DescribesAnInterfaceForEachLinkTypeOnce) {
    const Bytes bytes{1, 2, 3, 4};
    Written written;
    for (const std::uint16_t type : std::initializer_list<std::uint16_t>{113, 1, 147, 1, 113}) {
        Frame frame = frame_of(bytes, {.seconds = type}, static_cast<LinkType>(type));
        frame.wire_bytes = 1514;
        written.write(frame, "arp");
    }
    const auto row = [&](std::uint32_t number, std::uint64_t seconds) {
        return packet({number, seconds * 1'000'000'000, bytes, 1514, "arp"});
    };
    EXPECT_EQ(
        written.close(),
        joined(
            {section(),
             interface(113),
             row(0, 113),
             interface(1),
             row(1, 1),
             interface(147),
             row(2, 147),
             row(1, 1),
             row(0, 113)}
        )
    );
}

TEST(PcapngWriter, MovesTheOriginOfTimesThatNanosecondsCannotHold) {
    struct Row {
        CaptureTime time;
        std::uint8_t resolution = 0;
        std::uint64_t offset = 0;
        std::uint64_t ticks = 0;
    };
    constexpr auto kOffsetMax =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const Row rows[] = {
        {{0, 0}, 9, 0, 0},
        {{kOffsetStep - 1, 999'999'999}, 9, 0, kOffsetStep * 1'000'000'000 - 1},
        {{kOffsetStep, 7}, 9, kOffsetStep, 7},
        {{4'734'258'265'061, 123'456'000}, 9, 275 * kOffsetStep, 9'794'239'461'123'456'000U},
        {{kOffsetMax, 999'999'999},
         9,
         kOffsetMax + 1 - kOffsetStep,
         kOffsetStep * 1'000'000'000 - 1},
        {{kOffsetMax + 1, 0}, 0, 0, kOffsetMax + 1},
        {{~std::uint64_t{0}, 999'999'999}, 0, 0, ~std::uint64_t{0}},
    };
    for (const Row& row : rows) {
        Written written;
        written.write(frame_of({9}, row.time), "x");
        const Bytes expected = joined(
            {section(),
             interface(1, row.resolution, row.offset),
             packet({0, row.ticks, {9}, 1, "x"})}
        );
        EXPECT_EQ(written.close(), expected) << row.time.seconds;
        const Reading reading = written.read();
        ASSERT_EQ(reading.frames.size(), 1U) << reading.error.message;
        const std::uint32_t nanoseconds = row.resolution == 9 ? row.time.nanoseconds : 0;
        EXPECT_EQ(reading.frames[0].time, (CaptureTime{row.time.seconds, nanoseconds}));
    }
}

// Frames longer than the buffer, and enough of them to fill it often.
TEST(PcapngWriter, KeepsFramesOfAnySize) {
    Written written;
    std::vector<Bytes> sent;
    for (const std::size_t size : {0U, 1U, 65'535U, 262'144U, 1'000'001U, 14U, 300'000U}) {
        Bytes bytes(size);
        for (std::size_t i = 0; i < size; ++i) {
            bytes[i] = static_cast<std::uint8_t>(i * 7 + size);
        }
        sent.push_back(bytes);
        written.write(frame_of(sent.back(), {.seconds = size}), "arp");
    }
    written.close();
    const Reading reading = written.read();
    ASSERT_EQ(reading.frames.size(), sent.size()) << reading.error.message;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        EXPECT_EQ(reading.frames[i].bytes, sent[i]);
        EXPECT_EQ(reading.frames[i].time.seconds, sent[i].size());
    }
}

TEST(PcapngWriter, CutsCommentsThatNoOptionHolds) {
    Written written;
    written.write(frame_of({1}, {}), std::string(70'000, 'c'));
    const Bytes expected =
        joined({section(), interface(1), packet({0, 0, {1}, 1, std::string(65'535, 'c')})});
    EXPECT_EQ(written.close(), expected);
}

// Every frame needs its own interface: numbers run out, and a section begins anew.
TEST(PcapngWriter, BeginsASectionWhenInterfacesRunOut) {
    constexpr std::uint64_t kInterfacesMax = 65'536;
    Written written;
    for (std::uint64_t i = 0; i <= kInterfacesMax; ++i) {
        written.write(frame_of({1}, {.seconds = i * kOffsetStep}), "");
    }
    const Bytes bytes = written.close();
    const Bytes end = joined(
        {section(), interface(1, 9, kInterfacesMax * kOffsetStep), packet({0, 0, {1}, 1, ""})}
    );
    ASSERT_GT(bytes.size(), end.size());
    EXPECT_EQ(Bytes(bytes.end() - static_cast<std::ptrdiff_t>(end.size()), bytes.end()), end);
    const Reading reading = written.read();
    ASSERT_EQ(reading.frames.size(), kInterfacesMax + 1) << reading.error.message;
    EXPECT_EQ(reading.frames.back().time.seconds, kInterfacesMax * kOffsetStep);
}

TEST(PcapngWriter, SaysWhereItCannotWrite) {
    const Result<PcapngWriter> opened = PcapngWriter::open("/nonexistent/file");
    EXPECT_FALSE(opened.has_value());

    Result<PcapngWriter> full = PcapngWriter::open("/dev/full");
    ASSERT_TRUE(full.has_value());
    const Bytes bytes(1'000'000);  // fails on the way, not only at the end
    full.value().write(frame_of(bytes, {}), "arp");
    Result<void> closed = full.value().close();
    ASSERT_FALSE(closed.has_value());
    EXPECT_EQ(closed.error().kind, ErrorKind::kOutput);
    EXPECT_EQ(closed.error().message, "/dev/full: No space left on device");
}

}  // namespace
}  // namespace flowgauge
