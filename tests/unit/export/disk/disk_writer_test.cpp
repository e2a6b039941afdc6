#include "export/disk/disk_writer.h"

#include "core/base/file_descriptor.h"
#include "core/base/result.h"
#include "export/disk/ring_writer.h"
#include "tests/support/small_file_system.h"
#include "tests/support/without_io_uring.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

using std::chrono::milliseconds;
constexpr std::chrono::seconds kPatience{30};
constexpr std::size_t kMiB = std::size_t{1} << 20;

FileDescriptor made(const std::string& path, int flags = 0) {
    return FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | flags, 0640));
}

// Each law holds for both writers.
enum class Kind : std::uint8_t { kRing, kWaiting };

class Disk : public testing::TestWithParam<Kind> {
protected:
    // Runs `what` with a new writer of the kind.
    static void with_writer(const std::function<void(DiskWriter&)>& what) {
        const auto run = [&what] {
            const std::unique_ptr<DiskWriter> writer = DiskWriter::open();
            ASSERT_EQ(writer->is_asynchronous(), GetParam() == Kind::kRing);
            what(*writer);
        };
        if (GetParam() == Kind::kWaiting) {
            if (!run_without_io_uring(run)) {
                GTEST_SKIP() << "this kernel takes no seccomp filter";
            }
        } else if (RingWriter::open() == nullptr) {
            GTEST_SKIP() << "this kernel does not let us use io_uring";
        } else {
            run();
        }
    }

    static void do_whole(DiskWriter& writer, DiskWrite& write) {
        writer.submit(write);
        ASSERT_TRUE(writer.drain(kPatience));
        ASSERT_FALSE(write.busy);
    }

    TestDirectory directory_;
};

INSTANTIATE_TEST_SUITE_P(
    Of,
    Disk,
    testing::Values(Kind::kRing, Kind::kWaiting),
    [](const auto& kind) { return kind.param == Kind::kRing ? "Ring" : "Waiting"; }
);

TEST_P(Disk, WritesWhereItIsTold) {
    with_writer([this](DiskWriter& writer) {
        const FileDescriptor file = made(directory_.file("a"));
        DiskWrite write{.file = file.get(), .bytes = "world", .offset = 6};
        do_whole(writer, write);
        EXPECT_EQ(write.written, 5U);
        EXPECT_EQ(write.error, 0);
        EXPECT_FALSE(write.synced);
        write.bytes = "hello ";
        write.offset = 0;
        do_whole(writer, write);
        EXPECT_EQ(content_of(directory_.file("a")), "hello world");
        EXPECT_EQ(writer.descriptor(), -1);
    });
}

TEST_P(Disk, AppendsWhateverTheOffsetSays) {
    with_writer([this](DiskWriter& writer) {
        const FileDescriptor file = made(directory_.file("a"), O_APPEND);
        for (const char* text : {"one ", "two ", "three"}) {
            DiskWrite write{.file = file.get(), .bytes = text, .offset = 0};
            do_whole(writer, write);
            EXPECT_EQ(write.error, 0);
        }
        EXPECT_EQ(content_of(directory_.file("a")), "one two three");
    });
}

TEST_P(Disk, SyncsBehindTheWriteOrAlone) {
    with_writer([this](DiskWriter& writer) {
        const FileDescriptor file = made(directory_.file("a"));
        DiskWrite write{.file = file.get(), .bytes = "x", .sync = true};
        do_whole(writer, write);
        EXPECT_TRUE(write.synced);
        EXPECT_EQ(write.error, 0);
        DiskWrite sync{.file = file.get(), .sync = true};
        do_whole(writer, sync);
        EXPECT_TRUE(sync.synced);
        const FileDescriptor folder(::open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY));
        DiskWrite names{.file = folder.get(), .sync = true, .metadata = true};
        do_whole(writer, names);
        EXPECT_TRUE(names.synced);
        DiskWrite nothing{.file = file.get()};
        do_whole(writer, nothing);
        EXPECT_FALSE(nothing.synced);
        EXPECT_EQ(nothing.error, 0);
    });
}

// /dev/null takes bytes and knows no sync.
TEST_P(Disk, TellsAFailedSyncFromAFailedWrite) {
    with_writer([](DiskWriter& writer) {
        const FileDescriptor null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
        DiskWrite write{.file = null.get(), .bytes = "gone", .sync = true};
        do_whole(writer, write);
        EXPECT_EQ(write.written, 4U);
        EXPECT_EQ(write.error, EINVAL);
        EXPECT_FALSE(write.synced);
        const FileDescriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
        DiskWrite refused{.file = full.get(), .bytes = "gone", .sync = true};
        do_whole(writer, refused);
        EXPECT_EQ(refused.written, 0U);
        EXPECT_EQ(refused.error, ENOSPC);
        EXPECT_FALSE(refused.synced);
    });
}

TEST_P(Disk, TellsWhyItCouldNotWrite) {
    with_writer([this](DiskWriter& writer) {
        const FileDescriptor made_first = made(directory_.file("a"));
        const FileDescriptor reading(::open(directory_.file("a").c_str(), O_RDONLY | O_CLOEXEC));
        DiskWrite write{.file = reading.get(), .bytes = "x"};
        do_whole(writer, write);
        EXPECT_EQ(write.error, EBADF);
        EXPECT_EQ(write.written, 0U);
        // The next one has nothing of it.
        write.file = made_first.get();
        do_whole(writer, write);
        EXPECT_EQ(write.error, 0);
        EXPECT_EQ(write.written, 1U);
    });
}

