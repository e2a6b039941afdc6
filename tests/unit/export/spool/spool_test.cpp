#include "export/spool/spool.h"

#include "tests/support/small_file_system.h"
#include "tests/support/spool_ledger.h"
#include "tests/support/without_io_uring.h"
#include "tests/unit/export/spool/spool_folder.h"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::uint64_t bytes_in(const std::string& directory) {
    std::uint64_t bytes = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
        const std::string name = entry.path().filename().string();
        bytes += name.ends_with(".seg") || name.ends_with(".bad") ? entry.file_size() : 0;
    }
    return bytes;
}

class SpoolOf : public testing::Test {
protected:
    SpoolOf() : ledger_(folder_.options()) {}

    void SetUp() override { ASSERT_EQ(ledger_.open(), ""); }
    void TearDown() override { EXPECT_EQ(ledger_.complaint(), ""); }

    void append(std::size_t blocks, std::uint32_t records = 5) {
        for (std::size_t i = 0; i < blocks; ++i) {
            ASSERT_TRUE(ledger_.append(records));
            ledger_.turn();
        }
        ASSERT_TRUE(ledger_.flush());
    }

    void reopen() {
        ledger_.close();
        ASSERT_EQ(ledger_.open(), "");
    }

    [[nodiscard]] Block take() {
        std::optional<Block> block = ledger_.take();
        EXPECT_TRUE(block.has_value());
        return block ? std::move(*block) : Block{};
    }

    // Everything that was appended came out, and exactly once.
    void expect_all_once() {
        EXPECT_EQ(ledger_.delivered().size(), ledger_.appended().size());
        for (const auto& [number, times] : ledger_.delivered()) {
            EXPECT_EQ(times, 1) << number;
            EXPECT_TRUE(ledger_.appended().contains(number)) << number;
        }
    }

    SpoolFolder folder_;
    SpoolLedger ledger_;
};

TEST_F(SpoolOf, BlocksGivesThemBackInOrder) {
    append(40);
    EXPECT_GT(folder_.segments().size(), 3U);
    EXPECT_EQ(ledger_.numbers().frames_written, 40U);
    EXPECT_EQ(ledger_.numbers().bytes, bytes_in(folder_.path()));
    std::uint64_t last = 0;
    for (int i = 0; i < 40; ++i) {
        const Block block = take();
        EXPECT_GT(block.spool_frame, last);
        last = block.spool_frame;
        EXPECT_EQ(block.preamble->bytes, "a,b,c\n");
        EXPECT_EQ(records_of(block)->front(), static_cast<std::uint64_t>(i) * 5 + 1);
        ledger_.acknowledge(block);
    }
    EXPECT_FALSE(ledger_.spool().has_next());
    expect_all_once();
    EXPECT_EQ(ledger_.numbers().records, 0U);
}

TEST_F(SpoolOf, NothingHoldsNothing) {
    EXPECT_FALSE(ledger_.spool().has_next());
    EXPECT_FALSE(ledger_.take());
    EXPECT_FALSE(ledger_.spool().refused());
    EXPECT_TRUE(ledger_.flush());
    EXPECT_TRUE(folder_.segments().empty());
}

TEST_F(SpoolOf, BlocksGoesOnAfterARestart) {
    append(20);
    for (int i = 0; i < 8; ++i) {
        ledger_.acknowledge(take());
    }
    ASSERT_TRUE(ledger_.flush());
    reopen();
    EXPECT_EQ(ledger_.numbers().records_recovered, 60U);
    append(7);
    EXPECT_EQ(ledger_.take_all(), 19U);
    expect_all_once();
    ASSERT_TRUE(ledger_.flush());
    reopen();
    EXPECT_EQ(ledger_.numbers().records_recovered, 0U);
    EXPECT_FALSE(ledger_.spool().has_next());
    append(3);
    EXPECT_EQ(ledger_.take_all(), 3U);
    expect_all_once();
}

