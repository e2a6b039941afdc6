// What a spool makes of files that something happened to.
#include "export/spool/frame.h"
#include "export/spool/spool.h"
#include "tests/support/spool_ledger.h"
#include "tests/unit/export/spool/spool_folder.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::uint32_t kRecords = 5;  // of a block
constexpr std::size_t kBlocks = 22;

// What came out of a spool.
struct Outcome {
    std::map<std::uint64_t, int> delivered;
    StoreNumbers numbers;
    std::string complaint;
    std::vector<std::string> told;
};

// A spool of an earlier run, which is copied and then damaged.
class Damaged : public testing::Test {
protected:
    void SetUp() override {
        SpoolLedger ledger(made_.options());
        ASSERT_EQ(ledger.open(), "");
        fill(ledger, kBlocks);
        names_ = made_.segments();
        for (std::string& name : names_) {
            name = fs::path(name).filename().string();
        }
        ASSERT_GT(names_.size(), 4U);
        found_.copy_from(made_);
    }

    static void fill(SpoolLedger& ledger, std::size_t blocks) {
        for (std::size_t i = 0; i < blocks; ++i) {
            ASSERT_TRUE(ledger.append(kRecords));
            ASSERT_TRUE(ledger.flush());
        }
    }

    [[nodiscard]] std::string segment(std::size_t i) const { return found_.file(names_.at(i)); }

    // Opens what is there, takes everything out, and opens it once more.
    [[nodiscard]] Outcome drain() const {
        SpoolLedger ledger(found_.options());
        Outcome outcome;
        outcome.complaint = ledger.open();
        if (!outcome.complaint.empty()) {
            return outcome;
        }
        ledger.take_all();
        static_cast<void>(ledger.flush());
        outcome.numbers = ledger.numbers();
        outcome.delivered = ledger.delivered();
        outcome.told = ledger.told();
        outcome.complaint = ledger.complaint() + ledger.open();
        EXPECT_EQ(ledger.numbers().records_recovered, 0U);
        return outcome;
    }

    // Delivered are exactly the records from 1 on, but for those of `missing`, each once.
    static void expect_all_but(const Outcome& outcome, std::uint64_t from, std::uint64_t to) {
        EXPECT_EQ(outcome.complaint, "");
        for (std::uint64_t number = 1; number <= kBlocks * kRecords; ++number) {
            const auto found = outcome.delivered.find(number);
            const int times = found == outcome.delivered.end() ? 0 : found->second;
            EXPECT_EQ(times, number >= from && number < to ? 0 : 1) << number;
        }
    }

    // The records that lie in a segment: [first, behind).
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> records_in(std::size_t i) const {
        const auto first = [this](std::size_t segment_number) {
            return (std::stoull(names_.at(segment_number), nullptr, 16) - 1) * kRecords + 1;
        };
        return {first(i), i + 1 < names_.size() ? first(i + 1) : kBlocks * kRecords + 1};
    }

    SpoolFolder made_;   // as it was left
    SpoolFolder found_;  // as it is found
    std::vector<std::string> names_;
};

TEST_F(Damaged, SpoolIsWholeBeforeTheDamage) {
    const Outcome outcome = drain();
    expect_all_but(outcome, 0, 0);
    EXPECT_EQ(outcome.numbers.records_recovered, kBlocks * kRecords);
    EXPECT_EQ(outcome.numbers.records_damaged, 0U);
    EXPECT_EQ(outcome.numbers.corrupt_bytes, 0U);
    EXPECT_EQ(outcome.numbers.bytes, 0U);
    EXPECT_TRUE(outcome.told.empty());
}

// A process or a machine may die at any byte of a write.
TEST_F(Damaged, LastSegmentMayEndAnywhere) {
    const std::string name = names_.back();
    const std::string whole = read_file(made_.file(name));
    const std::uint64_t first = records_in(names_.size() - 1).first;
    std::uint64_t before = first;
    for (std::size_t length = 0; length <= whole.size(); ++length) {
        found_.copy_from(made_);
        write_file(found_.file(name), whole.substr(0, length));
        const Outcome outcome = drain();
        const std::uint64_t behind =
            outcome.delivered.empty() ? 0 : outcome.delivered.rbegin()->first + 1;
        ASSERT_GE(behind, before) << length;  // what is more bytes is no fewer frames
        before = behind;
        expect_all_but(outcome, behind, kBlocks * kRecords + 1);
        ASSERT_EQ(outcome.numbers.records_recovered, behind - 1) << length;
        ASSERT_EQ(outcome.numbers.records_damaged, 0U) << length;
        ASSERT_EQ(outcome.numbers.corrupt_bytes, 0U) << length;
        ASSERT_TRUE(found_.aside().empty()) << length;
        ASSERT_FALSE(HasFailure()) << length;
    }
    EXPECT_EQ(before, kBlocks * kRecords + 1);
}

