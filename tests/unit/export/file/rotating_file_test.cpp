#include "export/file/rotating_file.h"

#include "tests/unit/export/file/file_rows.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::FileRows;
using test::row_of;
using test::rows_of;
using test::TestDirectory;
using Files = std::map<std::string, std::string>;

const std::string kHead(test::kRowHead);

class RotatingFileTest : public ::testing::Test {
protected:
    [[nodiscard]] RotatingFileOptions options(FileRotation rotation = {}) const {
        return {.path = directory_.file("x.csv"), .rotation = rotation, .sync = FileSync::kNone};
    }
    void put(const std::string& name, const std::string& content) const {
        std::ofstream(directory_.file(name)) << content;
    }

    TestDirectory directory_;
};

TEST_F(RotatingFileTest, BeginsAFileWithItsFirstRecordAndNamesItWhenItIsWhole) {
    FileRows rows(options({.rotate_every = seconds(60)}));
    rows.write(0);  // what a sink sends first
    rows.pass(seconds(100));
    rows.turn();
    EXPECT_EQ(directory_.files(), Files{});
    rows.write(2);
    EXPECT_EQ(
        directory_.files(), (Files{{".x-20261122T054140Z-000000.csv.part", kHead + rows_of(0, 2)}})
    );
    rows.pass(seconds(59));
    rows.write(1);
    rows.turn();
    EXPECT_EQ(rows.numbers().files_finished, 0U);
    rows.pass(seconds(1));
    rows.turn();  // no record is needed to finish it
    const Files first{{"x-20261122T054140Z-000000.csv", kHead + rows_of(0, 3)}};
    EXPECT_EQ(directory_.files(), first);
    rows.pass(seconds(600));
    rows.turn();
    EXPECT_EQ(directory_.files(), first);
    rows.write(1);
    rows.close();
    ASSERT_TRUE(rows.file().is_idle());
    EXPECT_EQ(
        directory_.files(),
        (Files{
            {"x-20261122T054140Z-000000.csv", kHead + rows_of(0, 3)},
            {"x-20261122T055240Z-000001.csv", kHead + rows_of(3, 4)}})
    );
    EXPECT_EQ(rows.acknowledged(), 4U);
    EXPECT_EQ(rows.numbers().files_opened, 2U);
    EXPECT_EQ(rows.numbers().files_finished, 2U);
    EXPECT_EQ(rows.numbers().bytes_written, 2 * kHead.size() + 40);
    EXPECT_EQ(rows.numbers().last_success_ms, (1'795'326'000 + 100 + 660) * 1000LL);
    EXPECT_EQ(rows.numbers().errors, 0U);
    EXPECT_TRUE(rows.news().empty());
}

// The steady clock decides; that of the system only names.
TEST_F(RotatingFileTest, StepsOfTheSystemClockEndNoFile) {
    FileRows rows(options({.rotate_every = seconds(60)}));
    rows.write(1);
    rows.set_utc(test::first_utc() + std::chrono::hours(48));
    rows.write(1);
    rows.set_utc(test::first_utc() - std::chrono::hours(48));
    rows.write(1);
    EXPECT_EQ(rows.numbers().files_opened, 1U);
}

TEST_F(RotatingFileTest, EndsAFileBeforeItWouldGrowOverItsSize) {
    for (const std::uint64_t batch : {1U, 3U, 7U, 1000U}) {
        SCOPED_TRACE(batch);
        const TestDirectory directory;
        FileRows rows(
            {.path = directory.file("x.csv"),
             .rotation = {.rotate_size = 49},
             .sync = FileSync::kNone}
        );
        while (rows.written() < 1000) {
            rows.write(batch);
        }
        rows.close();
        ASSERT_TRUE(rows.file().is_idle());
        std::uint64_t first = 0;
        for (const auto& [name, content] : directory.files()) {
            const std::uint64_t behind = std::min(first + 4, rows.written());
            ASSERT_EQ(content, kHead + rows_of(first, behind)) << name;
            first = behind;
        }
        EXPECT_EQ(first, rows.written());
        EXPECT_EQ(rows.acknowledged(), rows.written());
    }
}

TEST_F(RotatingFileTest, ARecordLargerThanTheSizeHasAFileOfItsOwn) {
    FileRows rows(options({.rotate_size = 3}));
    rows.write(3);
    rows.close();
    ASSERT_TRUE(rows.file().is_idle());
    EXPECT_EQ(
        directory_.files(),
        (Files{
            {"x-20261122T054000Z-000000.csv", kHead + row_of(0)},
            {"x-20261122T054000Z-000001.csv", kHead + row_of(1)},
            {"x-20261122T054000Z-000002.csv", kHead + row_of(2)}})
    );
}

TEST_F(RotatingFileTest, PutsSoManyFlowsIntoAFileAndFinishesItAtOnce) {
    RotatingFileOptions made = options();
    made.flows_per_file = 3;
    FileRows rows(made);
    rows.write(7);
    EXPECT_EQ(
        directory_.files(),
        (Files{
            {".x-20261122T054000Z-000002.csv.part", kHead + rows_of(6, 7)},
            {"x-20261122T054000Z-000000.csv", kHead + rows_of(0, 3)},
            {"x-20261122T054000Z-000001.csv", kHead + rows_of(3, 6)}})
    );
    rows.write(2);
    EXPECT_EQ(rows.numbers().files_finished, 3U);
}

TEST_F(RotatingFileTest, KeepsTheNewestFilesAndLeavesWhatIsNotItsOwn) {
    put("x.csv", "foreign");
    put("other-20200101T000000Z-000000.csv", "foreign");
    put("x-20200101T000000Z-000007.csv", "of an earlier run");
    FileRows rows(options({.rotate_size = 15, .keep = 2}));
    for (int i = 0; i < 5; ++i) {
        rows.pass(seconds(1));
        rows.write(1);
    }
    rows.close();
    ASSERT_TRUE(rows.file().is_idle());
    EXPECT_EQ(
        directory_.files(),
        (Files{
            {"other-20200101T000000Z-000000.csv", "foreign"},
            {"x-20261122T054004Z-000011.csv", kHead + row_of(3)},
            {"x-20261122T054005Z-000012.csv", kHead + row_of(4)},
            {"x.csv", "foreign"}})
    );
    EXPECT_EQ(rows.numbers().files_removed, 4U);
}

TEST_F(RotatingFileTest, TakesOverNewSettingsWithoutLosingARecord) {
    FileRows rows(options({.rotate_size = 15}));
    rows.write(4);
    rows.change({.rotate_every = seconds(10), .rotate_size = 0, .keep = 2});
    EXPECT_EQ(rows.numbers().files_removed, 2U);
    rows.write(5);
    EXPECT_EQ(rows.numbers().files_finished, 4U);
    rows.pass(seconds(10));
    rows.turn();
    EXPECT_EQ(rows.numbers().files_finished, 5U);
    rows.write(1);
    rows.change({});  // no rotation any more: the plain file
    rows.write(2);
    rows.change({.rotate_every = seconds(10)});
    rows.write(1);
    rows.close();
    ASSERT_TRUE(rows.file().is_idle());
    const Files files = directory_.files();
    EXPECT_EQ(files.at("x.csv"), kHead + rows_of(10, 12));
    EXPECT_EQ(files.at("x-20261122T054010Z-000005.csv"), kHead + rows_of(9, 10));
    EXPECT_EQ(files.at("x-20261122T054010Z-000006.csv"), kHead + rows_of(12, 13));
    EXPECT_EQ(rows.acknowledged(), 13U);
}

TEST_F(RotatingFileTest, ReopenBeginsANewFileWithTheNextRecord) {
    FileRows rows(options({.rotate_every = std::chrono::hours(1)}));
    rows.write(1);
    rows.reopen();
    EXPECT_EQ(directory_.files(), (Files{{"x-20261122T054000Z-000000.csv", kHead + row_of(0)}}));
    rows.reopen();
    EXPECT_EQ(rows.numbers().files_opened, 1U);
    rows.write(1);
    EXPECT_EQ(rows.numbers().files_opened, 2U);
}

TEST_F(RotatingFileTest, GoesOnWithThePlainFileAndWritesTheHeadOnce) {
    {
        FileRows rows(options());
        rows.write(2);
        rows.close();
        ASSERT_TRUE(rows.file().is_idle());
    }
    FileRows rows(options());
    rows.write(1);
    EXPECT_EQ(directory_.files(), (Files{{"x.csv", kHead + rows_of(0, 2) + row_of(0)}}));
    struct stat status {};
    ASSERT_EQ(::stat(directory_.file("x.csv").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U & ~0640U, 0U);
}

TEST_F(RotatingFileTest, ReopensThePlainPathAfterItWasMovedAway) {
    FileRows rows(options());
    rows.write(2);
    std::filesystem::rename(directory_.file("x.csv"), directory_.file("x.csv.1"));
    rows.write(1);  // still the old one, until it is told
    put("x.csv", "");
    rows.reopen();
    rows.write(1);
    EXPECT_EQ(
        directory_.files(),
        (Files{{"x.csv", kHead + row_of(3)}, {"x.csv.1", kHead + rows_of(0, 3)}})
    );
}

TEST_F(RotatingFileTest, WritesTheHeadAgainWhenThePlainFileWasCutToNothing) {
    FileRows rows(options());
    rows.write(2);
    ASSERT_EQ(::truncate(directory_.file("x.csv").c_str(), 0), 0);
    rows.write(1);
    EXPECT_EQ(directory_.files(), (Files{{"x.csv", kHead + row_of(2)}}));
}

TEST_F(RotatingFileTest, CutsATornRowBeforeItGoesOnWithAPlainFile) {
    put("x.csv", kHead + rows_of(0, 2) + "00000");
    FileRows rows(options());
    rows.write(1);
    EXPECT_EQ(directory_.files(), (Files{{"x.csv", kHead + rows_of(0, 2) + row_of(0)}}));
    EXPECT_EQ(rows.numbers().files_recovered, 1U);
}

TEST_F(RotatingFileTest, SaysThatAPlainFileHasAnotherHead) {
    put("x.csv", "other,columns\n1,2\n");
    FileRows rows(options());
    rows.write(0);
    rows.write(1);
    ASSERT_EQ(rows.news().size(), 1U);
    EXPECT_EQ(rows.news()[0].first, FileNews::kNote);
    EXPECT_NE(rows.news()[0].second.find("another head"), std::string::npos);
    EXPECT_EQ(directory_.files(), (Files{{"x.csv", "other,columns\n1,2\n" + row_of(0)}}));
}

TEST_F(RotatingFileTest, RefusesWhatItCannotGoOnWith) {
    put("binary", "no newline at all");
    std::filesystem::create_symlink(directory_.file("binary"), directory_.file("link"));
    ASSERT_EQ(::mkfifo(directory_.file("fifo").c_str(), 0600), 0);
    const FileDescriptor reader(
        ::open(directory_.file("fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    );
    const std::map<std::string, std::string> expected{
        {"binary", ": it holds nothing of the format that is written now"},
        {"link", ": Too many levels of symbolic links; a symbolic link is not followed"},
        {"fifo", ": Invalid argument; only a regular file can be gone on with"}};
    for (const auto& [name, message] : expected) {
        const std::string path = directory_.file(name);
        Result<std::unique_ptr<RotatingFile>> opened =
            RotatingFile::open({.path = path}, test::row_framing(), DiskWriter::open());
        ASSERT_FALSE(opened.has_value()) << name;
        EXPECT_EQ(opened.error().kind, ErrorKind::kOutput);
        EXPECT_EQ(opened.error().message, path + message);
    }
    EXPECT_EQ(test::content_of(directory_.file("binary")), "no newline at all");
    Result<std::unique_ptr<RotatingFile>> opened = RotatingFile::open(
        {.path = "/nonexistent/x.csv", .rotation = {.rotate_size = 1}},
        test::row_framing(),
        DiskWriter::open()
    );
    ASSERT_FALSE(opened.has_value());
    EXPECT_TRUE(opened.error().message.starts_with(
        "/nonexistent/x.csv: directory /nonexistent: No such file or directory; make it: "
    )) << opened.error().message;
}

TEST_F(RotatingFileTest, AnotherHeadEndsTheFile) {
    FileRows rows(options({.rotate_every = seconds(60)}));
    rows.write(2);
    rows.set_head("other\n");
    rows.write(1);
    rows.set_head(kHead);
    rows.write(1);
    rows.close();
    ASSERT_TRUE(rows.file().is_idle());
    EXPECT_EQ(
        directory_.files(),
        (Files{
            {"x-20261122T054000Z-000000.csv", kHead + rows_of(0, 2)},
            {"x-20261122T054000Z-000001.csv", "other\n" + rows_of(2, 3)},
            {"x-20261122T054000Z-000002.csv", kHead + rows_of(3, 4)}})
    );
}

TEST_F(RotatingFileTest, APlainFileBeginsWithItsHeadAndGoesOnUnderAnother) {
    FileRows rows(options());
    rows.write(0);
    EXPECT_EQ(directory_.files(), (Files{{"x.csv", kHead}}));
    rows.write(1);
    rows.set_head("other\n");
    rows.write(1);
    EXPECT_EQ(directory_.files(), (Files{{"x.csv", kHead + rows_of(0, 2)}}));
    ASSERT_EQ(rows.news().size(), 1U);
    EXPECT_EQ(rows.news()[0].first, FileNews::kNote);
    ASSERT_EQ(::truncate(directory_.file("x.csv").c_str(), 0), 0);
    rows.write(1);
    EXPECT_EQ(directory_.files(), (Files{{"x.csv", "other\n" + rows_of(2, 3)}}));
}

// They may come out of a spool, when the format of the sink was changed.
TEST_F(RotatingFileTest, RefusesUnitsOfAnotherFormat) {
    FileRows rows(options({.rotate_every = seconds(60)}));
    rows.write(2);
    for (const std::string& head : {std::string("\0\x0a binary\n", 10), std::string()}) {
        Block block = test::block_of_rows(0, 3);
        block.spool_frame = 7;
        rows.set_head(head);
        rows.send(std::move(block));
        rows.turn();
    }
    rows.set_head(kHead);
    rows.write(1);
    rows.close();
    ASSERT_TRUE(rows.file().is_idle());
    EXPECT_EQ(rows.acknowledged(), 3U);
    EXPECT_EQ(rows.dropped(RecordLoss::kRefused), 6U);
    EXPECT_EQ(rows.news().size(), 2U);
    EXPECT_EQ(
        directory_.files(), (Files{{"x-20261122T054000Z-000000.csv", kHead + rows_of(0, 3)}})
    );
}

// A unit of many records goes whole into one file.
TEST_F(RotatingFileTest, DividesNoUnit) {
    RotatingFileOptions made = options();
    made.flows_per_file = 3;
    FileRows rows(made);
    for (const std::uint32_t records : {2U, 2U, 5U, 1U}) {
        Block block;
        block.bytes = "unit of " + std::to_string(records) + "\n";
        block.end_unit(records);
        rows.send(std::move(block));
        rows.turn();
    }
    rows.close();
    EXPECT_EQ(
        directory_.files(),
        (Files{
            {"x-20261122T054000Z-000000.csv", kHead + "unit of 2\n"},
            {"x-20261122T054000Z-000001.csv", kHead + "unit of 2\n"},
            {"x-20261122T054000Z-000002.csv", kHead + "unit of 5\n"},
            {"x-20261122T054000Z-000003.csv", kHead + "unit of 1\n"}})
    );
    EXPECT_EQ(rows.acknowledged(), 10U);
}

void expect_whole(const std::string& name, const std::string& content) {
    EXPECT_TRUE(content.starts_with(kHead)) << name;
    EXPECT_TRUE(content.size() > kHead.size()) << name;
    EXPECT_EQ((content.size() - kHead.size()) % test::kRowBytes, 0U) << name;
}

// A reader looks all the time: what has a final name is whole and does not change.
void watch_final_names(const TestDirectory& directory, const std::atomic<bool>& done) {
    Files seen;
    while (!done.load()) {
        for (const auto& [name, content] : directory.files()) {
            if (!name.starts_with('.')) {
                expect_whole(name, content);
                EXPECT_EQ(seen.emplace(name, content).first->second, content) << name;
            }
        }
    }
}

TEST_F(RotatingFileTest, ShowsNoTornRowUnderAFinalName) {
    std::atomic<bool> done{false};
    std::jthread reader([&] { watch_final_names(directory_, done); });
    FileRows rows(options({.rotate_size = 400}));
    for (int i = 0; i < 200; ++i) {
        rows.write(17);
    }
    rows.close();
    ASSERT_TRUE(rows.file().is_idle());
    done = true;
}

// Writes without end, tells of each block that is acknowledged, and is killed while it does.
[[noreturn]] void write_until_killed(const std::string& path, int progress) {
    FileRows rows({.path = path, .rotation = {.rotate_size = 100'000}});
    for (std::uint64_t acknowledged = 0;;) {
        rows.write(1000);
        for (; acknowledged < rows.acknowledged(); acknowledged += 1000) {
            static_cast<void>(!::write(progress, "x", 1));
        }
    }
}

// Lets a process write, and kills it after so many batches of 1000 rows.
bool writes_until_killed(const std::string& path, std::size_t batches) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) {
        return false;
    }
    const FileDescriptor progress(ends[0]);
    const FileDescriptor told(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) {
        write_until_killed(path, told.get());
    }
    char one = 0;
    while (batches > 0 && ::read(progress.get(), &one, 1) == 1) {
        --batches;
    }
    return child > 0 && ::kill(child, SIGKILL) == 0 && ::waitpid(child, nullptr, 0) == child &&
           batches == 0;
}

TEST_F(RotatingFileTest, LosesNoWrittenRowWhenTheProcessIsKilled) {
    ASSERT_TRUE(writes_until_killed(directory_.file("x.csv"), 25));
    const FileRows rows(options({.rotate_size = 100'000}));
    std::string all;
    for (const auto& [name, content] : directory_.files()) {
        EXPECT_TRUE(name.starts_with("x-")) << name;
        ASSERT_TRUE(content.starts_with(kHead)) << name;
        all += content.substr(kHead.size());
    }
    ASSERT_EQ(all.size() % test::kRowBytes, 0U);
    EXPECT_GE(all.size() / test::kRowBytes, 25'000U);
    EXPECT_TRUE(all == rows_of(0, all.size() / test::kRowBytes));
    EXPECT_LE(rows.numbers().files_recovered, 1U);
}

}  // namespace
}  // namespace flowgauge