// The position is written once in a while: what is handed out again was not known to be out.
TEST_F(SpoolOf, AcknowledgedFramesRepeatsAtMostThoseSinceThePosition) {
    append(20);
    ledger_.acknowledge(take());
    ledger_.acknowledge(take());
    ASSERT_TRUE(ledger_.flush());
    for (int i = 0; i < 5; ++i) {
        ledger_.acknowledge(take());
    }
    reopen();
    EXPECT_EQ(ledger_.numbers().records_recovered, 90U);
    EXPECT_EQ(ledger_.take_all(), 18U);
    EXPECT_EQ(ledger_.delivered().size(), 100U);
}

TEST_F(SpoolOf, FramesTakesAcknowledgementsInAnyOrder) {
    append(30);
    std::vector<Block> blocks;
    blocks.reserve(30);
    for (int i = 0; i < 30; ++i) {
        blocks.push_back(take());
    }
    const std::size_t segments = folder_.segments().size();
    for (int i = 29; i > 0; --i) {
        ledger_.acknowledge(blocks[static_cast<std::size_t>(i)]);
        ledger_.turn(2s);
    }
    ASSERT_TRUE(ledger_.flush());
    EXPECT_EQ(folder_.segments().size(), segments);  // the oldest frame keeps them
    EXPECT_EQ(ledger_.numbers().records, 5U);
    reopen();
    EXPECT_EQ(ledger_.numbers().records_recovered, 150U);
    EXPECT_EQ(ledger_.take_all(), 30U);
}

TEST_F(SpoolOf, FramesIgnoresAcknowledgementsItDoesNotKnow) {
    append(3);
    const Block block = take();
    ledger_.spool().acknowledge(0);
    ledger_.spool().acknowledge(block.spool_frame + 1);  // not handed out
    ledger_.spool().acknowledge(77);
    EXPECT_EQ(ledger_.numbers().records, 15U);
    ledger_.acknowledge(block);
    ledger_.spool().acknowledge(block.spool_frame);
    EXPECT_EQ(ledger_.numbers().records, 10U);
}

TEST_F(SpoolOf, FramesHandsThemOutAgainAfterARewind) {
    append(12);
    std::vector<Block> blocks;
    blocks.reserve(8);
    for (int i = 0; i < 8; ++i) {
        blocks.push_back(take());
    }
    ledger_.acknowledge(blocks[0]);
    ledger_.acknowledge(blocks[3]);
    ledger_.spool().rewind();
    EXPECT_EQ(take().spool_frame, blocks[1].spool_frame);
    ledger_.acknowledge(blocks[5]);  // late, from before
    std::vector<std::uint64_t> frames;
    while (const std::optional<Block> block = ledger_.take()) {
        frames.push_back(block->spool_frame);
    }
    EXPECT_EQ(frames, (std::vector<std::uint64_t>{3, 5, 7, 8, 9, 10, 11, 12}));
    EXPECT_FALSE(ledger_.spool().has_next());
    ledger_.spool().rewind();
    EXPECT_TRUE(ledger_.spool().has_next());
    EXPECT_EQ(ledger_.take_all(), 9U);
    ledger_.spool().rewind();
    EXPECT_FALSE(ledger_.spool().has_next());
}

TEST_F(SpoolOf, PreamblesGivesEachBlockItsOwn) {
    const std::vector<std::string> texts{"one", "one", "two", "", "one", "two", "two"};
    for (const std::string& text : texts) {
        ledger_.set_preamble(text);
        append(1);
    }
    reopen();
    ledger_.set_preamble("three");
    append(1);
    for (const std::string& text : texts) {
        const Block block = take();
        EXPECT_EQ(block.preamble->bytes, text);
        EXPECT_EQ(block.preamble->fingerprint, make_preamble(text)->fingerprint);
    }
    EXPECT_EQ(take().preamble->bytes, "three");
    // From the middle of a segment, and after more preambles than are remembered.
    for (int i = 0; i < 20; ++i) {
        ledger_.set_preamble(std::to_string(i));
        append(1);
        EXPECT_EQ(take().preamble->bytes, std::to_string(i));
    }
    ledger_.spool().rewind();
    EXPECT_EQ(take().preamble->bytes, "one");
}

