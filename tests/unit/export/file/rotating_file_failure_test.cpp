#include "export/file/rotating_file.h"
#include "tests/unit/export/file/file_rows.h"
#include "tests/unit/export/file/trying_writers.h"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::FileRows;
using test::row_of;
using test::rows_of;
using test::SmallFileSystem;
using test::TestDirectory;
using Files = std::map<std::string, std::string>;

const std::string kHead(test::kRowHead);

// Files cannot grow beyond `bytes` while this lives.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
        EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
        const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
        EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() { static_cast<void>(::setrlimit(RLIMIT_FSIZE, &before_)); }

private:
    rlimit before_{};
};

// The numbers of all rows in all files. Each file has a head and whole rows, and no row is twice.
std::set<std::uint64_t> rows_in(const Files& files) {
    std::set<std::uint64_t> rows;
    for (const auto& [name, content] : files) {
        const bool is_plain = name == "x.csv" && !content.empty();
        if (!name.starts_with("x-") && !is_plain) {
            continue;
        }
        EXPECT_TRUE(content.starts_with(kHead)) << name;
        for (std::size_t at = kHead.size(); at < content.size(); at += test::kRowBytes) {
            const std::string row = content.substr(at, test::kRowBytes);
            const std::uint64_t number = std::stoull(row);
            EXPECT_EQ(row, row_of(number)) << name;
            EXPECT_TRUE(rows.insert(number).second) << row;
        }
    }
    return rows;
}

// Takes all rows out of the files that can be read, to make room.
void move_rows_out(const TestDirectory& directory, std::set<std::uint64_t>& found) {
    const Files files = directory.files();
    for (const std::uint64_t row : rows_in(files)) {
        EXPECT_TRUE(found.insert(row).second) << row;
    }
    for (const auto& [name, content] : files) {
        if (name.starts_with("x")) {
            std::filesystem::remove(directory.file(name));
        }
    }
}

class RotatingFileFailureTest : public ::testing::Test {
protected:
    [[nodiscard]] RotatingFileOptions options() const {
        return {
            .path = directory_.file("x.csv"),
            .rotation = {.rotate_every = std::chrono::hours(1)},
            .sync = FileSync::kNone};
    }
    // The whole test directory becomes a small file system.
    [[nodiscard]] std::optional<SmallFileSystem> shrink(std::size_t bytes) const {
        Result<SmallFileSystem> made = SmallFileSystem::mount(directory_.path(), bytes);
        if (!made) {
            return std::nullopt;
        }
        std::optional<SmallFileSystem> small(std::move(made).value());
        return small;
    }

    TestDirectory directory_;
};

TEST_F(RotatingFileFailureTest, CutsBackToTheLastWholeBlockAndKeepsWhatDidNotGetIn) {
    FileRows rows(options());
    rows.write(3);
    {
        const FileSizeLimit limit(kHead.size() + 74);
        rows.write(10);
    }
    EXPECT_EQ(
        directory_.files(), (Files{{".x-20261122T054000Z-000000.csv.part", kHead + rows_of(0, 3)}})
    );
    EXPECT_EQ(rows.acknowledged(), 3U);
    EXPECT_EQ(rows.dropped(), 0U);
    EXPECT_EQ(rows.numbers().bytes_written, kHead.size() + 30);
    EXPECT_EQ(rows.numbers().errors, 1U);
    EXPECT_EQ(rows.numbers().working, 0U);
    ASSERT_EQ(rows.news().size(), 1U);
    EXPECT_EQ(rows.news()[0].first, FileNews::kFailing);
    EXPECT_EQ(
        rows.news()[0].second,
        directory_.file("x.csv") + ": File too large; records wait until it can be written"
    );
    rows.write(2);  // nothing is taken before a second has passed
    EXPECT_EQ(rows.dropped(RecordLoss::kOutputFailed), 2U);
    rows.pass(seconds(1));
    rows.turn();
    EXPECT_EQ(rows.acknowledged(), 13U);
    rows.write(2);
    EXPECT_EQ(rows.numbers().working, 1U);
    ASSERT_EQ(rows.news().size(), 2U);
    EXPECT_EQ(rows.news()[1].first, FileNews::kWorking);
    EXPECT_EQ(rows.news()[1].second, directory_.file("x.csv") + ": it can be written again");
    rows.close();
    ASSERT_TRUE(rows.file().is_idle());
    EXPECT_EQ(
        directory_.files(),
        (Files{{"x-20261122T054000Z-000000.csv", kHead + rows_of(0, 13) + rows_of(15, 17)}})
    );
}