TEST_P(Disk, HasSeveralFilesUnderWay) {
    with_writer([this](DiskWriter& writer) {
        constexpr std::size_t kFiles = 200;  // more than the ring takes at one time
        std::vector<FileDescriptor> files;
        std::vector<std::string> contents;
        std::vector<DiskWrite> writes(kFiles);
        for (std::size_t i = 0; i < kFiles; ++i) {
            files.push_back(made(directory_.file(std::to_string(i))));
            contents.emplace_back(1000 + i, static_cast<char>('a' + i % 26));
        }
        for (std::size_t i = 0; i < kFiles; ++i) {
            writes[i] = {.file = files[i].get(), .bytes = contents[i], .sync = i % 2 == 0};
            writer.submit(writes[i]);
        }
        ASSERT_TRUE(writer.drain(kPatience));
        for (std::size_t i = 0; i < kFiles; ++i) {
            EXPECT_FALSE(writes[i].busy);
            EXPECT_EQ(writes[i].written, contents[i].size());
            EXPECT_EQ(writes[i].synced, i % 2 == 0);
            EXPECT_EQ(content_of(directory_.file(std::to_string(i))), contents[i]);
        }
    });
}

TEST_P(Disk, WritesWhatFitsAndSaysThatTheDiskIsFull) {
    with_writer([this](DiskWriter& writer) {
        Result<SmallFileSystem> disk = SmallFileSystem::mount(directory_.path(), 8 * kMiB);
        if (!disk) {
            GTEST_SKIP() << disk.error().message;
        }
        const std::string bytes(12 * kMiB, 'x');
        const FileDescriptor file = made(directory_.file("big"));
        DiskWrite write{.file = file.get(), .bytes = bytes, .sync = true};
        do_whole(writer, write);
        EXPECT_EQ(write.error, ENOSPC);
        EXPECT_EQ(write.written, 8 * kMiB);
        EXPECT_FALSE(write.synced);
        EXPECT_EQ(::lseek(file.get(), 0, SEEK_END), static_cast<off_t>(write.written));
        // Room again: what is left can be written.
        ASSERT_EQ(::ftruncate(file.get(), static_cast<off_t>(kMiB)), 0);
        write.bytes = std::string_view(bytes).substr(0, kMiB);
        write.offset = kMiB;
        do_whole(writer, write);
        EXPECT_EQ(write.error, 0);
        EXPECT_TRUE(write.synced);
    });
}

// The first write is cut short by the full disk, which has room again before the writer looks.
TEST(RingWriter, GoesOnAfterAShortWrite) {
    const std::unique_ptr<RingWriter> writer = RingWriter::open();
    if (writer == nullptr) {
        GTEST_SKIP() << "this kernel does not let us use io_uring";
    }
    const TestDirectory directory;
    Result<SmallFileSystem> disk = SmallFileSystem::mount(directory.path(), 8 * kMiB);
    if (!disk) {
        GTEST_SKIP() << disk.error().message;
    }
    ASSERT_TRUE(disk.value().take(6 * kMiB));
    std::string bytes(4 * kMiB, 'x');
    bytes.back() = 'y';
    const FileDescriptor file = made(directory.file("a"));
    DiskWrite write{.file = file.get(), .bytes = bytes, .sync = true};
    writer->submit(write);
    pollfd answered{.fd = writer->descriptor(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&answered, 1, 30'000), 1);
    EXPECT_TRUE(write.busy);
    EXPECT_LT(::lseek(file.get(), 0, SEEK_END), static_cast<off_t>(bytes.size()));
    ASSERT_TRUE(disk.value().take(0));
    ASSERT_TRUE(writer->drain(kPatience));
    EXPECT_EQ(write.written, bytes.size());
    EXPECT_EQ(write.error, 0);
    EXPECT_TRUE(write.synced);
    EXPECT_TRUE(content_of(directory.file("a")) == bytes);
}

// A pipe that nobody reads stands for a disk that does not answer.
TEST(RingWriter, DoesNotWaitForWhatIsUnderWay) {
    const std::unique_ptr<RingWriter> writer = RingWriter::open();
    if (writer == nullptr) {
        GTEST_SKIP() << "this kernel does not let us use io_uring";
    }
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const FileDescriptor reading(ends[0]);
    const FileDescriptor writing(ends[1]);
    std::string bytes(kMiB, 'x');
    DiskWrite write{.file = writing.get(), .bytes = bytes};
    writer->submit(write);
    EXPECT_TRUE(write.busy);
    EXPECT_FALSE(writer->drain(milliseconds(20)));
    EXPECT_TRUE(write.busy);
    EXPECT_GE(writer->descriptor(), 0);

    std::size_t taken = 0;
    while (taken < bytes.size()) {
        const ssize_t count = ::read(reading.get(), bytes.data(), kMiB);
        ASSERT_GT(count, 0);
        taken += static_cast<std::size_t>(count);
        writer->turn();
    }
    ASSERT_TRUE(writer->drain(kPatience));
    EXPECT_EQ(write.written, bytes.size());
    EXPECT_EQ(writer->descriptor(), -1);
}

TEST(DiskWriter, WaitsWhereIoUringIsForbiddenOrMissing) {
    for (const int error : {EPERM, ENOSYS, ENOMEM}) {
        bool asynchronous = true;
        if (!run_without_io_uring(
                [&asynchronous] { asynchronous = DiskWriter::open()->is_asynchronous(); }, error
            )) {
            GTEST_SKIP() << "this kernel takes no seccomp filter";
        }
        EXPECT_FALSE(asynchronous) << error;
    }
}

}  // namespace
}  // namespace flowgauge::test
