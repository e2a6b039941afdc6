#include "export/file/output_directory.h"

#include "core/base/file_descriptor.h"
#include "export/file/line_framing.h"
#include "tests/support/small_file_system.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

namespace flowgauge {
namespace {

using test::TestDirectory;
using Files = std::map<std::string, std::string>;

class OutputDirectoryTest : public ::testing::Test {
protected:
    void put(const std::string& name, const std::string& content) const {
        std::ofstream(directory_.file(name)) << content;
    }
    [[nodiscard]] std::string part(std::uint64_t sequence) const {
        return names_.unfinished({.sequence = sequence, .start = kStart});
    }
    [[nodiscard]] std::string whole(std::uint64_t sequence) const {
        return names_.finished({.sequence = sequence, .start = kStart});
    }
    [[nodiscard]] Recovery recover(bool quoted_newlines = false) const {
        const LineFraming lines({.quoted_newlines = quoted_newlines, .has_head = true});
        return recover_files(opened_.get(), names_, lines, true);
    }

    static constexpr const char* kStart = "20261122T054000Z";
    TestDirectory directory_;
    RotatedNames names_{directory_.file("x.csv")};
    FileDescriptor opened_{::open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
};

TEST_F(OutputDirectoryTest, FinishesUnfinishedFilesAtTheirLastWholeRow) {
    put(part(3), "head\none\ntwo\nthr");
    put(part(4), "head\nwhole\n");
    put(whole(1), "older");
    const Recovery recovery = recover();
    EXPECT_EQ(recovery.files_recovered, 2U);
    EXPECT_EQ(recovery.errors, 0U);
    EXPECT_EQ(recovery.next_sequence, 5U);
    const Files expected{
        {whole(1), "older"}, {whole(3), "head\none\ntwo\n"}, {whole(4), "head\nwhole\n"}};
    EXPECT_EQ(directory_.files(), expected);
}

TEST_F(OutputDirectoryTest, RemovesUnfinishedFilesWithoutARow) {
    put(part(1), "");
    put(part(2), "he");
    put(part(3), "head\n");
    put(part(4), "head\nro");
    put(part(5), "head\nrow\n");
    EXPECT_EQ(recover().files_recovered, 1U);
    EXPECT_EQ(directory_.files(), (Files{{whole(5), "head\nrow\n"}}));
}

TEST_F(OutputDirectoryTest, NewlinesInsideQuotesEndNoRow) {
    put(part(1), "head\n1,\"a\nb\"\n2,\"say \"\"hi\"\"\n\"\n3,\"torn\n");
    EXPECT_EQ(recover(true).files_recovered, 1U);
    EXPECT_EQ(
        directory_.files(), (Files{{whole(1), "head\n1,\"a\nb\"\n2,\"say \"\"hi\"\"\n\"\n"}})
    );
}

TEST_F(OutputDirectoryTest, ReadsRowsOverManyBlocks) {
    std::string content = "head\n";
    while (content.size() < 3'000'000) {
        content += "\"" + std::string(997, 'x') + "\n\"\n";
    }
    put(part(1), content + "\"" + std::string(2'000'000, '\n'));
    EXPECT_EQ(recover(true).files_recovered, 1U);
    EXPECT_EQ(directory_.files()[whole(1)].size(), content.size());
}

TEST_F(OutputDirectoryTest, LeavesFilesThatAreInWork) {
    put(part(1), "head\nrow\n");
    const FileDescriptor other(::open(directory_.file(part(1)).c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_EQ(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
    const Recovery recovery = recover();
    EXPECT_EQ(recovery.files_recovered, 0U);
    EXPECT_EQ(recovery.errors, 0U);
    EXPECT_EQ(recovery.next_sequence, 2U);
    EXPECT_EQ(directory_.files(), (Files{{part(1), "head\nrow\n"}}));
}

// A killed process lets go of its files a moment after it is gone.
TEST_F(OutputDirectoryTest, WaitsAMomentForLocksOfTheDead) {
    put(part(1), "head\nrow\n");
    FileDescriptor other(::open(directory_.file(part(1)).c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_EQ(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
    const std::jthread dying([&other] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        other = FileDescriptor();
    });
    EXPECT_EQ(recover().files_recovered, 1U);
    EXPECT_EQ(directory_.files(), (Files{{whole(1), "head\nrow\n"}}));
}

TEST_F(OutputDirectoryTest, FollowsNoLink) {
    put("victim", "secret without newline");
    std::filesystem::create_symlink(directory_.file("victim"), directory_.file(part(1)));
    std::filesystem::create_symlink(directory_.file("victim"), directory_.file(whole(2)));
    EXPECT_EQ(recover().files_recovered, 0U);
    EXPECT_EQ(remove_oldest(opened_.get(), names_, 0).files_removed, 0U);
    EXPECT_EQ(directory_.files(), (Files{{"victim", "secret without newline"}}));
    EXPECT_TRUE(std::filesystem::is_symlink(directory_.file(part(1))));
    EXPECT_TRUE(std::filesystem::is_symlink(directory_.file(whole(2))));
}

TEST_F(OutputDirectoryTest, PublishesUnderTheNextFreeNumber) {
    put(whole(1), "first");
    put(whole(2), "second");
    put(part(1), "third");
    RotatedName name{.sequence = 1, .start = kStart};
    EXPECT_EQ(publish(opened_.get(), names_, name), 0);
    EXPECT_EQ(name.sequence, 3U);
    EXPECT_EQ(
        directory_.files(), (Files{{whole(1), "first"}, {whole(2), "second"}, {whole(3), "third"}})
    );
    EXPECT_EQ(publish(opened_.get(), names_, name), ENOENT);
}

TEST_F(OutputDirectoryTest, RemovesTheOldestOfItsPatternOnly) {
    for (const std::uint64_t sequence : {5U, 1U, 3U, 2U, 4U}) {
        put(whole(sequence), "");
    }
    put("x.csv", "");
    put("x-20261122T054000Z-1.csv", "");
    put("y-20261122T054000Z-000000.csv", "");
    put(part(0), "");
    std::filesystem::create_directory(directory_.file(whole(0)));
    const Removal removal = remove_oldest(opened_.get(), names_, 2);
    EXPECT_EQ(removal.files_removed, 3U);
    EXPECT_EQ(removal.errors, 0U);
    EXPECT_TRUE(removal.is_complete);
    const Files left{
        {whole(4), ""},
        {whole(5), ""},
        {"x.csv", ""},
        {"x-20261122T054000Z-1.csv", ""},
        {"y-20261122T054000Z-000000.csv", ""},
        {part(0), ""}};
    EXPECT_EQ(directory_.files(), left);
    EXPECT_TRUE(std::filesystem::is_directory(directory_.file(whole(0))));
    EXPECT_EQ(remove_oldest(opened_.get(), names_, 2).files_removed, 0U);
}

TEST_F(OutputDirectoryTest, RemovesABoundedNumberAtOneTime) {
    for (std::uint64_t sequence = 0; sequence < 1500; ++sequence) {
        put(whole(sequence), "");
    }
    Removal removal = remove_oldest(opened_.get(), names_, 10);
    EXPECT_EQ(removal.files_removed, 1000U);
    EXPECT_FALSE(removal.is_complete);
    EXPECT_EQ(directory_.files().begin()->first, whole(1000));
    removal = remove_oldest(opened_.get(), names_, 10);
    EXPECT_EQ(removal.files_removed, 490U);
    EXPECT_TRUE(removal.is_complete);
    EXPECT_EQ(directory_.files().begin()->first, whole(1490));
}

TEST_F(OutputDirectoryTest, SaysWhatIsWrongWithADirectoryAndWhatToDo) {
    EXPECT_TRUE(check_directory(directory_.path()).has_value());
    Result<void> missing = check_directory("/nonexistent/logs");
    ASSERT_FALSE(missing.has_value());
    EXPECT_TRUE(missing.error().message.starts_with(
        "directory /nonexistent/logs: No such file or directory; make it: install -d -o "
    )) << missing.error().message;
    put("file", "");
    Result<void> file = check_directory(directory_.file("file"));
    ASSERT_FALSE(file.has_value());
    EXPECT_EQ(file.error().message, directory_.file("file") + ": Not a directory");
}

TEST_F(OutputDirectoryTest, NamesUserAndModeWhereItMayNotWrite) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root, to become somebody else";
    }
    ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
    ASSERT_EQ(::seteuid(65534), 0);
    Result<void> checked = check_directory(directory_.path());
    ASSERT_EQ(::seteuid(0), 0);
    ASSERT_FALSE(checked.has_value());
    EXPECT_EQ(
        checked.error().message,
        "directory " + directory_.path() + ": Permission denied (this process is user nobody; " +
            directory_.path() + " belongs to root, mode 0755); let this user write there"
    );
}

}  // namespace
}  // namespace flowgauge
