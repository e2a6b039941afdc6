#include "capture/pcapng_file.h"

#include "tests/unit/capture/capture_bytes.h"

#include <gtest/gtest.h>

#include <limits>

namespace flowgauge {
namespace {

using testing::Bytes;
using testing::kEnhancedBlock;
using testing::kInterfaceBlock;
using testing::kObsoleteBlock;
using testing::kSectionBlock;
using testing::kSimpleBlock;
using testing::read_bytes;
using testing::Reading;
using testing::Writer;
using Status = CaptureFile::Status;

constexpr std::uint32_t kNameResolutionBlock = 4;
constexpr std::uint16_t kOptionResolution = 9;

Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

Bytes resolution(std::uint8_t value) {
    return Writer().option(kOptionResolution, {value});
}

// A section with one Ethernet interface of microseconds.
Writer plain() {
    return Writer().section().interface(1, 0);
}

TEST(PcapngFile, ReadsInterfacesOfDifferentLinkTypesInBothByteOrders) {
    for (const std::endian order : {std::endian::little, std::endian::big}) {
        Writer file(order);
        file.section().interface(1, 65'535).interface(276, 0);
        const Bytes file_bytes = file.packet(1, 5'000'001, {1, 2, 3})
                                     .packet(0, 0x1'0000'0000, {4, 5, 6, 7})
                                     .packet(0, 0, {})
                                     .bytes();
        const Reading reading = read_bytes(file_bytes);
        ASSERT_EQ(reading.frames.size(), 3U) << reading.error.message;
        EXPECT_EQ(reading.status, Status::kEnd);
        EXPECT_EQ(reading.bytes_read, file_bytes.size());
        EXPECT_EQ(reading.frames[0].link_type, 276U);
        EXPECT_EQ(reading.frames[0].bytes, (Bytes{1, 2, 3}));
        EXPECT_EQ(reading.frames[0].wire_bytes, 103U);
        EXPECT_EQ(reading.frames[0].time, (CaptureTime{5, 1'000}));
        EXPECT_EQ(reading.frames[1].link_type, 1U);
        EXPECT_EQ(reading.frames[1].bytes, (Bytes{4, 5, 6, 7}));
        EXPECT_EQ(reading.frames[1].time, (CaptureTime{4'294, 967'296'000}));
        EXPECT_TRUE(reading.frames[2].bytes.empty());
    }
}

TEST(PcapngFile, ScalesTimesExactly) {
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    constexpr std::int64_t kOffsetMin = std::numeric_limits<std::int64_t>::min();
    constexpr std::uint64_t kYear151991 = 4'734'231'571'822'539'464;
    const Writer writer;
    struct Row {
        const char* why;
        Bytes options;
        std::uint64_t ticks;
        CaptureTime time;
    };
    const Row rows[] = {
        {"default 10^-6", {}, 1'234'567, {1, 234'567'000}},
        {"year 151991", {}, kYear151991, {4'734'231'571'822, 539'464'000}},
        {"10^0", resolution(0), 7, {7, 0}},
        {"10^-3", resolution(3), 1'234, {1, 234'000'000}},
        {"10^-6", resolution(6), kMax, {18'446'744'073'709, 551'615'000}},
        {"10^-9", resolution(9), 1'700'000'000'123'456'789, {1'700'000'000, 123'456'789}},
        {"10^-12, truncated", resolution(12), 1'999'999'999'999, {1, 999'999'999}},
        {"10^-19, the finest", resolution(19), kMax, {1, 844'674'407}},
        {"2^-10", resolution(0x8A), 1'024 * 3 + 1, {3, 976'562}},
        {"2^-32", resolution(0xA0), 0x5'8000'0000, {5, 500'000'000}},
        {"2^-63, the finest", resolution(0xBF), kMax, {1, 999'999'999}},
        {"later option wins", resolution(3) + resolution(9), 5, {0, 5}},
        {"nothing after the end", writer.option(0, {}) + resolution(3), 5, {0, 5'000}},
        {"other options skipped",
         writer.option(2, {'e', 't', 'h'}) + resolution(3),
         5,
         {0, 5'000'000}},
        {"offset", writer.offset_option(1'000), 1'500'000, {1'001, 500'000'000}},
        {"offset back", writer.offset_option(-3), 5'500'000, {2, 500'000'000}},
        {"offset below 1970", writer.offset_option(-6), 5'500'000, {0, 0}},
        {"least offset", writer.offset_option(kOffsetMin), kMax, {0, 0}},
        {"beyond 64 bits", resolution(0) + writer.offset_option(1), kMax, {kMax, 0}},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.why);
        const Reading reading = read_bytes(
            Writer().section().interface(1, 0, row.options).packet(0, row.ticks, {1}).bytes()
        );
        ASSERT_EQ(reading.frames.size(), 1U) << reading.error.message;
        EXPECT_EQ(reading.frames[0].time.seconds, row.time.seconds);
        EXPECT_EQ(reading.frames[0].time.nanoseconds, row.time.nanoseconds);
    }
}

TEST(PcapngFile, ReadsSimplePackets) {
    struct Row {
        const char* why;
        std::uint32_t snapshot_bytes;
        std::uint32_t original;
        std::size_t in_block;
        std::size_t captured;
    };
    const Row rows[] = {
        {"whole, padded", 0, 5, 8, 5},
        {"no limit, block shorter than the packet", 0, 100, 8, 8},
        {"cut by the snapshot length", 6, 100, 8, 6},
        {"below the snapshot length", 60, 5, 8, 5},
        {"snapshot length beyond the block", 60, 100, 8, 8},
        {"empty", 0, 0, 0, 0},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.why);
        Writer file;
        file.section().interface(1, row.snapshot_bytes);
        file.block(kSimpleBlock, Writer().u32(row.original).raw(Bytes(row.in_block, 3)).bytes());
        const Reading reading = read_bytes(file.bytes());
        ASSERT_EQ(reading.frames.size(), 1U) << reading.error.message;
        EXPECT_EQ(reading.frames[0].bytes, Bytes(row.captured, 3));
        EXPECT_EQ(reading.frames[0].wire_bytes, row.original);
        EXPECT_EQ(reading.frames[0].time, CaptureTime{});
    }
}

TEST(PcapngFile, ReadsObsoletePackets) {
    Writer body(std::endian::big);
    body.u16(1).u16(0xFFFF).u32(0).u32(7).u32(3).u32(60).raw({1, 2, 3});
    const Reading reading = read_bytes(Writer(std::endian::big)
                                           .section()
                                           .interface(1, 0)
                                           .interface(113, 0)
                                           .block(kObsoleteBlock, body.bytes())
                                           .bytes());
    ASSERT_EQ(reading.frames.size(), 1U) << reading.error.message;
    EXPECT_EQ(reading.frames[0].bytes, (Bytes{1, 2, 3}));
    EXPECT_EQ(reading.frames[0].wire_bytes, 60U);
    EXPECT_EQ(reading.frames[0].time, (CaptureTime{0, 7'000}));
    EXPECT_EQ(reading.frames[0].link_type, 113U);
}

TEST(PcapngFile, StartsAnewWithEachSection) {
    const Bytes first = Writer().section().interface(1, 0, resolution(9)).packet(0, 5, {1}).bytes();
    Writer second(std::endian::big);
    second.section();
    const std::size_t empty_section = second.size();
    const Bytes packet = second.fresh().packet(0, 5, {2}).bytes();
    second.interface(101, 0).raw(packet);

    const Reading both = read_bytes(first + second.bytes() + first);
    ASSERT_EQ(both.frames.size(), 3U) << both.error.message;
    EXPECT_EQ(both.status, Status::kEnd);
    EXPECT_EQ(both.frames[0].time, (CaptureTime{0, 5}));
    EXPECT_EQ(both.frames[1].link_type, 101U);
    EXPECT_EQ(both.frames[1].time, (CaptureTime{0, 5'000}));
    EXPECT_EQ(both.frames[2].time, (CaptureTime{0, 5}));

    // The interfaces of the first section are gone in the second.
    const Bytes section_only(second.bytes().begin(), second.bytes().begin() + 28);
    ASSERT_EQ(empty_section, section_only.size());
    const Reading unknown = read_bytes(first + section_only + packet);
    EXPECT_EQ(unknown.frames.size(), 1U);
    EXPECT_EQ(unknown.status, Status::kFailed);
}

TEST(PcapngFile, SkipsOtherBlocksHoweverLong) {
    const std::size_t lengths_to_skip[] = {0, 4, std::size_t{5} << 20, std::size_t{20} << 20};
    for (const std::size_t length : lengths_to_skip) {
        SCOPED_TRACE(length);
        Writer file = plain();
        file.packet(0, 1, {1}).block(kNameResolutionBlock, Bytes(length, 0xEE));
        file.packet(0, 2, {2});
        const Reading reading = read_bytes(file.bytes());
        ASSERT_EQ(reading.frames.size(), 2U) << reading.error.message;
        EXPECT_EQ(reading.frames[1].bytes, (Bytes{2}));
        EXPECT_EQ(reading.bytes_read, file.size());

        Bytes cut = file.bytes();
        cut.resize(cut.size() - 38);  // the last packet takes 36: two bytes of the block's end
        const Reading before = read_bytes(cut);
        EXPECT_EQ(before.frames.size(), 1U);
        EXPECT_EQ(
            before.error.message,
            "FILE: truncated at byte 84: block 4 needs " + std::to_string(length + 12) +
                " bytes, " + std::to_string(length + 10) + " are left"
        );
    }
}

TEST(PcapngFile, BuffersAPacketLargerThanTheFirstBuffer) {
    Bytes large(std::size_t{16} << 20);
    for (std::size_t i = 0; i < large.size(); ++i) {
        large[i] = static_cast<std::uint8_t>(i * 7 / 3);
    }
    const Reading reading =
        read_bytes(plain().packet(0, 1, {1}).packet(0, 2, large).packet(0, 3, {3}).bytes());
    ASSERT_EQ(reading.frames.size(), 3U) << reading.error.message;
    EXPECT_TRUE(reading.frames[1].bytes == large);
    EXPECT_EQ(reading.frames[2].bytes, (Bytes{3}));
}

TEST(PcapngFile, DeliversAllBeforeACutWhereverItIs) {
    Writer file;
    std::vector<std::size_t> borders;  // ends of blocks
    std::vector<std::size_t> frames;   // in the blocks up to there
    const auto mark = [&](std::size_t count) {
        borders.push_back(file.size());
        frames.push_back(count);
    };
    file.section();
    mark(0);
    file.interface(1, 0, resolution(9));
    mark(0);
    file.packet(0, 1, {1, 2, 3});
    mark(1);
    file.block(kNameResolutionBlock, Bytes(8));
    mark(1);
    file.block(kSimpleBlock, Writer().u32(4).raw({1, 2, 3, 4}).bytes());
    mark(2);
    file.packet(0, 2, {1});
    mark(3);

    for (std::size_t cut = 1; cut <= file.size(); ++cut) {
        SCOPED_TRACE(cut);
        const Reading reading = read_bytes(
            Bytes(file.bytes().begin(), file.bytes().begin() + static_cast<std::ptrdiff_t>(cut))
        );
        ASSERT_EQ(reading.opened, cut >= borders[0]);
        std::size_t whole = 0;  // blocks
        while (whole < borders.size() && borders[whole] <= cut) {
            ++whole;
        }
        const std::size_t start = whole == 0 ? 0 : borders[whole - 1];
        EXPECT_EQ(reading.frames.size(), whole == 0 ? 0 : frames[whole - 1]);
        if (cut == start) {
            EXPECT_EQ(reading.status, Status::kEnd);
            continue;
        }
        EXPECT_EQ(reading.error.kind, ErrorKind::kDamaged);
        const std::string prefix = "FILE: truncated at byte " + std::to_string(start) + ": ";
        EXPECT_EQ(reading.error.message.substr(0, prefix.size()), prefix);
        const std::string suffix = ", " + std::to_string(cut - start) + " are left";
        EXPECT_NE(reading.error.message.find(suffix), std::string::npos) << reading.error.message;
    }
}

// A block whose two lengths are as told, with 28 bytes of body.
Bytes lengths(std::uint32_t type, std::uint32_t front, std::uint32_t back) {
    return Writer().u32(type).u32(front).raw(Bytes(28)).u32(back).bytes();
}

TEST(PcapngFile, SaysWhatIsWrongWithABlock) {
    const Writer writer;
    const Bytes small = writer.packet_body(0, 1, {1, 2, 3, 4});
    Bytes overlong = small;
    overlong[12] = 5;  // of 4 bytes that are there
    struct Row {
        Bytes block;  // the third of the file, at byte 48
        std::string what;
    };
    const Row rows[] = {
        {lengths(kEnhancedBlock, 40, 44), "does not end with its length"},
        {lengths(kNameResolutionBlock, 40, 44), "does not end with its length"},
        {lengths(kNameResolutionBlock, 8, 8), "has a length of 8 bytes, less than 12"},
        {lengths(kNameResolutionBlock, 0, 0), "has a length of 0 bytes, less than 12"},
        {lengths(kEnhancedBlock, 28, 28), "has a length of 28 bytes, less than 32"},
        {lengths(kSimpleBlock, 12, 12), "has a length of 12 bytes, less than 16"},
        {lengths(kInterfaceBlock, 16, 16), "has a length of 16 bytes, less than 20"},
        {lengths(kEnhancedBlock, 38, 38), "has a length of 38 bytes, not a multiple of 4"},
        {lengths(kNameResolutionBlock, 38, 38), "has a length of 38 bytes, not a multiple of 4"},
        {lengths(kEnhancedBlock, 0xFFFFFFFC, 0),
         "has a length of 4294967292 bytes, the limit is 16781312"},
        {lengths(kSectionBlock, 40, 40),
         "is a section header without the byte-order magic 1a2b3c4d"},
        {Writer().block(kEnhancedBlock, overlong).bytes(), "has 5 captured bytes, but room for 4"},
        {Writer().packet(1, 1, {1}).bytes(), "is a packet of interface 1, but 1 are described"},
        {Writer().packet(0xFFFFFFFF, 1, {1}).bytes(),
         "is a packet of interface 4294967295, but 1 are described"},
        {Writer().interface(1, 0, resolution(20)).bytes(),
         "has a time resolution (if_tsresol) that cannot be read"},
        {Writer().interface(1, 0, resolution(0xC0)).bytes(),
         "has a time resolution (if_tsresol) that cannot be read"},
        {Writer().interface(1, 0, writer.option(kOptionResolution, {})).bytes(),
         "has a time resolution (if_tsresol) that cannot be read"},
        {Writer().interface(1, 0, writer.option(14, {1, 2, 3, 4})).bytes(),
         "has a time offset (if_tsoffset) that is not 8 bytes long"},
        {Writer().interface(1, 0, Writer().u16(2).u16(5).u32(0).bytes()).bytes(),
         "has an option that does not fit into it"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        const Reading reading = read_bytes(plain().raw(row.block).packet(0, 1, {1}).bytes());
        ASSERT_TRUE(reading.opened);
        EXPECT_TRUE(reading.frames.empty());
        EXPECT_EQ(reading.status, Status::kFailed);
        EXPECT_EQ(reading.error.kind, ErrorKind::kDamaged);
        EXPECT_EQ(reading.error.message, "FILE: damaged at byte 48: block 3 " + row.what);
    }
}

TEST(PcapngFile, RefusesASimplePacketWithoutAnInterface) {
    const Reading reading = read_bytes(
        Writer().section().block(kSimpleBlock, Writer().u32(4).raw({1, 2, 3, 4}).bytes()).bytes()
    );
    EXPECT_EQ(
        reading.error.message,
        "FILE: damaged at byte 28: block 2 is a packet of interface 0, but 0 are described"
    );
}

TEST(PcapngFile, RefusesAnotherVersion) {
    const Bytes body = Writer().u32(0x1A2B3C4D).u16(2).u16(1).u64(0).bytes();
    const Reading reading = read_bytes(Writer().block(kSectionBlock, body).bytes());
    EXPECT_FALSE(reading.opened);
    EXPECT_EQ(reading.error.kind, ErrorKind::kUsage);
    EXPECT_EQ(reading.error.message, "FILE: pcapng version 2.1 at byte 0, only 1 is read");
}

TEST(PcapngFile, BoundsTheNumberOfInterfaces) {
    Writer file;
    file.section();
    constexpr std::size_t kInterfacesMax = 65'536;
    for (std::size_t i = 0; i < kInterfacesMax; ++i) {
        file.interface(1, 0);
    }
    file.packet(65'535, 1, {1});
    EXPECT_EQ(read_bytes(file.bytes()).frames.size(), 1U);
    const Reading reading = read_bytes(file.interface(1, 0).bytes());
    EXPECT_EQ(reading.status, Status::kFailed);
    EXPECT_EQ(reading.error.kind, ErrorKind::kDamaged);
}

}  // namespace
}  // namespace flowgauge