// One bit, in every 64th byte and in the first 200, of a segment in the middle.
TEST_F(Damaged, BitCostsOneFrameAtMostAndIsCounted) {
    const std::string name = names_[2];
    const std::string whole = read_file(made_.file(name));
    for (std::size_t at = 0; at < whole.size(); at += at < 200 ? 1 : 64) {
        found_.copy_from(made_);
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
        write_file(found_.file(name), bytes);
        const Outcome outcome = drain();
        ASSERT_EQ(outcome.complaint, "") << at;
        const std::uint64_t lost = kBlocks * kRecords - outcome.delivered.size();
        ASSERT_TRUE(lost == 0 || lost == kRecords) << at << ": " << lost;
        ASSERT_EQ(outcome.numbers.records_damaged, lost) << at;
        ASSERT_EQ(outcome.numbers.records_recovered, kBlocks * kRecords) << at;
        ASSERT_GT(outcome.numbers.corrupt_bytes, 0U) << at;
        ASSERT_LE(outcome.numbers.corrupt_bytes, 1000U) << at;
        ASSERT_FALSE(outcome.told.empty()) << at;
        ASSERT_EQ(found_.aside().size(), 1U) << at;  // kept, with the damage
        ASSERT_EQ(read_file(found_.aside().front()), bytes) << at;
    }
}

// In the last segment the last frame has no neighbour that knows of it: if its header is damaged,
// nobody can say what it held.
TEST_F(Damaged, BitInTheLastSegmentCostsOneFrameAtMost) {
    const std::string name = names_.back();
    const std::string whole = read_file(made_.file(name));
    for (std::size_t at = 0; at < whole.size(); at += at < 200 ? 1 : 64) {
        found_.copy_from(made_);
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
        write_file(found_.file(name), bytes);
        const Outcome outcome = drain();
        ASSERT_EQ(outcome.complaint, "") << at;
        const std::uint64_t lost = kBlocks * kRecords - outcome.delivered.size();
        ASSERT_TRUE(lost == 0 || lost == kRecords) << at << ": " << lost;
        const bool is_last = !outcome.delivered.contains(kBlocks * kRecords);
        if (outcome.numbers.records_damaged != lost) {
            ASSERT_TRUE(is_last) << at;
            ASSERT_EQ(outcome.numbers.records_damaged, 0U) << at;
        }
        ASSERT_EQ(
            outcome.numbers.records_recovered,
            outcome.delivered.size() + outcome.numbers.records_damaged
        ) << at;
        ASSERT_GT(outcome.numbers.corrupt_bytes, 0U) << at;
        ASSERT_EQ(found_.aside().size(), 1U) << at;
    }
}

TEST_F(Damaged, PositionIsReadFromItsOtherFileOrFromTheSegments) {
    for (const bool both : {false, true}) {
        const std::string whole = read_file(made_.file("position"));
        for (std::size_t at = 0; at < whole.size(); ++at) {
            found_.copy_from(made_);
            std::string bytes = whole;
            bytes[at] = static_cast<char>(bytes[at] ^ 4);
            write_file(found_.file("position"), bytes);
            if (both) {
                write_file(found_.file("position.new"), bytes.substr(0, at));
            }
            const Outcome outcome = drain();
            expect_all_but(outcome, 0, 0);
            ASSERT_EQ(outcome.numbers.records_damaged, 0U);
            ASSERT_FALSE(outcome.told.empty());
            ASSERT_FALSE(HasFailure()) << at;
        }
    }
}

TEST_F(Damaged, PositionThatIsLostSendsTheOldestSegmentAgain) {
    SpoolLedger ledger(found_.options());
    ASSERT_EQ(ledger.open(), "");
    const std::uint64_t end = records_in(2).first;
    std::uint64_t acknowledged = 0;
    while (acknowledged + 1 < end + kRecords) {
        const std::optional<Block> block = ledger.take();
        ASSERT_TRUE(block);
        ledger.acknowledge(*block);
        acknowledged += block->records;
    }
    ASSERT_TRUE(ledger.flush());
    ledger.close();
    fs::remove(found_.file("position"));
    fs::remove(found_.file("position.new"));
    const Outcome outcome = drain();
    expect_all_but(outcome, 1, records_in(2).first);
    EXPECT_EQ(outcome.numbers.records_damaged, 0U);
}

