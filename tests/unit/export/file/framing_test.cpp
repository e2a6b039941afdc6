// Files of formats that are more than lines: compressed lines and IPFIX messages.
#include "export/file/compressed_framing.h"
#include "export/file/message_framing.h"
#include "tests/support/decompression.h"
#include "tests/unit/export/file/file_rows.h"
#include "tests/unit/export/file/trying_writers.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using test::FileRows;
using test::rows_of;
using test::TestDirectory;

const std::string kHead(test::kRowHead);

class CompressedFileTest : public ::testing::TestWithParam<Compression> {
protected:
    [[nodiscard]] RotatingFileOptions options(FileRotation rotation = {}) const {
        return {.path = directory_.file("x.csv"), .rotation = rotation, .sync = FileSync::kNone};
    }
    [[nodiscard]] static test::FileRowsParts parts() {
        return {
            .framing =
                std::make_unique<CompressedFraming>(GetParam(), LineFormat{.has_head = true}),
            .writer = DiskWriter::open()};
    }
    // Name and content of all files, as who reads them sees them.
    [[nodiscard]] std::map<std::string, std::string> files() const {
        std::map<std::string, std::string> found;
        for (const auto& [name, content] : directory_.files()) {
            found[name] = test::decompressed(GetParam(), content);
        }
        return found;
    }
    const std::string suffix_{suffix_of(GetParam())};
    TestDirectory directory_;
};

TEST_P(CompressedFileTest, EachFileHasItsHeadAndTheEndingOfTheCompression) {
    FileRows rows(options({.rotate_every = seconds(60)}), parts());
    rows.write(0);
    rows.write(30);
    rows.write(2);
    rows.pass(seconds(60));
    rows.write(40);
    rows.close();
    ASSERT_TRUE(rows.file().is_idle());
    EXPECT_EQ(
        files(),
        (std::map<std::string, std::string>{
            {"x-20261122T054000Z-000000.csv" + suffix_, kHead + rows_of(0, 32)},
            {"x-20261122T054100Z-000001.csv" + suffix_, kHead + rows_of(32, 72)}})
    );
    EXPECT_EQ(rows.acknowledged(), 72U);
}

TEST_P(CompressedFileTest, APlainFileIsGoneOnWith) {
    {
        FileRows rows(options(), parts());
        rows.write(0);
        rows.write(3);
        rows.close();
    }
    std::ofstream(directory_.file("x.csv" + suffix_), std::ios::app) << "torn";
    FileRows rows(options(), parts());
    EXPECT_EQ(rows.numbers().files_recovered, 1U);
    rows.write(2);
    EXPECT_EQ(rows.news().size(), 0U);
    EXPECT_EQ(
        files(),
        (std::map<std::string, std::string>{
            {"x.csv" + suffix_, kHead + rows_of(0, 3) + rows_of(0, 2)}})
    );
}

