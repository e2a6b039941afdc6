// OwnerResolver over made trees: what the kernel does not do on request. owner_live_test.cpp has
// real processes.
#include "visibility/processes/owner_resolver.h"

#include "tests/unit/visibility/processes/proc_tree.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace flowgauge {
namespace {

// Each look at it takes a millisecond.
std::int64_t made_clock() {
    static std::int64_t now = 0;
    return now += 1'000'000;
}

class OwnerResolverTest : public testing::Test {
protected:
    // The tree must have what is to be there from the start.
    void open(OwnerOptions options = {}) {
        root_ = std::make_unique<ProcRoot>(std::move(ProcRoot::open(tree_.path()).value()));
        list_ = std::make_unique<ProcessList>(*root_);
        resolver_ = std::make_unique<OwnerResolver>(*root_, nullptr, options);
    }

    void poll(const std::vector<std::uint64_t>& inodes, std::int64_t budget_ns = 0) {
        std::vector<SocketInode> alive;
        alive.reserve(inodes.size());
        for (const std::uint64_t inode : inodes) {
            alive.push_back({.inode = inode});
        }
        ASSERT_TRUE(list_->poll());
        resolver_->resolve(*list_, alive, budget_ns);
    }

    [[nodiscard]] std::int32_t owner(std::uint64_t inode) const {
        return resolver_->owner_of(inode).process.pid;
    }
    [[nodiscard]] OwnerSearch search(std::uint64_t inode) const {
        return resolver_->owner_of(inode).search;
    }
    [[nodiscard]] const OwnerCounters& counters() const { return resolver_->counters(); }