TEST_F(Damaged, SegmentThatIsMissingIsCountedExactly) {
    for (std::size_t i = 0; i + 1 < names_.size(); ++i) {
        found_.copy_from(made_);
        fs::remove(segment(i));
        const Outcome outcome = drain();
        const auto [first, behind] = records_in(i);
        expect_all_but(outcome, first, behind);
        EXPECT_EQ(outcome.numbers.records_damaged, behind - first) << i;
        EXPECT_EQ(outcome.numbers.records_recovered, kBlocks * kRecords) << i;
    }
    found_.copy_from(made_);
    fs::remove(segment(names_.size() - 1));
    const Outcome outcome = drain();
    expect_all_but(outcome, records_in(names_.size() - 1).first, kBlocks * kRecords + 1);
    EXPECT_EQ(outcome.numbers.records_damaged, 0U);  // nobody knew of it
}

// In the middle a torn end cannot come from a write: the next segment was begun after it.
TEST_F(Damaged, SegmentThatIsCutInTheMiddleIsCountedExactly) {
    const std::string whole = read_file(segment(1));
    for (std::size_t length = 0; length < whole.size(); length += 37) {
        found_.copy_from(made_);
        write_file(segment(1), whole.substr(0, length));
        const Outcome outcome = drain();
        const std::uint64_t behind = records_in(1).second;
        std::uint64_t from = records_in(1).first;
        while (outcome.delivered.contains(from)) {
            ++from;
        }
        from = std::min(from, behind);
        expect_all_but(outcome, from, behind);
        ASSERT_EQ(outcome.numbers.records_damaged, behind - from) << length;
        ASSERT_EQ(outcome.numbers.records_recovered, kBlocks * kRecords) << length;
        ASSERT_FALSE(HasFailure()) << length;
    }
}

// The length of a frame is not trusted where its bytes are wrong: they may have moved.
TEST_F(Damaged, SegmentThatLostBytesGivesTheFramesBehindThem) {
    const std::string whole = read_file(segment(1));
    for (std::size_t at = kLandmarkBytes; at + 10 < whole.size(); at += 61) {
        found_.copy_from(made_);
        std::string bytes = whole;
        bytes.erase(at, 10);
        write_file(segment(1), bytes);
        const Outcome outcome = drain();
        ASSERT_EQ(outcome.complaint, "") << at;
        const std::uint64_t lost = kBlocks * kRecords - outcome.delivered.size();
        ASSERT_LE(lost, 2 * kRecords) << at;  // two where it meets the border of two
        ASSERT_EQ(outcome.numbers.records_damaged, lost) << at;
    }
}

TEST_F(Damaged, SegmentOfZerosIsSetAside) {
    const std::string zeros(read_file(segment(1)).size(), '\0');
    write_file(segment(1), zeros);
    const std::string last_zeros(500, '\0');
    write_file(segment(names_.size() - 1), last_zeros);
    const Outcome outcome = drain();
    EXPECT_EQ(outcome.complaint, "");
    const auto [first, behind] = records_in(1);
    EXPECT_EQ(outcome.numbers.records_damaged, behind - first);
    EXPECT_EQ(outcome.numbers.corrupt_bytes, zeros.size() + last_zeros.size());
    ASSERT_EQ(found_.aside().size(), 2U);
    EXPECT_EQ(read_file(found_.aside().back()), last_zeros);
}

// A frame of another spool, or one that traffic brought along, is none.
TEST_F(Damaged, FrameThatLiesInAnotherIsNotTakenForOne) {
    // A frame that would be valid in every respect, but for the salt that it cannot know.
    std::string forged;
    append_block_frame(forged, 0, {.frame = 2, .records = 10}, spooled_block(900, 5, nullptr));
    SpoolFolder other;
    SpoolLedger ledger(other.options());
    ASSERT_EQ(ledger.open(), "");
    fill(ledger, 1);
    Block block;
    block.bytes = "begin" + forged + read_file(made_.file(names_.front())) + "end";
    block.end_unit(1);
    ledger.append_block(std::move(block));
    fill(ledger, 2);
    ledger.close();
    for (const std::string& path : other.segments()) {
        std::string bytes = read_file(path);
        const std::size_t at = bytes.find("begin");
        if (at != std::string::npos) {
            bytes[at - kFrameHeaderBytes + 2] ^= 1;  // the header, so that the search goes inside
            write_file(path, bytes);
        }
    }
    ASSERT_EQ(ledger.open(), "");
    ledger.take_all();
    for (const auto& [number, times] : ledger.delivered()) {
        EXPECT_LE(number, 3 * kRecords);
    }
    EXPECT_EQ(ledger.delivered().size(), 3 * kRecords);
    EXPECT_EQ(ledger.numbers().records_damaged, 1U);
    EXPECT_EQ(ledger.complaint(), "");
}

