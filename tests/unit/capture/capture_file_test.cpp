#include "capture/capture_file.h"

#include "tests/unit/capture/capture_bytes.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace flowgauge {
namespace {

using testing::Bytes;
using testing::kPcapMicroseconds;
using testing::kPcapModified;
using testing::kPcapNanoseconds;
using testing::read_bytes;
using testing::read_path;
using testing::Reading;
using testing::Writer;
using Status = CaptureFile::Status;

// Three records of different lengths, one of them empty.
Bytes three_records() {
    return Writer()
        .pcap_header(kPcapMicroseconds)
        .record(10, 1, {1, 2, 3}, 3)
        .record(11, 2, {}, 60)
        .record(12, 3, {4, 5, 6, 7, 8}, 5)
        .bytes();
}

// Feeds `bytes` into a pipe, `chunk` bytes a write, while the reader waits at the other end.
template <typename Read>
Reading through_pipe(const Bytes& bytes, std::size_t chunk, Read read) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const FileDescriptor out(ends[0]);
    std::jthread feeder([&bytes, chunk, in = FileDescriptor(ends[1])] {
        for (std::size_t at = 0; at < bytes.size(); at += chunk) {
            const std::size_t count = std::min(chunk, bytes.size() - at);
            EXPECT_EQ(::write(in.get(), &bytes[at], count), static_cast<ssize_t>(count));
        }
    });
    return read(out.get());
}

Reading through_pipe(const Bytes& bytes, std::size_t chunk) {
    return through_pipe(bytes, chunk, [](int descriptor) {
        return read_path("/dev/fd/" + std::to_string(descriptor));
    });
}

