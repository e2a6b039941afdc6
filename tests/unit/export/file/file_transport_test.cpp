#include "export/sink/transport.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace flowgauge {
namespace {

// One record.
RecordBatch batch(std::string_view bytes) {
    static std::uint32_t end = 0;
    end = static_cast<std::uint32_t>(bytes.size());
    return {.bytes = bytes, .ends = std::span(&end, 1)};
}

// A path of this test's own, gone afterwards.
class FileTransportTest : public ::testing::Test {
protected:
    void TearDown() override { std::filesystem::remove(path_); }

    [[nodiscard]] std::string content() const {
        std::ostringstream text;
        text << std::ifstream(path_).rdbuf();
        return text.str();
    }

    std::string path_ = ::testing::TempDir() + "flowgauge_transport_" + std::to_string(::getpid()) +
                        "_" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(FileTransportTest, WritesAFileFromItsBeginning) {
    std::ofstream(path_) << "what was there before, and is longer";
    Result<std::unique_ptr<Transport>> file = FileTransport::open(path_);
    ASSERT_TRUE(file.has_value());
    file.value()->begin("head,");
    EXPECT_TRUE(file.value()->write(batch("first,")).has_value());
    EXPECT_TRUE(file.value()->write(batch("")).has_value());
    EXPECT_TRUE(file.value()->write(batch("second,")).has_value());
    EXPECT_TRUE(file.value()->close("tail").has_value());
    EXPECT_EQ(content(), "head,first,second,tail");
    EXPECT_EQ(file.value()->numbers().bytes_written, 22U);
    EXPECT_EQ(file.value()->numbers().records_acknowledged, 3U);
    EXPECT_EQ(file.value()->numbers().errors, 0U);
}

TEST_F(FileTransportTest, WritesMoreThanAPipeOrPageHolds) {
    const std::string large(3'000'000, 'x');
    Result<std::unique_ptr<Transport>> file = FileTransport::open(path_);
    ASSERT_TRUE(file.has_value());
    EXPECT_TRUE(file.value()->write(batch(large)).has_value());
    EXPECT_TRUE(file.value()->close("").has_value());
    EXPECT_EQ(content(), large);
}

TEST_F(FileTransportTest, LetsOnlyOwnerAndGroupRead) {
    Result<std::unique_ptr<Transport>> file = FileTransport::open(path_);
    ASSERT_TRUE(file.has_value());
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0137U, 0U);
}

TEST_F(FileTransportTest, FailsToOpenInADirectoryThatIsNotThere) {
    Result<std::unique_ptr<Transport>> file = FileTransport::open("/nonexistent/flows.csv");
    ASSERT_FALSE(file.has_value());
    EXPECT_EQ(file.error().kind, ErrorKind::kOutput);
    EXPECT_EQ(file.error().message, "/nonexistent/flows.csv: No such file or directory");
}

TEST_F(FileTransportTest, FailsToOpenADirectory) {
    Result<std::unique_ptr<Transport>> file = FileTransport::open("/tmp");
    ASSERT_FALSE(file.has_value());
    EXPECT_EQ(file.error().kind, ErrorKind::kOutput);
}

TEST_F(FileTransportTest, FailsToWriteToAFullDevice) {
    Result<std::unique_ptr<Transport>> file = FileTransport::open("/dev/full");
    ASSERT_TRUE(file.has_value());
    Result<void> written = file.value()->write(batch("x"));
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().kind, ErrorKind::kOutput);
    EXPECT_EQ(written.error().message, "/dev/full: No space left on device");
}

TEST_F(FileTransportTest, LeavesStandardOutputOpenWhenClosed) {
    Result<std::unique_ptr<Transport>> output = FileTransport::open("-");
    ASSERT_TRUE(output.has_value());
    EXPECT_TRUE(output.value()->write(batch("")).has_value());
    EXPECT_TRUE(output.value()->close("").has_value());
    EXPECT_GE(::write(STDOUT_FILENO, "", 0), 0);
}

}  // namespace
}  // namespace flowgauge
