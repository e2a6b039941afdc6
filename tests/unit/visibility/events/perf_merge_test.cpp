#include "visibility/events/perf_merge.h"

#include "tests/unit/visibility/events/ring_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

using test::RingBytes;

constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kSocket = 0xffff'8880'0000'1000;

class PerfMerge : public testing::Test {
protected:
    bool merge(MergeLimit limit = {.time = kForEver, .records = 1'000}) {
        return merge_rings(rings_, test::layouts(), limit, sequence_, batch_);
    }

    std::vector<MergedRing> rings_;
    EventSequence sequence_;
    EventBatch batch_;
};

TEST_F(PerfMerge, NamesWhoAskedWhereverTheConnectionWasEstablished) {
    RingBytes one(4'096);
    one.state({.time = 10, .pid = 100, .socket = kSocket});
    RingBytes two(4'096);
    two.state({.time = 20, .pid = 7, .socket = kSocket, .from = 2, .to = 1, .local_port = 40'000});
    rings_ = {two.ring(), one.ring()};
    EXPECT_FALSE(merge());
    ASSERT_EQ(batch_.sockets.size(), 1U);
    EXPECT_EQ(batch_.sockets[0].pid, 100);
    EXPECT_EQ(batch_.sockets[0].time, 10);
    EXPECT_EQ(batch_.sockets[0].key.local_port, 40'000);
    EXPECT_EQ(sequence_.waiting(), 0U);
}

TEST_F(PerfMerge, ReadsRecordsThatGoAroundTheEndOfTheRing) {
    for (std::uint64_t start = 0; start < 256; start += 8) {
        RingBytes bytes(256, start);
        bytes.comm(100, 100, "curl", 5);
        bytes.state({.time = 10, .pid = 100, .socket = kSocket});
        bytes.state({.time = 10, .pid = 100, .socket = 0, .from = 7, .to = 10, .local_port = 80});
        rings_ = {bytes.ring()};
        // 40 + 104 + 104 bytes: all of the ring but eight.
        batch_.clear();
        EXPECT_FALSE(merge());
        ASSERT_EQ(batch_.sockets.size(), 1U) << start;
        EXPECT_EQ(batch_.sockets[0].kind, SocketEventKind::kListen);
        EXPECT_EQ(batch_.sockets[0].key.local_port, 80);
        EXPECT_EQ(text_of(batch_.sockets[0].name), "curl");
        EXPECT_EQ(batch_.unread, 0U);
    }
}

TEST_F(PerfMerge, LeavesWhatIsYoungForTheNextCall) {
    RingBytes bytes(4'096);
    bytes.state({.time = 10, .pid = 1, .to = 10, .local_port = 80});
    bytes.state({.time = 20, .pid = 1, .to = 10, .local_port = 81});
    rings_ = {bytes.ring()};
    EXPECT_FALSE(merge({.time = 19, .records = 10}));
    EXPECT_EQ(batch_.sockets.size(), 1U);
    EXPECT_EQ(batch_.complete, 19);
    EXPECT_FALSE(merge({.time = 20, .records = 10}));
    EXPECT_EQ(batch_.sockets.size(), 2U);
}

TEST_F(PerfMerge, TakesNoMoreThanItsLimitAndSaysHowFarItCame) {
    RingBytes bytes(4'096);
    for (std::uint16_t port = 1; port <= 5; ++port) {
        bytes.state({.time = port * 10, .pid = 1, .to = 10, .local_port = port});
    }
    rings_ = {bytes.ring()};
    EXPECT_TRUE(merge({.time = kForEver, .records = 3}));
    EXPECT_EQ(batch_.sockets.size(), 3U);
    EXPECT_EQ(batch_.complete, 40);
    EXPECT_FALSE(merge({.time = 1'000, .records = 3}));
    EXPECT_EQ(batch_.sockets.size(), 5U);
    EXPECT_EQ(batch_.complete, 1'000);
}

TEST_F(PerfMerge, InheritsNamesButNotThoseOfAnotherProcessWithThePid) {
    RingBytes bytes(4'096);
    bytes.comm(100, 100, "bash", 1);
    bytes.fork(101, 100, 2);
    bytes.state({.time = 3, .pid = 101, .to = 10, .local_port = 80});
    bytes.comm(101, 102, "thread", 4);
    bytes.state({.time = 5, .pid = 101, .to = 10, .local_port = 81});
    bytes.fork(101, 55, 6);  // used again, by a parent whose name is not known
    bytes.state({.time = 7, .pid = 101, .to = 10, .local_port = 82});
    rings_ = {bytes.ring()};
    EXPECT_FALSE(merge());
    ASSERT_EQ(batch_.sockets.size(), 3U);
    EXPECT_EQ(text_of(batch_.sockets[0].name), "bash");
    EXPECT_EQ(text_of(batch_.sockets[1].name), "bash");
    EXPECT_EQ(text_of(batch_.sockets[2].name), "");
    EXPECT_EQ(batch_.processes.size(), 3U);
}

// What a listener says of its program: "file path", "-" where it has none.
std::string program_of_event(const SocketEvent& event) {
    return event.program ? event.program->file_name + " " + event.program->path : "-";
}

TEST_F(PerfMerge, TellsTheProgramUntilTheProcessHasAnotherName) {
    constexpr std::string_view kPath = "/opt/a_name_of_more_than_fifteen";
    constexpr std::string_view kCut = "a_name_of_more_";
    RingBytes bytes(4'096);
    std::uint16_t port = 0;
    const auto listen = [&](std::uint32_t pid, std::int64_t time) {
        bytes.state({.time = time, .pid = pid, .to = 10, .local_port = ++port});
    };
    bytes.program(100, kPath, kPath, 1);  // before the name, as the one tracepoint has it
    bytes.comm(100, 100, kCut, 2);
    listen(100, 3);
    bytes.fork(101, 100, 4);
    listen(101, 5);
    bytes.comm(101, 101, "renamed", 6, false);
    listen(101, 7);
    bytes.comm(101, 101, "short", 8);  // after the name, as the other has it
    bytes.program(101, "/bin/short", "/bin/short", 9);
    listen(101, 10);
    bytes.comm(101, 101, "unknown", 11);  // whose record found no room
    listen(101, 12);
    listen(100, 13);
    bytes.fork(100, 55, 14);  // used again
    bytes.comm(100, 100, kCut, 15);
    listen(100, 16);
    rings_ = {bytes.ring()};
    EXPECT_FALSE(merge());
    const std::string whole = "a_name_of_more_than_fifteen " + std::string(kPath);
    const std::vector<std::string> expected{whole, whole, "-", " /bin/short", "-", whole, "-"};
    ASSERT_EQ(batch_.sockets.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(program_of_event(batch_.sockets[i]), expected[i]) << i;
    }
    EXPECT_EQ(batch_.unread, 0U);
}

TEST_F(PerfMerge, TellsTheProgramOfWhoAskedThatHasGoneOrChangedSince) {
    RingBytes bytes(4'096);
    bytes.program(100, "/bin/asks", "/bin/asks", 1);
    bytes.comm(100, 100, "asks", 2);
    bytes.state({.time = 3, .pid = 100, .socket = kSocket});
    bytes.program(100, "/bin/other", "/bin/other", 4);
    bytes.comm(100, 100, "other", 5);
    bytes.state({.time = 6, .pid = 0, .socket = kSocket, .from = 2, .to = 1, .local_port = 4'000});
    rings_ = {bytes.ring()};
    EXPECT_FALSE(merge());
    ASSERT_EQ(batch_.sockets.size(), 1U);
    EXPECT_EQ(program_of_event(batch_.sockets[0]), " /bin/asks");
}

// What exec was given, and what is told of it.
struct Executed {
    std::string file;
    std::string path;
    std::string told;
};

TEST_F(PerfMerge, KeepsOfAProgramWhatIsOne) {
    const std::string deep = "/" + std::string(300, 'd') + "/exactly_fifteen_and_more";
    const std::string longest(255, 'n');
    const std::vector<Executed> rows{
        {"/opt/scripts_are_named_so", "/bin/sh", " /bin/sh"},
        {"./relative_and_long_too", "./relative_and_long_too", "relative_and_long_too "},
        {"/dev/fd/3", "/dev/fd/3", " "},
        {"/dev/fd/3/of_a_directory_that_is_open",
         "/dev/fd/3/of_a_directory_that_is_open",
         "of_a_directory_that_is_open "},
        {deep, deep, "exactly_fifteen_and_more "},
        {"/" + longest, "/" + longest, longest + " "},
        {"/bin/exactly_fifteen", "/bin/exactly_fifteen", "exactly_fifteen /bin/exactly_fifteen"},
        {"", "", " "},
    };
    for (const Executed& row : rows) {
        for (const std::uint64_t start : {0U, 1'000U, 1'016U}) {
            RingBytes bytes(1'024, start);
            bytes.program(100, row.file, row.path, 1);
            rings_ = {bytes.ring()};
            EXPECT_FALSE(merge());
            const std::string name = row.file.substr(row.file.rfind('/') + 1).substr(0, 15);
            RingBytes then(1'024, start);
            then.comm(100, 100, name, 2);
            then.state({.time = 3, .pid = 100, .to = 10, .local_port = 80});
            rings_ = {then.ring()};
            batch_.clear();
            EXPECT_FALSE(merge());
            ASSERT_EQ(batch_.sockets.size(), 1U);
            EXPECT_EQ(program_of_event(batch_.sockets[0]), row.told) << row.file;
        }
    }
}

TEST_F(PerfMerge, ReadsNoTextOutsideOfItsRecord) {
    for (const std::uint32_t where : {0xffff'ffffU, 0x0010'ffffU, 0xffff'0010U, 0x0000'0010U}) {
        std::vector<std::uint8_t> body;
        RingBytes::append(body, std::uint64_t{100});
        RingBytes::append(body, std::uint64_t{1});
        RingBytes::append(body, std::uint32_t{20});
        RingBytes::append(body, std::uint64_t{test::kProgramType});
        RingBytes::append(body, where);
        RingBytes::append(body, where);
        RingBytes::append(body, std::uint32_t{0});
        RingBytes bytes(1'024);
        bytes.record(PERF_RECORD_SAMPLE, 0, body);
        bytes.comm(100, 100, "", 2);
        bytes.state({.time = 3, .pid = 100, .to = 10, .local_port = 80});
        rings_ = {bytes.ring()};
        batch_.clear();
        EXPECT_FALSE(merge());
        ASSERT_EQ(batch_.sockets.size(), 1U);
        EXPECT_EQ(program_of_event(batch_.sockets[0]), " ");
        EXPECT_EQ(batch_.unread, 0U);
    }
}

TEST_F(PerfMerge, NamesNobodyWhereARecordMayBeMissing) {
    // The kernel took the address again; that the new socket was asked for by another is lost.
    RingBytes asked(4'096);
    asked.state({.time = 10, .pid = 100, .socket = kSocket});
    asked.lost(2, 40);
    RingBytes done(4'096);
    done.state({.time = 30, .pid = 0, .socket = kSocket, .from = 2, .to = 1, .local_port = 40'000});
    rings_ = {asked.ring(), done.ring()};
    EXPECT_FALSE(merge());
    EXPECT_TRUE(batch_.sockets.empty());
    EXPECT_EQ(batch_.lost, 2U);
    EXPECT_EQ(batch_.forgotten, 1U);
}

TEST_F(PerfMerge, NamesNobodyWhileAFullRingHasNotSaidWhatItLost) {
    RingBytes asked(4'096);
    asked.state({.time = 10, .pid = 100, .socket = kSocket});
    RingBytes done(4'096);
    done.state({.time = 30, .pid = 0, .socket = kSocket, .from = 2, .to = 1, .local_port = 40'000});
    rings_ = {asked.ring(true), done.ring()};
    EXPECT_FALSE(merge());
    EXPECT_TRUE(batch_.sockets.empty());
    EXPECT_EQ(batch_.forgotten, 1U);
}

TEST_F(PerfMerge, GoesOnRightAfterALoss) {
    RingBytes bytes(4'096);
    bytes.lost(9, 5);
    bytes.state({.time = 10, .pid = 100, .socket = kSocket});
    bytes.state({.time = 20, .pid = 0, .socket = kSocket, .from = 2, .to = 1, .local_port = 40'000}
    );
    rings_ = {bytes.ring()};
    EXPECT_FALSE(merge());
    EXPECT_EQ(batch_.sockets.size(), 1U);
    EXPECT_EQ(batch_.forgotten, 0U);
}

TEST_F(PerfMerge, ForgetsTheOldestOfTooManyConnectsAndCountsThem) {
    constexpr std::size_t kConnects = EventSequence::kConnectsMax + 1;
    RingBytes bytes(std::size_t{8} << 20);
    for (std::uint64_t i = 0; i < kConnects; ++i) {
        bytes.state({.time = 10, .pid = 100, .socket = kSocket + i});
    }
    rings_ = {bytes.ring()};
    EXPECT_FALSE(merge({.time = kForEver, .records = kConnects}));
    EXPECT_EQ(batch_.forgotten + sequence_.waiting(), kConnects);
    EXPECT_GE(sequence_.waiting(), EventSequence::kConnectsMax / 2);
    EXPECT_LE(sequence_.waiting(), EventSequence::kConnectsMax);
}

TEST_F(PerfMerge, LeavesOutWhoeverHasNoPidAndWhateverHasNoPort) {
    RingBytes bytes(4'096);
    bytes.state({.time = 1, .pid = 0, .to = 10, .local_port = 80});
    bytes.state({.time = 2, .pid = 0xffff'ffff, .to = 10, .local_port = 80});
    bytes.state({.time = 3, .pid = 100, .to = 10, .local_port = 0});
    bytes.state({.time = 4, .pid = 0, .socket = kSocket});
    bytes.state({.time = 5, .pid = 9, .socket = kSocket, .from = 2, .to = 1, .local_port = 1});
    rings_ = {bytes.ring()};
    EXPECT_FALSE(merge());
    EXPECT_TRUE(batch_.sockets.empty());
}

// What a record says of its size, and what it holds.
struct Hostile {
    const char* what;
    std::uint32_t type;
    std::size_t size;
    std::size_t body_bytes;
    std::uint64_t unread;
};

TEST_F(PerfMerge, EndsWithBytesThatMakeNoSense) {
    const std::vector<Hostile> rows{
        {"shorter than its header", PERF_RECORD_SAMPLE, 1, 24, 1},
        {"longer than what there is", PERF_RECORD_SAMPLE, 65'535, 24, 1},
        {"a sample without its fields", PERF_RECORD_SAMPLE, 8, 0, 1},
        {"a sample without what it says", PERF_RECORD_SAMPLE, 32, 24, 1},
        {"a fork cut", PERF_RECORD_FORK, 24, 16, 1},
        {"an exit cut", PERF_RECORD_EXIT, 24, 16, 1},
        {"a name cut", PERF_RECORD_COMM, 24, 16, 1},
        {"a loss cut", PERF_RECORD_LOST, 24, 16, 1},
        {"lost samples cut", PERF_RECORD_LOST_SAMPLES, 16, 8, 1},
        {"a kind that we do not know", 99, 16, 8, 0},
    };
    for (const Hostile& row : rows) {
        RingBytes bytes(128);
        bytes.record(row.type, 0, std::vector<std::uint8_t>(row.body_bytes, 0xff), row.size);
        rings_ = {bytes.ring()};
        batch_.clear();
        EXPECT_FALSE(merge()) << row.what;
        EXPECT_EQ(batch_.unread, row.unread) << row.what;
        EXPECT_TRUE(batch_.sockets.empty()) << row.what;
        EXPECT_TRUE(batch_.processes.empty()) << row.what;
        EXPECT_EQ(rings_[0].window.tail, rings_[0].window.head) << row.what;
    }
}

TEST_F(PerfMerge, EndsWithPositionsThatMakeNoSense) {
    const std::vector<std::uint8_t> memory(128);
    for (const std::uint64_t head : {std::uint64_t{0}, std::uint64_t{4'096}}) {
        rings_ = {{.window = {.bytes = memory, .tail = 8, .head = head}}};
        batch_.clear();
        EXPECT_FALSE(merge());
        EXPECT_EQ(batch_.unread, 1U);
        EXPECT_EQ(rings_[0].window.tail, head);
    }
}

}  // namespace
}  // namespace flowgauge