TEST_F(SpoolOf, UnitsKeepsWhatEachHolds) {
    Block block;
    block.bytes = "abc";
    block.end_unit(2);
    block.end_unit(0);  // empty ones are allowed
    block.bytes += std::string(100'000, 'x');
    block.end_unit(5);
    ASSERT_TRUE(ledger_.spool().has_room(block.bytes.size()));
    ledger_.spool().append(std::move(block));
    ASSERT_TRUE(ledger_.spool().flush(30s));
    const std::optional<Block> back = ledger_.spool().next();
    ASSERT_TRUE(back);
    ASSERT_EQ(back->units.size(), 3U);
    EXPECT_EQ(back->unit(0), "abc");
    EXPECT_EQ(back->unit(1), "");
    EXPECT_EQ(back->unit(2), std::string(100'000, 'x'));
    EXPECT_EQ(back->units[0].records, 2U);
    EXPECT_EQ(back->records, 7U);
    EXPECT_EQ(back->preamble->bytes, "");
}

TEST_F(SpoolOf, SegmentsRemovesThemOnceThePositionIsDurable) {
    append(40);
    const std::vector<std::string> before = folder_.segments();
    for (int i = 0; i < 20; ++i) {
        ledger_.acknowledge(take());
    }
    EXPECT_EQ(folder_.segments(), before);  // nothing is durable yet
    ASSERT_TRUE(ledger_.flush());
    EXPECT_LT(folder_.segments().size(), before.size() / 2 + 2);
    ledger_.take_all();
    ASSERT_TRUE(ledger_.flush());
    EXPECT_TRUE(folder_.segments().empty());  // nor the one that was being written
    EXPECT_EQ(ledger_.numbers().bytes, 0U);
    append(2);
    EXPECT_EQ(ledger_.take_all(), 2U);
    expect_all_once();
}

TEST_F(SpoolOf, ABoundedSizeIsFullThereAndHasRoomAgain) {
    SpoolOptions options = folder_.options();
    options.size = 20'000;
    ledger_.set_options(options);
    ASSERT_EQ(ledger_.open(), "");
    std::size_t blocks = 0;
    for (int round = 0; round < 3; ++round) {
        blocks += ledger_.fill(5);
        EXPECT_LE(bytes_in(folder_.path()), options.size);
        EXPECT_TRUE(ledger_.spool().is_full(1000));
        EXPECT_GT(ledger_.numbers().bytes, options.size - 2000);
        ledger_.acknowledge(take());
        ledger_.turn(2s);
        ASSERT_TRUE(ledger_.flush());
        EXPECT_TRUE(ledger_.spool().is_full(1000));  // a segment has more frames than this one
        ledger_.take_all();
        ASSERT_TRUE(ledger_.flush());
        EXPECT_FALSE(ledger_.spool().is_full(600));
        EXPECT_TRUE(ledger_.spool().has_room(600));
    }
    EXPECT_GT(blocks, 60U);
    expect_all_once();
}

TEST_F(SpoolOf, ABlockLargerThanTheSpoolIsFull) {
    EXPECT_TRUE(ledger_.spool().is_full(std::uint64_t{1} << 20U));
    EXPECT_FALSE(ledger_.spool().has_room(std::uint64_t{1} << 20U));
    // Units are small here, and take more than was thought: it comes back.
    Block block;
    for (int i = 0; i < 60'000; ++i) {
        block.bytes += "0123456789";
        block.end_unit(1);
    }
    ASSERT_TRUE(ledger_.spool().has_room(block.bytes.size()));
    ledger_.spool().append(std::move(block));
    const std::optional<Block> back = ledger_.spool().refused();
    ASSERT_TRUE(back);
    EXPECT_EQ(back->records, 60'000U);
    EXPECT_EQ(back->bytes.size(), 600'000U);
    EXPECT_EQ(ledger_.numbers().records, 0U);
    EXPECT_TRUE(ledger_.spool().is_full(1));  // for a while, so that nobody tries on and on
    ledger_.turn(2s);
    EXPECT_TRUE(ledger_.append(5));
}

TEST_F(SpoolOf, AFullDiskCountsExactlyAndRecovers) {
    ledger_.close();
    Result<SmallFileSystem> disk = SmallFileSystem::mount(folder_.path(), std::size_t{8} << 20U);
    if (!disk) {
        GTEST_SKIP() << disk.error().message;
    }
    SpoolOptions options = folder_.options();
    options.size = std::uint64_t{1} << 30U;
    options.segment_size = std::uint64_t{1} << 20U;
    ledger_.set_options(options);
    ASSERT_EQ(ledger_.open(), "");
    for (int round = 0; round < 3; ++round) {
        ledger_.fill(2000);
        EXPECT_FALSE(ledger_.spool().has_room(1));
        EXPECT_EQ(ledger_.numbers().errors, 0U);
        EXPECT_EQ(ledger_.numbers().bytes, bytes_in(folder_.path()));
        EXPECT_GT(ledger_.numbers().bytes, std::uint64_t{7} << 20U);
        // Still full: it is tried again after a second, and comes back.
        const std::size_t there = ledger_.appended().size();
        ledger_.turn(2s);
        EXPECT_TRUE(ledger_.append(20'000));
        EXPECT_FALSE(ledger_.flush());
        EXPECT_EQ(ledger_.appended().size(), there);
        EXPECT_EQ(ledger_.numbers().records_unwritten, 0U);
        // The position moves on a disk that is full, and gives room.
        for (std::size_t i = 0; i < 12; ++i) {
            ledger_.acknowledge(take());
        }
        ASSERT_TRUE(ledger_.flush());
        if (round == 1) {
            reopen();
        }
        EXPECT_FALSE(ledger_.spool().is_full(1));
        EXPECT_TRUE(ledger_.append(100));
        ledger_.turn();
        ASSERT_TRUE(ledger_.flush());
        ledger_.take_all();
        ASSERT_TRUE(ledger_.flush());
    }
    expect_all_once();
    bool said = false;
    for (const std::string& text : ledger_.told()) {
        said |= text.find("No space left on device") != std::string::npos;
    }
    EXPECT_TRUE(said);
    ledger_.close();
}

// A write that fails in the middle for another reason: what is whole stays, the rest comes back.
TEST_F(SpoolOf, AFailedWriteKeepsWhatIsWhole) {
    append(1);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    auto* handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 1500, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (int i = 0; i < 5; ++i) {
        ledger_.append(5);
    }
    for (int i = 0; i < 100 && ledger_.appended().size() > 15; ++i) {
        static_cast<void>(ledger_.flush());
    }
    EXPECT_EQ(ledger_.numbers().errors, 1U);
    EXPECT_TRUE(ledger_.spool().is_full(1));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    static_cast<void>(std::signal(SIGXFSZ, handler));
    EXPECT_LE(bytes_in(folder_.path()), 1500U);
    EXPECT_EQ(ledger_.numbers().bytes, bytes_in(folder_.path()));
    ledger_.turn(2s);
    append(5);
    reopen();
    ledger_.take_all();
    expect_all_once();
    EXPECT_EQ(ledger_.numbers().records_damaged, 0U);
    EXPECT_EQ(ledger_.numbers().corrupt_bytes, 0U);
}

TEST_F(SpoolOf, ManyBlocksGathersWhileAWriteIsUnderWay) {
    SpoolOptions options = folder_.options();
    options.size = std::uint64_t{64} << 20U;
    options.segment_size = std::uint64_t{4} << 20U;
    ledger_.set_options(options);
    ASSERT_EQ(ledger_.open(), "");
    // Without a turn no write is finished, so that there is room for a bounded number only.
    std::size_t blocks = 0;
    while (blocks < 10'000 && ledger_.append(500)) {
        ++blocks;
    }
    if (blocks < 10'000) {  // with io_uring
        EXPECT_GT(blocks, 10U);
        EXPECT_FALSE(ledger_.spool().is_full(1000));
        EXPECT_EQ(ledger_.numbers().records_unwritten, ledger_.numbers().records);
    }
    EXPECT_TRUE(ledger_.spool().has_next());
    ASSERT_TRUE(ledger_.flush());
    EXPECT_EQ(ledger_.numbers().records_unwritten, 0U);
    EXPECT_TRUE(ledger_.spool().has_room(30'000) || ledger_.spool().is_full(30'000));
    EXPECT_EQ(ledger_.take_all(), blocks);
    expect_all_once();
}

TEST_F(SpoolOf, WaitingSaysWhenItHasSomethingToDo) {
    TransportWait wait;
    ledger_.spool().prepare_wait(wait);
    EXPECT_TRUE(wait.descriptors.empty());
    EXPECT_FALSE(wait.deadline);
    ASSERT_TRUE(ledger_.append(1));
    while (ledger_.numbers().frames_written == 0) {
        ledger_.turn();
    }
    ledger_.turn();
    wait = {};
    ledger_.spool().prepare_wait(wait);
    EXPECT_TRUE(wait.deadline);  // for the sync
    ASSERT_TRUE(ledger_.flush());
    wait = {};
    ledger_.spool().prepare_wait(wait);
    EXPECT_FALSE(wait.deadline);
    ledger_.acknowledge(take());
    ledger_.spool().prepare_wait(wait);
    EXPECT_TRUE(wait.deadline);  // for the position
}

TEST_F(SpoolOf, OneDirectoryBelongsToOne) {
    SpoolLedger second(folder_.options());
    const std::string message = second.open();
    EXPECT_NE(message.find(folder_.path()), std::string::npos) << message;
    EXPECT_NE(message.find("another sink or process uses it"), std::string::npos) << message;
    ledger_.close();
    EXPECT_EQ(second.open(), "");
}

TEST_F(SpoolOf, AMissingDirectoryMakesItForItsUserAlone) {
    SpoolOptions options = folder_.options();
    options.directory = folder_.file("deep/er");
    const mode_t before = ::umask(022);
    SpoolLedger deep(options);
    EXPECT_EQ(deep.open(), "");
    ASSERT_TRUE(deep.append(1));
    EXPECT_TRUE(deep.flush());
    ::umask(before);
    EXPECT_EQ(fs::status(options.directory).permissions(), fs::perms(0750));
    for (const fs::directory_entry& entry : fs::directory_iterator(options.directory)) {
        EXPECT_EQ(entry.status().permissions(), fs::perms(0640)) << entry.path();
    }
    write_file(folder_.file("plain"), "x");
    options.directory = folder_.file("plain/spool");
    const std::string message = SpoolLedger(options).open();
    EXPECT_NE(message.find("Not a directory"), std::string::npos) << message;
    EXPECT_NE(message.find("install -d"), std::string::npos) << message;
}

TEST_F(SpoolOf, NoIoUringDoesTheSame) {
    ledger_.close();
    const bool was_run = run_without_io_uring([this] {
        ASSERT_EQ(ledger_.open(), "");
        for (int i = 0; i < 40; ++i) {
            ASSERT_TRUE(ledger_.append(5));
            if (i % 3 == 0) {
                ledger_.acknowledge(take());
                ledger_.turn(2s);
            }
        }
        ASSERT_TRUE(ledger_.flush());
        reopen();
        ledger_.take_all();
        ASSERT_TRUE(ledger_.flush());
        EXPECT_TRUE(folder_.segments().empty());
        expect_all_once();
        ledger_.close();
    });
    if (!was_run) {
        GTEST_SKIP() << "this kernel takes no seccomp filter";
    }
}

}  // namespace
}  // namespace flowgauge::test