TEST_F(Damaged, SegmentThatIsThereTwiceGivesItsFramesOnce) {
    fs::copy(segment(1), found_.file("0000000000000003.seg"), fs::copy_options::skip_existing);
    fs::copy(segment(0), found_.file("00000000000000ff.seg"));
    const Outcome outcome = drain();
    expect_all_but(outcome, 0, 0);
    EXPECT_EQ(outcome.numbers.records_damaged, 0U);
    EXPECT_GT(outcome.numbers.corrupt_bytes, 0U);
}

TEST_F(Damaged, DirectoryKeepsWhatIsNotTheSpools) {
    const std::string target = found_.file("target");
    write_file(target, "mine");
    write_file(found_.file("notes.txt"), "mine");
    write_file(found_.file("000000000000000g.seg"), "mine");
    write_file(found_.file("0000000000000001.SEG"), "mine");
    write_file(found_.file("1.seg"), "mine");
    fs::create_directory(found_.file("0000000000000002.seg"));
    fs::create_symlink(target, found_.file("0000000000000017.seg"));  // the next one's name
    ASSERT_EQ(::mkfifo(found_.file("0000000000000018.seg").c_str(), 0600), 0);
    SpoolLedger ledger(found_.options());
    ASSERT_EQ(ledger.open(), "");
    fill(ledger, 3);
    ledger.take_all();
    ASSERT_TRUE(ledger.flush());
    EXPECT_EQ(ledger.complaint(), "");
    EXPECT_EQ(ledger.numbers().records_damaged, 0U);
    EXPECT_EQ(ledger.delivered().size(), (kBlocks + 3) * kRecords - 3 * kRecords);
    for (const char* name :
         {"target", "notes.txt", "000000000000000g.seg", "0000000000000001.SEG", "1.seg"}) {
        EXPECT_EQ(read_file(found_.file(name)), "mine") << name;
    }
    EXPECT_TRUE(fs::is_directory(found_.file("0000000000000002.seg")));
    EXPECT_TRUE(fs::is_symlink(found_.file("0000000000000017.seg")));
    EXPECT_TRUE(fs::is_fifo(found_.file("0000000000000018.seg")));
}

TEST_F(Damaged, FilesThatAreSetAsideAreBounded) {
    SpoolOptions options = found_.options();
    options.size = 40'000;  // an eighth of it holds two segments
    SpoolLedger ledger(options);
    for (int round = 0; round < 6; ++round) {
        for (const std::string& path : found_.segments()) {
            std::string bytes = read_file(path);
            bytes.back() = static_cast<char>(bytes.back() ^ 1);
            write_file(path, bytes);
        }
        ASSERT_EQ(ledger.open(), "");
        ledger.take_all();
        ASSERT_TRUE(ledger.flush());
        std::uint64_t bytes = 0;
        for (const std::string& path : found_.aside()) {
            bytes += fs::file_size(path);
        }
        EXPECT_LE(bytes, 5000U);
        EXPECT_GT(bytes, 0U);
        EXPECT_EQ(ledger.numbers().bytes, bytes);
        fill(ledger, 10);
        ledger.close();
    }
}

// The files are damaged while the spool is open, and between two readings of the same frame.
TEST_F(Damaged, FrameThatWasHandedOutIsCountedWhenItCannotBeReadAgain) {
    SpoolLedger ledger(found_.options());
    ASSERT_EQ(ledger.open(), "");
    const std::uint64_t second = records_in(1).first;
    while (!ledger.delivered().contains(second)) {
        ASSERT_TRUE(ledger.take());
    }
    fs::remove(segment(0));
    ledger.spool().rewind();
    ledger.take_all();
    EXPECT_EQ(ledger.complaint(), "");
    EXPECT_EQ(ledger.numbers().records, 0U);
    EXPECT_EQ(ledger.numbers().records_damaged, records_in(0).second - 1);
    EXPECT_EQ(ledger.delivered().size(), kBlocks * kRecords);
}

TEST_F(Damaged, SegmentThatVanishesWhileItIsWrittenIsCounted) {
    SpoolLedger ledger(found_.options());
    ASSERT_EQ(ledger.open(), "");
    fill(ledger, 2);
    for (const std::string& path : found_.segments()) {
        fs::remove(path);
    }
    fill(ledger, 2);
    ledger.take_all();
    fill(ledger, 3);
    EXPECT_GE(ledger.take_all(), 3U);
    EXPECT_EQ(ledger.complaint(), "");
    EXPECT_EQ(ledger.numbers().records, 0U);
    EXPECT_GE(ledger.numbers().records_damaged, kBlocks * kRecords);
    EXPECT_GE(ledger.numbers().errors, 1U);
}

}  // namespace
}  // namespace flowgauge::test