    test::ProcTree tree_;
    std::unique_ptr<ProcRoot> root_;
    std::unique_ptr<ProcessList> list_;
    std::unique_ptr<OwnerResolver> resolver_;
};

TEST_F(OwnerResolverTest, ReadsNothingAgainWhenNothingIsNew) {
    tree_.add(10, 5);
    tree_.hold(10, 77);
    open();
    poll({77});
    EXPECT_EQ(owner(77), 10);
    EXPECT_EQ(resolver_->owner_of(77).process.start_time, 5U);
    const std::uint64_t links = counters().links_read;
    for (int i = 0; i < 5; ++i) {
        poll({77, 0});
    }
    EXPECT_EQ(counters().links_read, links);
    EXPECT_EQ(owner(77), 10);
    EXPECT_EQ(search(78), OwnerSearch::kPending);
}

TEST_F(OwnerResolverTest, AsksTheKernelForWhatNoDescriptorShows) {
    for (const std::int32_t pid : {10, 20, 30}) {
        tree_.add(pid, static_cast<std::uint64_t>(pid));
    }
    int asked = 0;
    bool complete = false;
    OwnerOptions options;
    options.ask_kernel = [&](std::vector<SocketHolder>& holders) {
        ++asked;
        holders.push_back({.inode = 77, .process = {.pid = 30, .start_time = 30}});
        holders.push_back({.inode = 77, .process = {.pid = 20, .start_time = 20}});
        holders.push_back({.inode = 77, .process = {.pid = 99, .start_time = 1}});   // gone by now
        holders.push_back({.inode = 79, .process = {.pid = 10, .start_time = 10}});  // not listed
        return complete;
    };
    open(options);
    poll({77, 78});
    EXPECT_EQ(asked, 0);  // it may be closed by the next poll
    poll({77, 78});
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(owner(77), 20);
    EXPECT_EQ(search(78), OwnerSearch::kNobody);  // it broke off, but all were read by hint
    complete = true;
    poll({77, 78, 80});
    tree_.add(40, 40);  // where nobody has looked
    poll({77, 78, 80});
    EXPECT_EQ(search(80), OwnerSearch::kNobody);
    EXPECT_EQ(counters().scans_full, 0U);
    const int before = asked;
    poll({77, 78, 80});
    EXPECT_EQ(asked, before);  // nobody's for a while
}

TEST_F(OwnerResolverTest, GivesASharedSocketToTheProcessThatStartedFirst) {
    for (const auto& [pid, start] : {std::pair{40, 9}, {20, 4}, {30, 3}, {50, 3}}) {
        tree_.add(pid, static_cast<std::uint64_t>(start));
        tree_.hold(pid, 77);
    }
    open();
    for (const std::int32_t expected : {30, 50, 20, 40}) {
        poll({77});
        poll({77});
        EXPECT_EQ(owner(77), expected);
        tree_.remove(expected);
    }
    poll({77});
    poll({77});
    EXPECT_EQ(search(77), OwnerSearch::kNobody);
}

TEST_F(OwnerResolverTest, ReadsAllForTheNextOwnerAlsoWhenTheHintFindsALaterOne) {
    for (const std::int32_t pid : {20, 30, 40}) {
        tree_.add(pid, static_cast<std::uint64_t>(pid));
        tree_.hold(pid, 77);
    }
    open();
    poll({77});
    EXPECT_EQ(owner(77), 20);
    tree_.remove(20);
    tree_.hold(40, 78);
    poll({77});
    poll({77});
    EXPECT_EQ(owner(77), 30);
    const std::uint64_t links = counters().links_read;
    poll({77});
    EXPECT_EQ(counters().links_read, links);
}

TEST_F(OwnerResolverTest, FindsByHintAlone) {
    for (int pid = 10; pid < 40; ++pid) {
        tree_.add(pid, 5);
    }
    open();
    if (!list_->counts_descriptors()) {
        GTEST_SKIP() << "sizes of directories do not tell how much is in them here";
    }
    tree_.hold(12, 70);
    poll({70});
    const OwnerCounters before = counters();
    tree_.hold(33, 77);
    poll({70, 77});
    EXPECT_EQ(owner(77), 33);
    EXPECT_EQ(counters().scans_by_hint, before.scans_by_hint + 1);
    EXPECT_EQ(counters().scans_recent, before.scans_recent);
    EXPECT_EQ(counters().scans_full, before.scans_full);
}

TEST_F(OwnerResolverTest, FindsBehindAnEqualCountAmongTheRecentOnes) {
    tree_.add(10, 5);
    tree_.add(11, 5);
    tree_.hold(10, 77);
    open();
    poll({77});
    tree_.drop(10, 77);
    tree_.hold(10, 78);
    poll({78});
    EXPECT_EQ(owner(78), 10);
    EXPECT_EQ(counters().scans_recent, 1U);
    EXPECT_EQ(counters().scans_full, 0U);
}

TEST_F(OwnerResolverTest, FindsBehindAnEqualCountAmongAllWhenASecondPollSeesTheSocket) {
    tree_.add(10, 5);
    tree_.add(11, 5);
    tree_.hold(10, 77);
    open();
    if (!list_->counts_descriptors()) {
        GTEST_SKIP() << "sizes of directories do not tell how much is in them here";
    }
    poll({});
    poll({5});  // read once, and no sockets of ours in them
    poll({5});
    tree_.drop(10, 77);
    tree_.hold(10, 78);
    poll({78});
    EXPECT_EQ(search(78), OwnerSearch::kPending);
    poll({78});
    EXPECT_EQ(owner(78), 10);
    EXPECT_GT(counters().scans_full, 0U);
}

TEST_F(OwnerResolverTest, LooksAtTheParentOfANewHolder) {
    tree_.add(10, 5);
    tree_.hold(10, 70);
    open();
    poll({70});
    poll({});  // forgotten after this
    tree_.drop(10, 70);
    tree_.hold(10, 77);
    tree_.add(20, 9, 10);
    tree_.hold(20, 77);
    poll({77});
    EXPECT_EQ(owner(77), 10);
}

TEST_F(OwnerResolverTest, SearchesForNobodysSocketsLessAndLessOften) {
    tree_.add(10, 5);
    open();
    poll({77});
    poll({77});
    EXPECT_EQ(search(77), OwnerSearch::kNobody);
    EXPECT_EQ(counters().negative, 1U);
    std::vector<std::uint64_t> searches;
    std::uint64_t links = counters().links_read;
    for (std::uint64_t i = 1; i <= 100; ++i) {
        // Something changes each time, so that only the back-off holds the search back.
        tree_.hold(10, 1'000 + i);
        poll({77});
        EXPECT_EQ(search(77), OwnerSearch::kNobody);
        if (counters().links_read != links) {
            searches.push_back(i);
            links = counters().links_read;
        }
    }
    EXPECT_EQ(searches, (std::vector<std::uint64_t>{1, 3, 7, 15, 31, 63, 95}));
}

TEST_F(OwnerResolverTest, DoesNotSearchAgainWhileNoCountChanges) {
    tree_.add(10, 5);
    open();
    if (!list_->counts_descriptors()) {
        GTEST_SKIP() << "sizes of directories do not tell how much is in them here";
    }
    poll({77});
    poll({77});
    const std::uint64_t links = counters().links_read;
    for (int i = 0; i < 100; ++i) {
        poll({77});
    }
    EXPECT_EQ(counters().links_read, links);
    tree_.hold(10, 77);
    poll({77});
    poll({77});
    EXPECT_EQ(owner(77), 10);
}

TEST_F(OwnerResolverTest, StopsWhenTheTimeIsSpentAndGoesOnThere) {
    constexpr std::uint64_t kProcesses = 50;
    std::vector<std::uint64_t> inodes;
    for (std::uint64_t i = 0; i < kProcesses; ++i) {
        const auto pid = static_cast<std::int32_t>(10 + i);
        tree_.add(pid, 5);
        tree_.hold(pid, 100 + i);
        inodes.push_back(100 + i);
    }
    open({.cpu_clock = made_clock});
    int polls = 0;
    for (std::uint64_t last = 0; last < kProcesses; ++polls) {
        ASSERT_LT(polls, 200);
        const std::uint64_t scans = counters().scans_by_hint + counters().scans_full;
        poll(inodes, 10'000'000);
        EXPECT_LE(counters().scans_by_hint + counters().scans_full - scans, 11U);
        last = kProcesses - counters().pending;
    }
    EXPECT_GE(polls, 5);
    EXPECT_GE(counters().budget_spent, 4U);
    for (std::uint64_t i = 0; i < kProcesses; ++i) {
        EXPECT_EQ(owner(100 + i), static_cast<std::int32_t>(10 + i));
    }
    // Each once, and process 1.
    EXPECT_LE(counters().scans_by_hint + counters().scans_full, kProcesses + 1);
}

TEST_F(OwnerResolverTest, StopsWithinAProcessAndGoesOnThere) {
    constexpr std::uint64_t kSockets = 2'000;
    tree_.add(10, 5);
    std::vector<std::uint64_t> inodes;
    for (std::uint64_t i = 0; i < kSockets; ++i) {
        tree_.hold(10, 1'000 + i);
        inodes.push_back(1'000 + i);
    }
    open({.cpu_clock = made_clock});
    int polls = 0;
    do {
        ASSERT_LT(++polls, 100);
        const std::uint64_t links = counters().links_read;
        poll(inodes, 1);
        EXPECT_LE(counters().links_read - links, OwnerScan::kLinksBetweenChecks);
    } while (counters().pending > 0);
    EXPECT_GE(polls, 7);
    EXPECT_EQ(owner(1'000 + kSockets - 1), 10);
    EXPECT_LE(counters().links_read, kSockets + 2);
}

TEST_F(OwnerResolverTest, ConcludesUnderABudgetToo) {
    for (std::int32_t pid = 10; pid < 40; ++pid) {
        tree_.add(pid, 5);
    }
    open({.cpu_clock = made_clock});
    int polls = 0;
    std::uint64_t inode = 1'000;
    do {
        ASSERT_LT(++polls, 300);
        poll({77, ++inode}, 5'000'000);  // there is always one more that is new
    } while (search(77) == OwnerSearch::kPending);
    EXPECT_EQ(search(77), OwnerSearch::kNobody);
}

TEST_F(OwnerResolverTest, BoundsInodesAndLinks) {
    tree_.add(10, 5);
    std::vector<std::uint64_t> inodes;
    for (std::uint64_t i = 0; i < 600; ++i) {
        tree_.hold(10, 1'000 + i);
        inodes.push_back(1'000 + i);
    }
    open({.inodes_max = 500, .links_max = 256});
    poll(inodes);
    EXPECT_EQ(counters().inodes_left_out, 100U);
    EXPECT_EQ(counters().links_left_out, 1U);
    EXPECT_LE(counters().links_read, 300U);
    EXPECT_GE(counters().pending, 500U - 256U);
    poll({});
    poll({1'599});  // room again
    EXPECT_EQ(counters().inodes_left_out, 100U);
}

TEST_F(OwnerResolverTest, NoticesThatAPidIsAnotherProcess) {
    tree_.add(10, 5);
    tree_.hold(10, 77);
    open();
    poll({77});
    EXPECT_EQ(resolver_->owner_of(77).process, (ProcessIdentity{.pid = 10, .start_time = 5}));
    tree_.remove(10);
    tree_.add(10, 900);
    tree_.add(11, 800);
    tree_.hold(11, 77);
    poll({77});
    poll({77});
    EXPECT_EQ(resolver_->owner_of(77).process, (ProcessIdentity{.pid = 11, .start_time = 800}));
    EXPECT_EQ(counters().pids_reused, 1U);
    tree_.remove(11);
    tree_.add(11, 950);
    tree_.hold(11, 77);  // inherited or received: the socket is the same
    poll({77});
    poll({77});
    EXPECT_EQ(resolver_->owner_of(77).process, (ProcessIdentity{.pid = 11, .start_time = 950}));
}

TEST_F(OwnerResolverTest, NoticesReuseAlsoWhenOnlyItsScanTells) {
    for (std::int32_t pid = 10; pid < 30; ++pid) {
        tree_.add(pid, 5);
        tree_.hold(pid, 100 + static_cast<std::uint64_t>(pid));
    }
    open();
    std::vector<std::uint64_t> inodes;
    for (std::uint64_t inode = 110; inode < 130; ++inode) {
        inodes.push_back(inode);
    }
    poll(inodes);
    tree_.remove(29);
    tree_.add(29, 77);
    tree_.hold(29, 500);
    tree_.hold(29, 129);
    inodes.push_back(500);
    poll(inodes);
    poll(inodes);
    EXPECT_EQ(resolver_->owner_of(129).process, (ProcessIdentity{.pid = 29, .start_time = 77}));
    EXPECT_EQ(counters().pids_reused, 1U);
}

TEST_F(OwnerResolverTest, ReadsThreadsOfAProcessWhoseFirstHasExited) {
    tree_.add(10, 5);
    std::filesystem::remove(tree_.path() + "/10/fd/0");
    tree_.link("10/task/12/fd/3", "socket:[77]");
    open();
    poll({77});
    EXPECT_EQ(owner(77), 10);
    EXPECT_EQ(resolver_->owner_of(77).process.start_time, 5U);
}

TEST_F(OwnerResolverTest, ReadsThreadsWhenNoProcessHoldsIt) {
    tree_.add(10, 5);
    tree_.link("10/task/12/fd/3", "socket:[77]");
    open({.thread_links_max = 1});
    poll({77, 78});
    EXPECT_EQ(search(77), OwnerSearch::kPending);
    poll({77, 78});
    EXPECT_EQ(owner(77), 10);
    EXPECT_EQ(search(78), OwnerSearch::kNobody);
    EXPECT_GE(counters().scans_of_threads, 1U);
}

TEST_F(OwnerResolverTest, PassesOverWhatVanishedOrIsNotWhatItShouldBe) {
    tree_.write("20/fd", "a file");
    tree_.link("21", "/nowhere");
    tree_.write("22", "a file");
    tree_.add(23, 5);
    std::filesystem::remove_all(tree_.path() + "/23/fd");
    tree_.add(24, 5);
    tree_.write("24/fd/9", "no link");
    tree_.add(25, 5);
    std::filesystem::remove(tree_.path() + "/25/stat");  // it ends while it is read
    tree_.hold(25, 78);
    tree_.add(26, 5);
    tree_.hold(26, 77);
    for (const char* name : {"99999999999", "-5", "0", "1x", "x1"}) {
        tree_.write(std::string(name) + "/fd/1", "");
    }
    open();
    poll({77, 78});
    poll({77, 78});
    EXPECT_EQ(owner(77), 26);
    EXPECT_NE(search(78), OwnerSearch::kFound);
    EXPECT_GT(counters().vanished, 0U);
    EXPECT_GT(counters().denied, 0U);
    EXPECT_EQ(list_->pids().size(), 8U);
}

TEST_F(OwnerResolverTest, SaysDeniedWhereProcessesAreHidden) {
    tree_.remove(1);
    tree_.add(10, 5);
    open();
    poll({77});
    poll({77});
    EXPECT_EQ(search(77), OwnerSearch::kDenied);
    EXPECT_NE(list_->note(), "");
}

TEST(ProcessList, TellsWhatCameAndWentAndWhatIsTooMuch) {
    test::ProcTree tree;
    for (const std::int32_t pid : {300, 20, 1'000}) {
        tree.add(pid, 5);
    }
    const ProcRoot root = std::move(ProcRoot::open(tree.path()).value());
    ProcessList list(root, 4);
    ASSERT_TRUE(list.poll());
    EXPECT_EQ(
        std::vector(list.pids().begin(), list.pids().end()), (std::vector{1, 20, 300, 1'000})
    );
    EXPECT_EQ(list.appeared().size(), 4U);
    EXPECT_FALSE(list.hides());
    tree.remove(20);
    tree.add(30, 5);
    ASSERT_TRUE(list.poll());
    EXPECT_EQ(std::vector(list.appeared().begin(), list.appeared().end()), std::vector{30});
    EXPECT_EQ(std::vector(list.gone().begin(), list.gone().end()), std::vector{20});
    tree.add(40, 5);
    ASSERT_TRUE(list.poll());
    EXPECT_EQ(list.pids().size(), 4U);
    EXPECT_EQ(list.left_out(), 1U);
}

TEST(ProcRoot, SaysWhatIsMissing) {
    Result<ProcRoot> root = ProcRoot::open("/nowhere/proc");
    ASSERT_FALSE(root);
    EXPECT_EQ(
        root.error().message,
        "cannot open /nowhere/proc: No such file or directory; processes are known from a mounted "
        "procfs"
    );
}

}  // namespace
}  // namespace flowgauge