TEST_F(RotatingFileFailureTest, WaitsLongerAfterEachFailureUpToHalfAMinute) {
    const FileSizeLimit limit(0);
    FileRows rows(options());
    rows.write(1);
    for (const int wait : {1, 2, 4, 8, 16, 30, 30, 30}) {
        SCOPED_TRACE(wait);
        const std::uint64_t errors = rows.numbers().errors;
        TransportWait due;
        rows.file().prepare_wait(due);
        EXPECT_EQ(due.deadline, rows.now() + seconds(wait));
        rows.pass(seconds(wait) - milliseconds(1));
        rows.write(1);
        EXPECT_EQ(rows.numbers().errors, errors);
        rows.pass(milliseconds(1));
        rows.turn();
        EXPECT_EQ(rows.numbers().errors, errors + 1);
    }
    EXPECT_EQ(rows.dropped(RecordLoss::kOutputFailed), 8U);
    EXPECT_EQ(rows.news().size(), 1U);  // it says so once
    EXPECT_EQ(directory_.files(), Files{});
    std::vector<Block> back;
    rows.file().take_back(back);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].bytes, row_of(0));
}

TEST_F(RotatingFileFailureTest, CountsExactlyOnAFullFileSystemAndRecovers) {
    const std::optional<SmallFileSystem> small = shrink(std::size_t{64} << 10);
    if (!small) {
        GTEST_SKIP() << "needs the right to mount a file system";
    }
    for (const FileSync sync : {FileSync::kNone, FileSync::kInterval, FileSync::kRotate}) {
        RotatingFileOptions made = options();
        made.sync = sync;
        ASSERT_TRUE(small->take(std::size_t{24} << 10));
        FileRows rows(made);
        while (rows.numbers().errors == 0) {
            rows.write(777);
        }
        ASSERT_LT(rows.written(), 6'000U);
        rows.write(500);  // no room: the one before it still waits
        EXPECT_EQ(rows.dropped(RecordLoss::kOutputFailed), 500U);
        rows.close();
        EXPECT_FALSE(rows.file().is_idle());
        ASSERT_TRUE(small->take(0));
        rows.pass(seconds(30));
        rows.turn();
        EXPECT_TRUE(rows.file().is_idle());
        EXPECT_EQ(rows.acknowledged(), rows.written() - 500);
        const Files files = directory_.files();
        EXPECT_EQ(
            files.at("x-20261122T054000Z-000000.csv"), kHead + rows_of(0, rows.written() - 500)
        );
        EXPECT_EQ(files.size(), 2U);  // and the one that took the room
        std::filesystem::remove(directory_.file("x-20261122T054000Z-000000.csv"));
    }
}

TEST_F(RotatingFileFailureTest, GoesOnWhenItsDirectoryIsRemovedAndMadeAgain) {
    RotatingFileOptions made = options();
    made.path = directory_.file("logs/x.csv");
    std::filesystem::create_directory(directory_.file("logs"));
    FileRows rows(made);
    rows.write(2);
    std::filesystem::remove_all(directory_.file("logs"));
    rows.write(3);
    EXPECT_EQ(rows.numbers().working, 0U);
    rows.pass(seconds(1));
    rows.write(1);
    EXPECT_EQ(rows.dropped(RecordLoss::kOutputFailed), 1U);
    std::filesystem::create_directory(directory_.file("logs"));
    rows.pass(seconds(2));
    rows.turn();
    rows.write(5);
    EXPECT_EQ(rows.numbers().working, 1U);
    rows.close();
    ASSERT_TRUE(rows.file().is_idle());
    EXPECT_EQ(rows.acknowledged(), 10U);
    EXPECT_EQ(
        test::content_of(directory_.file("logs/x-20261122T054003Z-000001.csv")),
        kHead + rows_of(2, 5) + rows_of(6, 11)
    );
}

// What was not forced to the disk yet when the file vanished goes into the next one.
TEST_F(RotatingFileFailureTest, WritesOnceMoreWhatVanishedBeforeItWasOnTheDisk) {
    RotatingFileOptions made = options();
    made.sync = FileSync::kInterval;
    FileRows rows(made);
    rows.write(2);
    EXPECT_EQ(rows.acknowledged(), 0U);
    TransportWait due;
    rows.file().prepare_wait(due);
    EXPECT_EQ(due.deadline, rows.now() + seconds(1));
    rows.pass(seconds(1));
    rows.turn();
    EXPECT_EQ(rows.acknowledged(), 2U);
    rows.write(3);
    std::filesystem::remove(directory_.file(".x-20261122T054000Z-000000.csv.part"));
    rows.write(4);
    EXPECT_EQ(rows.acknowledged(), 2U);
    rows.close();
    ASSERT_TRUE(rows.file().is_idle());
    EXPECT_EQ(rows.acknowledged(), 9U);
    EXPECT_EQ(
        directory_.files(), (Files{{"x-20261122T054001Z-000001.csv", kHead + rows_of(2, 9)}})
    );
    ASSERT_EQ(rows.news().size(), 1U);
    EXPECT_EQ(rows.news()[0].first, FileNews::kNote);
}

// The kernel forgets what it could not write: it is cut off and written again.
TEST_F(RotatingFileFailureTest, WritesOnceMoreWhatCouldNotBeForcedToTheDisk) {
    RotatingFileOptions made = options();
    made.sync = FileSync::kInterval;
    made.rotation.rotate_size = 95;
    auto writer = std::make_unique<test::FailingSyncs>();
    test::FailingSyncs& syncs = *writer;
    FileRows rows(made, {.framing = test::row_framing(), .writer = std::move(writer)});
    rows.write(2);
    rows.pass(seconds(1));
    rows.turn();
    rows.pass(seconds(1));
    rows.write(2);  // its write brings the sync
    EXPECT_EQ(rows.acknowledged(), 4U);
    rows.write(3);
    syncs.set_failing(true);
    rows.pass(seconds(1));
    rows.turn();
    EXPECT_EQ(
        directory_.files(), (Files{{".x-20261122T054000Z-000000.csv.part", kHead + rows_of(0, 4)}})
    );
    EXPECT_EQ(rows.acknowledged(), 4U);
    EXPECT_EQ(rows.numbers().working, 0U);
    EXPECT_EQ(
        rows.news().at(0).second,
        directory_.file("x.csv") + ": Input/output error; records wait until it can be written"
    );
    rows.pass(seconds(1));
    rows.turn();  // fails once more, at the end of the file
    rows.write(1);
    EXPECT_EQ(rows.dropped(RecordLoss::kOutputFailed), 1U);
    syncs.set_failing(false);
    rows.pass(seconds(2));
    rows.turn();
    EXPECT_EQ(rows.numbers().working, 1U);
    rows.write(5);
    rows.close();
    ASSERT_TRUE(rows.file().is_idle());
    EXPECT_EQ(rows.acknowledged(), 12U);
    EXPECT_EQ(
        directory_.files(),
        (Files{
            {"x-20261122T054000Z-000000.csv", kHead + rows_of(0, 7) + rows_of(8, 10)},
            {"x-20261122T054006Z-000001.csv", kHead + rows_of(10, 13)}})
    );
}

TEST_F(RotatingFileFailureTest, TakesNoNewBlockWhileTheDiskDoesNotAnswer) {
    auto held = std::make_unique<test::HeldWriter>();
    test::HeldWriter& disk = *held;
    FileRows rows(options(), {.framing = test::row_framing(), .writer = std::move(held)});
    disk.hold();
    for (int i = 0; i < 5; ++i) {
        rows.send(test::block_of_rows(0, 2));
        rows.step();
    }
    EXPECT_EQ(rows.acknowledged(), 0U);
    EXPECT_EQ(rows.dropped(RecordLoss::kQueueFull), 6U);  // it is slow, not broken
    EXPECT_FALSE(rows.file().has_room());
    std::vector<Block> back;
    rows.file().take_back(back);
    ASSERT_EQ(back.size(), 2U);
    EXPECT_EQ(back[0].bytes, rows_of(0, 2));
    EXPECT_EQ(back[0].sequence, 1U);
    EXPECT_EQ(back[1].sequence, 2U);
    EXPECT_EQ(back[1].units.size(), 2U);
}

TEST_F(RotatingFileFailureTest, FinishesItsFileInADirectoryThatWasMoved) {
    RotatingFileOptions made = options();
    made.path = directory_.file("logs/x.csv");
    std::filesystem::create_directory(directory_.file("logs"));
    FileRows rows(made);
    rows.write(2);
    std::filesystem::rename(directory_.file("logs"), directory_.file("moved"));
    rows.write(1);
    rows.reopen();
    EXPECT_EQ(
        test::content_of(directory_.file("moved/x-20261122T054000Z-000000.csv")),
        kHead + rows_of(0, 3)
    );
    rows.write(1);
    rows.write(1);
    EXPECT_EQ(rows.dropped(RecordLoss::kOutputFailed), 1U);
}

// Nobody writes; the state is true nevertheless.
TEST_F(RotatingFileFailureTest, FindsOutWithoutRecordsThatItWorksAgain) {
    RotatingFileOptions made = options();
    made.path = directory_.file("logs/x.csv");
    made.rotation = {};
    std::filesystem::create_directory(directory_.file("logs"));
    FileRows rows(made);
    std::filesystem::remove_all(directory_.file("logs"));
    rows.reopen();
    EXPECT_EQ(rows.numbers().working, 0U);
    rows.pass(seconds(1));
    rows.turn();
    EXPECT_EQ(rows.numbers().working, 0U);
    std::filesystem::create_directory(directory_.file("logs"));
    rows.pass(seconds(1));
    rows.turn();
    EXPECT_EQ(rows.numbers().working, 1U);
}

TEST_F(RotatingFileFailureTest, LeavesFreeSpaceAndRemovesNoFileForIt) {
    const std::optional<SmallFileSystem> small = shrink(std::size_t{1} << 20);
    if (!small) {
        GTEST_SKIP() << "needs the right to mount a file system";
    }
    RotatingFileOptions made = options();
    made.rotation.rotate_size = 100'000;
    made.min_free = 500'000;
    FileRows rows(made);
    while (rows.dropped(RecordLoss::kDiskLow) == 0) {
        ASSERT_LT(rows.written(), 100'000U);
        rows.write(1000);
    }
    // 1 MiB - 500,000 bytes hold 54 batches, less what the file system rounds up.
    EXPECT_GE(rows.acknowledged(), 50'000U);
    EXPECT_EQ(rows.acknowledged(), rows.written() - 2000);  // one block waits, one was dropped
    EXPECT_GE(std::filesystem::space(directory_.path()).available, 500'000U);
    EXPECT_EQ(rows.numbers().working, 0U);
    EXPECT_EQ(rows.numbers().files_removed, 0U);
    EXPECT_EQ(rows.numbers().errors, 0U);
    ASSERT_EQ(rows.news().size(), 1U);
    EXPECT_EQ(
        rows.news()[0].second,
        directory_.file("x.csv") +
            ": less than 488 KiB (min_free) would stay free on the file system; records wait until "
            "there is room"
    );
    std::filesystem::remove(directory_.file("x-20261122T054000Z-000000.csv"));
    rows.write(1000);  // looked at within the last second
    EXPECT_EQ(rows.dropped(RecordLoss::kDiskLow), 2000U);
    TransportWait due;
    rows.file().prepare_wait(due);
    EXPECT_EQ(due.deadline, rows.now() + seconds(1));
    rows.pass(seconds(1));
    rows.turn();
    EXPECT_EQ(rows.numbers().working, 1U);
    rows.write(1000);
    EXPECT_EQ(rows.dropped(RecordLoss::kDiskLow), 2000U);
    EXPECT_EQ(rows.acknowledged() + 2000, rows.written());
    ASSERT_EQ(rows.news().size(), 2U);
    EXPECT_EQ(rows.news().back().first, FileNews::kWorking);
}

// Somebody puts a file at the very name that ours is going to have.
TEST_F(RotatingFileFailureTest, ReplacesNoFileOfTheSameName) {
    FileRows rows(options());
    rows.write(1);
    std::ofstream(directory_.file("x-20261122T054000Z-000000.csv")) << "foreign";
    rows.reopen();
    rows.write(1);
    rows.close();
    ASSERT_TRUE(rows.file().is_idle());
    EXPECT_EQ(
        directory_.files(),
        (Files{
            {"x-20261122T054000Z-000000.csv", "foreign"},
            {"x-20261122T054000Z-000001.csv", kHead + row_of(0)},
            {"x-20261122T054000Z-000002.csv", kHead + row_of(1)}})
    );
}

TEST_F(RotatingFileFailureTest, TwoProcessesOnOnePathDoNotDisturbEachOther) {
    FileRows first(options());
    first.write(2);
    FileRows second(options());
    second.write(3);
    first.write(1);
    second.close();
    ASSERT_TRUE(second.file().is_idle());
    first.close();
    ASSERT_TRUE(first.file().is_idle());
    EXPECT_EQ(
        directory_.files(),
        (Files{
            {"x-20261122T054000Z-000000.csv", kHead + rows_of(0, 3)},
            {"x-20261122T054000Z-000001.csv", kHead + rows_of(0, 3)}})
    );
}

TEST_F(RotatingFileFailureTest, SaysAtTheEndThatAFileCouldNotBeFinished) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root, to become somebody else";
    }
    {
        FileRows rows(options());
        rows.write(1);
        ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
        ASSERT_EQ(::seteuid(65534), 0);
        rows.close();
        ASSERT_EQ(::seteuid(0), 0);
        EXPECT_FALSE(rows.file().is_idle());
        ASSERT_EQ(rows.news().size(), 1U);
        EXPECT_EQ(rows.news()[0].first, FileNews::kFailing);
        EXPECT_NE(rows.news()[0].second.find("Permission denied"), std::string::npos);
    }
    // The next run finishes it.
    const FileRows next(options());
    EXPECT_EQ(directory_.files(), (Files{{"x-20261122T054000Z-000000.csv", kHead + row_of(0)}}));
}

// Whatever happens, in whatever order: each record is in a file or counted, and none is twice.
TEST_F(RotatingFileFailureTest, LosesNoRecordUncountedWhateverHappens) {
    const std::optional<SmallFileSystem> small = shrink(std::size_t{256} << 10);
    if (!small) {
        GTEST_SKIP() << "needs the right to mount a file system";
    }
    for (unsigned seed = 0; seed < 60; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        RotatingFileOptions made = options();
        made.sync = static_cast<FileSync>(seed % 3);
        made.flows_per_file = seed % 4 == 0 ? 500 : 0;
        made.min_free = seed % 5 == 0 ? 100'000 : 0;
        if (seed % 7 == 0) {
            made.rotation = {};
        }
        FileRows rows(made);
        std::optional<FileSizeLimit> limit;
        for (int step = 0; step < 150; ++step) {
            switch (random() % 10) {
            case 0:
                limit.emplace(random() % 20'000);
                break;
            case 1:
            case 2:
                limit.reset();
                break;
            case 3:
                static_cast<void>(small->take(random() % 200'000));
                break;
            case 4:
                static_cast<void>(small->take(0));
                break;
            case 5:
                rows.change(
                    {.rotate_every = seconds(random() % 20),
                     .rotate_size = random() % 3 * 5000,
                     .keep = 0}
                );
                break;
            case 6:
                rows.reopen();
                break;
            case 7:
                rows.pass(milliseconds(random() % 40'000));
                rows.turn();
                break;
            default:
                rows.write(random() % 600);
            }
            ASSERT_LE(rows.acknowledged() + rows.dropped(), rows.written());
        }
        limit.reset();
        static_cast<void>(small->take(0));
        std::set<std::uint64_t> found;
        rows.file().close();
        for (int i = 0; i < 10 && !rows.file().is_idle(); ++i) {
            move_rows_out(directory_, found);
            rows.pass(seconds(31));
            rows.turn();
        }
        ASSERT_TRUE(rows.file().is_idle());
        EXPECT_EQ(rows.acknowledged() + rows.dropped(), rows.written());
        move_rows_out(directory_, found);
        EXPECT_EQ(rows.acknowledged(), found.size());
        EXPECT_EQ(directory_.files().size(), directory_.files().contains("ballast") ? 1U : 0U);
    }
}

}  // namespace
}  // namespace flowgauge
