#include "export/file/file_transport.h"

#include "export/file/line_framing.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

const std::shared_ptr<const Preamble> kHeadOfAll = make_preamble("head\n");

// One record; none for an empty text.
Block block(std::string_view bytes) {
    Block made;
    made.preamble = kHeadOfAll;
    if (!bytes.empty()) {
        made.bytes = bytes;
        made.end_unit(1);
    }
    return made;
}

std::unique_ptr<FileFraming> lines() {
    return std::make_unique<LineFraming>(LineFormat{.quoted_newlines = false, .has_head = true});
}

Result<std::unique_ptr<FileTransport>> open(const std::string& path, bool may_wait = true) {
    return FileTransport::open({.path = path, .may_wait = may_wait}, lines());
}

// What became of the records of a transport.
struct Outcome {
    std::uint64_t acknowledged = 0;
    RecordLosses dropped;
};

Outcome turn(FileTransport& file) {
    std::vector<Delivery> done;
    file.turn({}, done);
    Outcome outcome;
    for (const Delivery& delivery : done) {
        EXPECT_EQ(delivery.acknowledged + delivery.dropped.total(), delivery.block.records);
        outcome.acknowledged += delivery.acknowledged;
        outcome.dropped += delivery.dropped;
    }
    return outcome;
}

Outcome send(FileTransport& file, std::string_view bytes) {
    EXPECT_TRUE(file.has_room());
    file.send(block(bytes));
    return turn(file);
}

std::string read_all(int descriptor) {
    std::string read(std::size_t{1} << 20, '\0');
    const ssize_t count = ::read(descriptor, read.data(), read.size());
    read.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return read;
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
    Result<std::unique_ptr<FileTransport>> opened = open(path_);
    ASSERT_TRUE(opened.has_value());
    FileTransport& file = *opened.value();
    EXPECT_EQ(send(file, "").acknowledged, 0U);
    EXPECT_EQ(content(), "head\n");
    EXPECT_EQ(send(file, "first,").acknowledged, 1U);
    EXPECT_EQ(send(file, "second,").acknowledged, 1U);
    file.close();
    EXPECT_FALSE(file.is_idle());
    turn(file);
    EXPECT_TRUE(file.is_idle());
    EXPECT_EQ(content(), "head\nfirst,second,");
    EXPECT_EQ(file.numbers().bytes_written, 18U);
    EXPECT_EQ(file.numbers().errors, 0U);
    EXPECT_EQ(file.numbers().files_finished, 1U);
    EXPECT_FALSE(file.failure());
}

TEST_F(FileTransportTest, WritesMoreThanAPipeOrPageHolds) {
    const std::string large(3'000'000, 'x');
    Result<std::unique_ptr<FileTransport>> file = open(path_);
    ASSERT_TRUE(file.has_value());
    EXPECT_EQ(send(*file.value(), large).acknowledged, 1U);
    EXPECT_EQ(content(), "head\n" + large);
}

TEST_F(FileTransportTest, LetsOnlyOwnerAndGroupRead) {
    ASSERT_TRUE(open(path_).has_value());
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0137U, 0U);
}

TEST_F(FileTransportTest, FailsToOpenInADirectoryThatIsNotThere) {
    Result<std::unique_ptr<FileTransport>> file = open("/nonexistent/flows.csv");
    ASSERT_FALSE(file.has_value());
    EXPECT_EQ(file.error().kind, ErrorKind::kOutput);
    EXPECT_EQ(file.error().message, "/nonexistent/flows.csv: No such file or directory");
}

TEST_F(FileTransportTest, FailsToOpenADirectory) {
    Result<std::unique_ptr<FileTransport>> file = open("/tmp");
    ASSERT_FALSE(file.has_value());
    EXPECT_EQ(file.error().kind, ErrorKind::kOutput);
}

TEST_F(FileTransportTest, TheFirstFailureIsFinal) {
    Result<std::unique_ptr<FileTransport>> opened = open("/dev/full");
    ASSERT_TRUE(opened.has_value());
    FileTransport& file = *opened.value();
    EXPECT_EQ(send(file, "x").dropped[RecordLoss::kOutputFailed], 1U);
    ASSERT_TRUE(file.failure());
    EXPECT_EQ(file.failure()->kind, ErrorKind::kOutput);
    EXPECT_EQ(file.failure()->message, "/dev/full: No space left on device");
    EXPECT_FALSE(file.has_room());
    EXPECT_EQ(file.loss(), RecordLoss::kOutputFailed);
    file.close();
    EXPECT_TRUE(file.is_idle());
}

