#include "offline/rejected_frames.h"

#include "capture/capture_file.h"
#include "core/packet/intake.h"
#include "tests/support/packet_builder.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

// A path in a folder of its own, removed at the end.
class OwnPath {
public:
    OwnPath()
        : path_(::testing::TempDir() + "rejected-" + std::to_string(::getpid()) + ".pcapng") {}
    OwnPath(const OwnPath&) = delete;
    OwnPath& operator=(const OwnPath&) = delete;
    ~OwnPath() { ::unlink(path_.c_str()); }

    [[nodiscard]] const std::string& text() const { return path_; }

private:
    std::string path_;
};

Settings settings_for(const std::string& path, std::size_t memory = std::size_t{16} << 20) {
    Settings settings;
    settings.output.rejected_path = path;
    settings.meter.decode.reassembly_memory = memory;
    return settings;
}

std::vector<Bytes> frames_in(const std::string& path) {
    std::vector<Bytes> frames;
    auto opened = CaptureFile::open(path);
    EXPECT_TRUE(opened.has_value());
    Frame frame;
    while (opened && opened.value()->next(frame) == CaptureFile::Status::kFrame) {
        frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
    }
    return frames;
}

// Walks frames through an intake as `read` does.
class Walker {
public:
    Walker(const Settings& settings, RejectedFrames& rejected)
        : intake_(settings.meter.decode, &rejected),
          rejected_(rejected) {}

    void feed(BytesView bytes, std::uint64_t seconds = 100) {
        HeapFrame frame(bytes, LinkType::kRaw, {.seconds = seconds});
        frame->position = intake_.frames();
        rejected_.take(*frame);
        IntakeStep step = intake_.decode(*frame);
        while (step == IntakeStep::kFragment) {
            step = intake_.reassemble();
        }
    }
    Intake& intake() { return intake_; }

private:
    Intake intake_;
    RejectedFrames& rejected_;
};

Bytes datagram(std::uint16_t id, std::size_t payload = 184) {
    return ip_packet({.id = id}, udp_datagram(1000, 53, pattern(payload)));
}

Bytes piece(std::uint16_t id, std::size_t begin) {
    return fragment_of(datagram(id), {.begin = begin, .length = 64});
}

TEST(RejectedFrames, AreWrittenWhenTheirReasonIsKnown) {
    const OwnPath path;
    const Settings settings = settings_for(path.text());
    auto opened = RejectedFrames::open(settings);
    ASSERT_TRUE(opened.has_value());
    RejectedFrames& rejected = *opened.value();
    Walker walker(settings, rejected);
    walker.feed(piece(1, 0));  // never whole
    walker.feed(Bytes(3));     // not_ip, at once
    walker.feed(piece(2, 0));  // of a datagram that gets whole: left out
    walker.feed(datagram(3));  // a packet
    walker.feed(piece(2, 0));  // a copy
    walker.feed(piece(2, 64));
    walker.feed(piece(2, 128));
    walker.feed(piece(4, 0), 120);  // at the end of input
    walker.feed(datagram(5), 135);  // too late for the first
    walker.feed(piece(4, 64), 135);
    walker.intake().finish({.seconds = 136});
    ASSERT_TRUE(rejected.close().has_value());
    EXPECT_EQ(
        frames_in(path.text()),
        (std::vector<Bytes>{Bytes(3), piece(2, 0), piece(1, 0), piece(4, 0), piece(4, 64)})
    );
    const RejectionCounts& counts = walker.intake().rejections();
    EXPECT_EQ(counts.total() - counts.of(Rejection::kReassembledFragment), 5U);
}

// Nine fragments that trail 256 KiB each, while copies may take 2 MiB: the ninth is cut. As soon as
// the others are gone there is room again.
TEST(RejectedFrames, AreCutWhenTheirCopiesGoBeyondTheBound) {
    const OwnPath path;
    const Settings settings = settings_for(path.text(), 64 << 10);
    auto opened = RejectedFrames::open(settings);
    ASSERT_TRUE(opened.has_value());
    Walker walker(settings, *opened.value());
    const auto long_piece = [](std::uint16_t id) {
        Bytes bytes = piece(id, 0);
        bytes.resize(256 << 10, 0x55);
        return bytes;
    };
    for (std::uint16_t id = 0; id < 9; ++id) {
        walker.feed(long_piece(id));
    }
    walker.feed(long_piece(20), 1000);  // all before it are too old
    walker.intake().finish({.seconds = 1000});
    ::testing::internal::CaptureStderr();
    ASSERT_TRUE(opened.value()->close().has_value());
    EXPECT_EQ(
        ::testing::internal::GetCapturedStderr(),
        "flowgauge: " + path.text() +
            ": 1 fragments are cut to 512 bytes: copies would have taken more than 2097152 bytes; "
            "raise --reassembly-memory\n"
    );
    const std::vector<Bytes> frames = frames_in(path.text());
    ASSERT_EQ(frames.size(), 10U);
    for (std::uint16_t id = 0; id < 8; ++id) {
        EXPECT_EQ(frames[id], long_piece(id));
    }
    const Bytes ninth = long_piece(8);
    EXPECT_EQ(frames[8], Bytes(ninth.begin(), ninth.begin() + RejectedFrames::kCutBytes));
    EXPECT_EQ(frames[9], long_piece(20));
}

TEST(RejectedFrames, AreNotKeptWithoutAName) {
    auto opened = RejectedFrames::open(settings_for(""));
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(opened.value(), nullptr);
}

TEST(RejectedFrames, NeverOverwriteWhatIsToBeRead) {
    const OwnPath path;
    std::ofstream(path.text()) << "a capture";
    Settings settings =
        settings_for(::testing::TempDir() + "./" + path.text().substr(path.text().rfind('/')));
    settings.sources = {"-", path.text()};
    auto opened = RejectedFrames::open(settings);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().kind, ErrorKind::kUsage);
    EXPECT_EQ(std::ifstream(path.text()).peek(), 'a');
}

TEST(RejectedFrames, TellWhereTheyCannotBeWritten) {
    auto missing = RejectedFrames::open(settings_for("/nonexistent/file"));
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().kind, ErrorKind::kOutput);
    auto full = RejectedFrames::open(settings_for("/dev/full"));
    ASSERT_TRUE(full.has_value());
    Result<void> closed = full.value()->close();
    ASSERT_FALSE(closed.has_value());
    EXPECT_EQ(closed.error().kind, ErrorKind::kOutput);
    EXPECT_EQ(closed.error().message, "rejected frames: /dev/full: No space left on device");
}

}  // namespace
}  // namespace flowgauge::test