TEST(CaptureFile, ReadsEveryVariantOfPcap) {
    struct Row {
        const char* name;
        std::uint32_t magic;
        std::uint32_t nanoseconds;  // that a fraction of 123,456 means
    };
    const Row rows[] = {
        {"microseconds", kPcapMicroseconds, 123'456'000},
        {"nanoseconds", kPcapNanoseconds, 123'456},
        {"modified", kPcapModified, 123'456'000},
    };
    for (const Row& row : rows) {
        for (const std::endian order : {std::endian::little, std::endian::big}) {
            SCOPED_TRACE(row.name);
            Writer file(order);
            file.pcap_header(row.magic, 101);
            for (const std::uint8_t content : Bytes{1, 2}) {
                file.u32(0xF0000000).u32(123'456).u32(2).u32(1'500);
                file.raw(row.magic == kPcapModified ? Bytes(8, 0xEE) : Bytes{});
                file.raw({content, content});
            }
            const Reading reading = read_bytes(file.bytes());
            ASSERT_EQ(reading.frames.size(), 2U);
            EXPECT_EQ(reading.status, Status::kEnd);
            EXPECT_EQ(reading.bytes_read, file.size());
            EXPECT_EQ(reading.frames[0].bytes, (Bytes{1, 1}));
            EXPECT_EQ(reading.frames[1].bytes, (Bytes{2, 2}));
            EXPECT_EQ(reading.frames[1].wire_bytes, 1'500U);
            EXPECT_EQ(reading.frames[1].time, (CaptureTime{0xF0000000, row.nanoseconds}));
            EXPECT_EQ(reading.frames[1].link_type, 101U);
        }
    }
}

TEST(CaptureFile, ForgivesWritersOfPcap) {
    struct Row {
        const char* why;
        Bytes file;
        std::uint32_t wire_bytes;
        CaptureTime time;
    };
    const Bytes large(70'000, 1);  // the header says 65,535
    const Row rows[] = {
        {"longer than the snapshot length",
         Writer().pcap_header(kPcapMicroseconds).record(1, 2, large, 70'000).bytes(),
         70'000,
         {1, 2'000}},
        {"captured more than was on the wire",
         Writer().pcap_header(kPcapMicroseconds).record(1, 2, {1, 2, 3}, 2).bytes(),
         3,
         {1, 2'000}},
        {"a second in microseconds",
         Writer().pcap_header(kPcapMicroseconds).record(1, 1'000'000, {1}, 1).bytes(),
         1,
         {2, 0}},
        {"the largest fraction",
         Writer().pcap_header(kPcapNanoseconds).record(1, 0xFFFFFFFF, {1}, 1).bytes(),
         1,
         {5, 294'967'295}},
        {"a check sequence length above the link type",
         Writer().pcap_header(kPcapMicroseconds, 0x24000001).record(1, 2, {1}, 1).bytes(),
         1,
         {1, 2'000}},
        {"lengths in the order of version 2.2",
         Writer()
             .pcap_header(kPcapMicroseconds, 1, 2)
             .u32(1)
             .u32(2)
             .u32(1'500)
             .u32(1)
             .raw({9})
             .bytes(),
         1'500,
         {1, 2'000}},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.why);
        const Reading reading = read_bytes(row.file);
        ASSERT_EQ(reading.frames.size(), 1U) << reading.error.message;
        EXPECT_EQ(reading.status, Status::kEnd);
        EXPECT_EQ(reading.frames[0].wire_bytes, row.wire_bytes);
        EXPECT_EQ(reading.frames[0].time, row.time);
        EXPECT_EQ(reading.frames[0].link_type, 1U);
    }
}

TEST(CaptureFile, DeliversAllBeforeACutWhereverItIs) {
    const Bytes whole = three_records();
    const std::size_t borders[] = {24, 43, 59, 80};  // ends of the header and of each record
    ASSERT_EQ(whole.size(), borders[3]);
    for (std::size_t cut = 1; cut <= whole.size(); ++cut) {
        SCOPED_TRACE(cut);
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
        const Reading reading = read_bytes(part);
        if (cut < borders[0]) {
            EXPECT_FALSE(reading.opened);
            EXPECT_EQ(reading.error.kind, ErrorKind::kDamaged);
            EXPECT_NE(reading.error.message.find("truncated at byte 0"), std::string::npos);
            continue;
        }
        ASSERT_TRUE(reading.opened);
        const auto* next = std::upper_bound(std::begin(borders), std::end(borders), cut);
        const std::size_t start = *(next - 1);
        EXPECT_EQ(reading.frames.size(), static_cast<std::size_t>(next - borders) - 1);
        if (cut == start) {
            EXPECT_EQ(reading.status, Status::kEnd);
            continue;
        }
        EXPECT_EQ(reading.status, Status::kFailed);
        EXPECT_EQ(reading.error.kind, ErrorKind::kDamaged);
        const std::size_t left = cut - start;
        const std::size_t needed = left < 16 ? 16 : *next - start;
        EXPECT_EQ(
            reading.error.message,
            "FILE: truncated at byte " + std::to_string(start) + ": record " +
                std::to_string(next - borders) + " needs " + std::to_string(needed) + " bytes, " +
                std::to_string(left) + " are left"
        );
    }
}

TEST(CaptureFile, TakesTheLargestRecordAndNoLarger) {
    const Bytes largest(262'144, 7);
    Writer file;
    file.pcap_header(kPcapMicroseconds);
    for (std::uint32_t i = 0; i < 9; ++i) {  // more than two buffers full
        file.record(i, 0, largest, 262'144);
    }
    const std::string offset = std::to_string(file.size());
    file.u32(1).u32(1).u32(262'145).u32(262'145).raw(Bytes(262'145));

    const Reading reading = read_bytes(file.bytes());
    ASSERT_EQ(reading.frames.size(), 9U);
    EXPECT_TRUE(std::ranges::all_of(reading.frames, [&](const auto& frame) {
        return frame.bytes == largest;
    }));
    EXPECT_EQ(reading.status, Status::kFailed);
    EXPECT_EQ(reading.error.kind, ErrorKind::kDamaged);
    EXPECT_EQ(
        reading.error.message,
        "FILE: damaged at byte " + offset +
            ": record 10 has 262145 captured bytes, the limit is 262144"
    );
}

TEST(CaptureFile, RefusesWhatItCannotRead) {
    struct Row {
        Bytes file;
        ErrorKind kind;
        std::string message;  // its beginning
    };
    const Row rows[] = {
        {{}, ErrorKind::kDamaged, "FILE: empty file"},
        {{'P', 'K', 3, 4, 0},
         ErrorKind::kUsage,
         "FILE: not a capture file (starts with 0x504b0304); expected pcap or pcapng"},
        {Writer().pcap_header(kPcapMicroseconds, 147).bytes(),
         ErrorKind::kUsage,
         "FILE: unsupported link type 147, supported: NULL (0), EN10MB (1), "},
        {Writer().pcap_header(kPcapMicroseconds, 0x10001).bytes(),
         ErrorKind::kUsage,
         "FILE: unsupported link type 65537"},
        {Writer().pcap_header(kPcapMicroseconds, 1, 5).bytes(),
         ErrorKind::kUsage,
         "FILE: pcap version 2.5, only 2.0 to 2.4 are read"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.message);
        const Reading reading = read_bytes(row.file);
        EXPECT_FALSE(reading.opened);
        EXPECT_EQ(reading.error.kind, row.kind);
        EXPECT_EQ(reading.error.message.substr(0, row.message.size()), row.message);
    }
}

TEST(CaptureFile, NamesTheFileThatItCannotOpen) {
    struct Row {
        const char* path;
        ErrorKind kind;
        const char* message;
    };
    const Row rows[] = {
        {"/nonexistent/x.pcap",
         ErrorKind::kUsage,
         "/nonexistent/x.pcap: No such file or directory"},
        {"/tmp", ErrorKind::kUsage, "/tmp: Is a directory"},
        // The process's own memory opens, but has nothing at address 0.
        {"/proc/self/mem",
         ErrorKind::kSystem,
         "/proc/self/mem: read at byte 0: Input/output error"},
    };
    for (const Row& row : rows) {
        const Reading reading = read_path(row.path);
        EXPECT_FALSE(reading.opened);
        EXPECT_EQ(reading.error.kind, row.kind);
        EXPECT_EQ(reading.error.message, row.message);
    }
}

TEST(CaptureFile, ReadsAPipeThatGivesAByteAtATime) {
    const Reading reading = through_pipe(three_records(), 1);
    ASSERT_EQ(reading.frames.size(), 3U);
    EXPECT_EQ(reading.status, Status::kEnd);
    EXPECT_EQ(reading.frames[2].bytes, (Bytes{4, 5, 6, 7, 8}));
}

TEST(CaptureFile, ReadsMoreThanABufferFromAPipe) {
    Writer file(std::endian::big);
    file.pcap_header(kPcapNanoseconds);
    constexpr std::uint32_t kFrames = 3'000;
    for (std::uint32_t i = 0; i < kFrames; ++i) {
        file.record(i, i, Bytes(i % 1'400, static_cast<std::uint8_t>(i)), 1'400);
    }
    const Reading reading = through_pipe(file.bytes(), 30'011);
    ASSERT_EQ(reading.frames.size(), kFrames);
    EXPECT_EQ(reading.bytes_read, file.size());
    for (std::uint32_t i = 0; i < kFrames; ++i) {
        ASSERT_EQ(reading.frames[i].bytes, Bytes(i % 1'400, static_cast<std::uint8_t>(i)));
        ASSERT_EQ(reading.frames[i].time, (CaptureTime{i, i}));
    }
}

TEST(CaptureFile, ReadsStandardInputAndLeavesItOpen) {
    const FileDescriptor saved(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    Bytes cut = three_records();
    cut.pop_back();
    const Reading reading = through_pipe(cut, cut.size(), [](int descriptor) {
        EXPECT_EQ(::dup2(descriptor, STDIN_FILENO), STDIN_FILENO);
        return read_path("-");
    });
    EXPECT_NE(::fcntl(STDIN_FILENO, F_GETFD), -1);
    if (saved) {
        EXPECT_EQ(::dup2(saved.get(), STDIN_FILENO), STDIN_FILENO);
    }
    EXPECT_EQ(reading.frames.size(), 2U);
    EXPECT_EQ(
        reading.error.message,
        "standard input: truncated at byte 59: record 3 needs 21 bytes, 20 are left"
    );
}

}  // namespace
}  // namespace flowgauge