TEST_F(FileTransportTest, LeavesStandardOutputOpenWhenClosed) {
    Result<std::unique_ptr<FileTransport>> output = open("-");
    ASSERT_TRUE(output.has_value());
    output.value()->close();
    turn(*output.value());
    EXPECT_TRUE(output.value()->is_idle());
    EXPECT_GE(::write(STDOUT_FILENO, "", 0), 0);
}

TEST_F(FileTransportTest, AFifoWithASlowReaderDoesNotStopIt) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    EXPECT_TRUE(is_stream(path_));
    Result<std::unique_ptr<FileTransport>> opened = open(path_, false);
    ASSERT_TRUE(opened.has_value());
    FileTransport& file = *opened.value();
    const std::string row(3000, 'x');
    std::uint64_t acknowledged = 0;
    std::uint64_t sent = 0;
    while (file.has_room()) {
        ASSERT_LT(sent, 1000U);
        acknowledged += send(file, row).acknowledged;
        ++sent;
    }
    EXPECT_EQ(acknowledged, sent - 1);
    EXPECT_EQ(file.loss(), RecordLoss::kQueueFull);
    TransportWait wait;
    file.prepare_wait(wait);
    ASSERT_EQ(wait.descriptors.size(), 1U);
    EXPECT_EQ(::poll(wait.descriptors.data(), 1, 0), 0);
    const int reader = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    std::string all = read_all(reader);
    EXPECT_EQ(::poll(wait.descriptors.data(), 1, 0), 1);
    EXPECT_EQ(turn(file).acknowledged, 1U);
    all += read_all(reader);
    ::close(reader);
    EXPECT_EQ(all.size(), 5 + sent * row.size());
}

// Standard output, as long as this lives.
class OtherStandardOutput {
public:
    explicit OtherStandardOutput(int descriptor) : before_(::dup(STDOUT_FILENO)) {
        ::dup2(descriptor, STDOUT_FILENO);
    }
    OtherStandardOutput(const OtherStandardOutput&) = delete;
    OtherStandardOutput& operator=(const OtherStandardOutput&) = delete;
    ~OtherStandardOutput() {
        ::dup2(before_, STDOUT_FILENO);
        ::close(before_);
    }

private:
    int before_;
};

// Fills what is at the other end of `ends`, and reads it.
void expect_no_waiting(std::array<int, 2> ends) {
    const FileDescriptor reader(ends[0]);
    const FileDescriptor writer(ends[1]);
    std::optional<OtherStandardOutput> output;
    output.emplace(writer.get());
    Result<std::unique_ptr<FileTransport>> opened = open("-", false);
    output.reset();
    ASSERT_TRUE(opened.has_value());
    FileTransport& file = *opened.value();
    const std::string large(4'000'000, 'x');
    std::uint64_t acknowledged = send(file, large).acknowledged;
    EXPECT_EQ(acknowledged, 0U);
    EXPECT_EQ(::fcntl(writer.get(), F_GETFL) & O_NONBLOCK, 0);  // it is others' as well
    std::size_t read = 0;
    while (acknowledged == 0) {
        read += read_all(reader.get()).size();
        acknowledged = turn(file).acknowledged;
    }
    while (read < large.size() + 5) {
        read += read_all(reader.get()).size();
    }
    EXPECT_EQ(read, large.size() + 5);
}

TEST_F(FileTransportTest, APipeWithASlowReaderDoesNotStopIt) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    expect_no_waiting(ends);
}

TEST_F(FileTransportTest, ASocketWithASlowReaderDoesNotStopIt) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    expect_no_waiting(ends);
}

TEST_F(FileTransportTest, RefusesUnitsOfAnotherFormat) {
    Result<std::unique_ptr<FileTransport>> file = open(path_);
    ASSERT_TRUE(file.has_value());
    Block other = block("binary");
    other.preamble = make_preamble(std::string("\0\x0a", 2));
    other.spool_frame = 1;
    file.value()->send(std::move(other));
    EXPECT_EQ(turn(*file.value()).dropped[RecordLoss::kRefused], 1U);
    EXPECT_EQ(send(*file.value(), "text").acknowledged, 1U);
    EXPECT_EQ(content(), "head\ntext");
}

TEST_F(FileTransportTest, GivesBackWhatItCouldNotWrite) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    Result<std::unique_ptr<FileTransport>> file = open(path_, false);
    ASSERT_TRUE(file.has_value());
    EXPECT_EQ(send(*file.value(), std::string(1'000'000, 'x')).acknowledged, 0U);
    std::vector<Block> back;
    file.value()->take_back(back);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].bytes.size(), 1'000'000U);
}

}  // namespace
}  // namespace flowgauge