// Whatever part of the last frame got in: the frames before it are there.
TEST_P(CompressedFileTest, ALeftOverIsCutToItsLastWholeFrame) {
    const std::string part = ".x-20261122T054000Z-000000.csv" + suffix_ + ".part";
    std::size_t first = 0;
    {
        FileRows rows(options({.rotate_every = hours(1)}), parts());
        rows.write(50);
        first = directory_.files().at(part).size();
        rows.write(50);
    }
    const std::string whole = directory_.files().at(part);
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        SCOPED_TRACE(cut);
        std::ofstream(directory_.file(part), std::ios::trunc) << whole.substr(0, cut);
        const FileRows next(options({.rotate_every = hours(1)}), parts());
        std::map<std::string, std::string> expected;
        if (cut >= first) {
            expected["x-20261122T054000Z-000000.csv" + suffix_] =
                kHead + rows_of(0, cut == whole.size() ? 100 : 50);
        }
        ASSERT_EQ(files(), expected);
        for (const auto& [name, content] : expected) {
            std::filesystem::remove(directory_.file(name));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    All,
    CompressedFileTest,
    ::testing::Values(Compression::kZstd, Compression::kGzip),
    [](const auto& each) { return each.param == Compression::kZstd ? "zstd" : "gzip"; }
);

// A session that numbers its messages: byte 8 is that of the session, byte 11 that of the message.
class NumberingProtocol final : public SessionProtocol {
public:
    void begin(bool datagrams) override {
        EXPECT_FALSE(datagrams);
        ++session_;
        number_ = 0;
        sent_ = 0;
    }
    void prepare(const Preamble* preamble, SteadyTime /*now*/, WireMessages& out) override {
        if (sent_ != preamble->fingerprint) {
            sent_ = preamble->fingerprint;
            put(preamble->bytes, 0, out);
        }
    }
    [[nodiscard]] SteadyTime next_repeat() const noexcept override { return SteadyTime::max(); }
    void put(std::string_view unit, std::uint32_t records, WireMessages& out) override {
        std::string message(unit);
        message[8] = static_cast<char>(session_);
        message[11] = static_cast<char>(number_);
        number_ += records;
        out.add(message);
    }

private:
    unsigned session_ = 0;
    unsigned number_ = 0;
    std::uint64_t sent_ = 0;
};

// An IPFIX message of 20 bytes that holds one set.
std::string message(char set_high, char session, char number) {
    std::string made("\0\x0a\0\x14____\0\0\0\0____\0\0\0\4", 20);
    made[8] = session;
    made[11] = number;
    made[16] = set_high;
    return made;
}

const char kTemplates = 0;
const char kRecords = 1;

class MessageFileTest : public ::testing::Test {
protected:
    [[nodiscard]] RotatingFileOptions options(FileRotation rotation = {}) const {
        return {
            .path = directory_.file("x.ipfix"), .rotation = rotation, .sync = FileSync::kInterval};
    }
    [[nodiscard]] static test::FileRowsParts parts(
        std::unique_ptr<DiskWriter> writer = DiskWriter::open()
    ) {
        return {
            .framing = std::make_unique<MessageFraming>(std::make_unique<NumberingProtocol>()),
            .writer = std::move(writer)};
    }
    // A block of two messages of three records each.
    static void send(FileRows& rows) {
        Block block;
        for (int i = 0; i < 2; ++i) {
            block.bytes += message(kRecords, 0, 0);
            block.end_unit(3);
        }
        rows.set_head(message(kTemplates, 0, 0));
        rows.send(std::move(block));
        rows.turn();
    }

    TestDirectory directory_;
};

TEST_F(MessageFileTest, EachFileIsASessionOfItsOwn) {
    FileRows rows(options({.rotate_every = seconds(60)}), parts());
    send(rows);
    send(rows);
    rows.pass(seconds(60));
    send(rows);
    rows.close();
    ASSERT_TRUE(rows.file().is_idle());
    const std::string first = message(kTemplates, 1, 0) + message(kRecords, 1, 0) +
                              message(kRecords, 1, 3) + message(kRecords, 1, 6) +
                              message(kRecords, 1, 9);
    const std::string second =
        message(kTemplates, 2, 0) + message(kRecords, 2, 0) + message(kRecords, 2, 3);
    EXPECT_EQ(
        directory_.files(),
        (std::map<std::string, std::string>{
            {"x-20261122T054000Z-000000.ipfix", first}, {"x-20261122T054100Z-000001.ipfix", second}}
        )
    );
    EXPECT_EQ(rows.acknowledged(), 18U);
}

TEST_F(MessageFileTest, ASessionWhoseMessagesWereLostBeginsAnew) {
    auto writer = std::make_unique<test::FailingSyncs>();
    test::FailingSyncs& syncs = *writer;
    FileRows rows(options({.rotate_every = hours(1)}), parts(std::move(writer)));
    send(rows);
    rows.pass(seconds(1));
    rows.turn();
    EXPECT_EQ(rows.acknowledged(), 6U);
    syncs.set_failing(true);
    send(rows);
    rows.pass(seconds(1));
    rows.turn();
    syncs.set_failing(false);
    rows.pass(seconds(2));
    rows.turn();
    rows.close();
    EXPECT_EQ(rows.acknowledged(), 12U);
    EXPECT_EQ(
        directory_.files().at("x-20261122T054000Z-000000.ipfix"),
        message(kTemplates, 1, 0) + message(kRecords, 1, 0) + message(kRecords, 1, 3) +
            message(kTemplates, 2, 0) + message(kRecords, 2, 0) + message(kRecords, 2, 3)
    );
}

TEST_F(MessageFileTest, ALeftOverIsCutToItsLastWholeMessage) {
    const std::string whole = message(kTemplates, 1, 0) + message(kRecords, 1, 0);
    const std::string part = ".x-20261122T054000Z-000000.ipfix.part";
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        SCOPED_TRACE(cut);
        std::ofstream(directory_.file(part), std::ios::trunc) << whole.substr(0, cut);
        const FileRows next(options({.rotate_every = hours(1)}), parts());
        EXPECT_EQ(directory_.files().size(), cut == whole.size() ? 1U : 0U);
    }
    EXPECT_EQ(directory_.files().at("x-20261122T054000Z-000000.ipfix"), whole);
    std::ofstream(directory_.file("x.ipfix")) << whole << "torn";
    FileRows rows(options(), parts());
    send(rows);
    rows.close();
    EXPECT_EQ(
        directory_.files().at("x.ipfix"),
        whole + message(kTemplates, 1, 0) + message(kRecords, 1, 0) + message(kRecords, 1, 3)
    );
}

}  // namespace
}  // namespace flowgauge
