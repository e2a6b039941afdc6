#include "visibility/event_owners.h"

#include "tests/unit/visibility/processes/proc_tree.h"

#include <gtest/gtest.h>

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::string_view kCut = "a_name_of_more_";
constexpr std::string_view kLong = "a_name_of_more_than_fifteen";

CommText comm(std::string_view name) {
    CommText text{};
    name.copy(text.data(), text.size() - 1);
    return text;
}

// Processes of a tree began before this machine did; an event of one happens now.
SocketEvent event_of(std::int32_t pid, std::string_view name) {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    SocketEvent event;
    event.pid = pid;
    event.time = std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    event.name = comm(name);
    return event;
}

SocketEvent event_of(std::int32_t pid, std::string_view file_name, std::string_view path) {
    SocketEvent event = event_of(pid, file_name.substr(0, 15));
    event.program = std::make_shared<const Program>(Program{
        .name = event.name, .file_name = std::string(file_name), .path = std::string(path)});
    return event;
}

class EventOwnersTest : public testing::Test {
protected:
    EventOwnersTest() { owners_.begin_drain(); }

    // A process that /proc shows, with these texts.
    void add(std::int32_t pid, std::string_view name, const std::string& command_line) {
        tree_.add(pid, 0);
        const std::string number = std::to_string(pid);
        tree_.write(number + "/stat", test::stat_line(pid, name, 1, 0));
        tree_.write(number + "/cmdline", command_line);
        tree_.link(number + "/exe", "/bin/of_proc");
    }

    test::ProcTree tree_;
    ProcRoot root_ = std::move(ProcRoot::open(tree_.path()).value());
    CgroupDirectory cgroups_{tree_.path() + "/cgroup"};
    UserNames users_{[](std::uint32_t) {
        return std::optional<std::string>("user");
    }};
    ProcessCache cache_{root_, cgroups_, users_};
    EventOwners owners_{root_, cache_};
};

TEST_F(EventOwnersTest, GivesTheWholeNameAndTheProgramOfAProcessThatIsGone) {
    const EventOwner found = owners_.find(event_of(10, kLong, "/opt/a_name_of_more_than_fifteen"));
    EXPECT_EQ(found.owner->pid, 10);
    EXPECT_EQ(found.owner->name, kLong);
    EXPECT_EQ(found.owner->executable, "/opt/a_name_of_more_than_fifteen");
    const EventOwner cut = owners_.find(event_of(11, kCut));
    EXPECT_EQ(cut.owner->name, kCut);
    EXPECT_EQ(cut.owner->executable, "");
}

// What /proc says of the name and the first argument, what an event says, and whether both may be
// of one process.
struct Names {
    const char* what;
    std::string known;
    std::string argument;
    std::string told_name;
    std::string told_file;
    bool same;
};

TEST_F(EventOwnersTest, RecognisesTheProcessThatActedByWhatTheKernelKept) {
    const std::string cut(kCut);
    const std::string whole(kLong);
    const std::string half = "na\xc3\xafve_but_cut\xc3";
    const std::vector<Names> rows{
        {"both whole", cut, whole, cut, whole, true},
        {"the event's is cut", cut, whole, cut, "", true},
        {"that of /proc is cut", cut, "bash", cut, whole, true},
        {"a title behind it", cut, whole + ": x", cut, whole, true},
        {"a twin of it", cut, "a_name_of_more_or_less", cut, whole, false},
        {"another", "curl", "curl", cut, whole, false},
        {"the event's is not told", "curl", "curl", "", "", true},
        {"short and the beginning", "curling", "curling", "curl", "", false},
        {"cut within a character", half, half + "\xaf_more", half, "", true},
        {"of /proc cut within one", half, "bash", half, half + "\xaf_more", true},
    };
    std::int32_t pid = 100;
    for (const Names& row : rows) {
        ++pid;
        add(pid, row.known, row.argument + std::string("\0-x\0", 4));
        SocketEvent event = event_of(pid, row.told_name);
        if (!row.told_file.empty()) {
            event.program = std::make_shared<const Program>(Program{
                .name = event.name, .file_name = row.told_file, .path = "/told"});
        }
        const EventOwner found = owners_.find(event);
        EXPECT_EQ(found.owner->executable == "/bin/of_proc", row.same)
            << row.what << ": " << found.owner->name << " " << found.owner->executable;
    }
}

// Its arguments, and then its program, are gone before it is.
TEST_F(EventOwnersTest, KeepsTheWholeNameOfAProcessThatIsEnding) {
    const std::string path = "/opt/" + std::string(kLong);
    add(10, kCut, "");
    tree_.link("10/exe", path);
    EXPECT_EQ(owners_.find(event_of(10, kLong, path)).owner->name, kLong);
    tree_.add(11, 0);
    tree_.write("11/stat", test::stat_line(11, kCut, 1, 0));
    tree_.write("11/cmdline", "");
    tree_.write("11/status", "Uid:\t7\t7\t7\t7\n");
    const EventOwner found = owners_.find(event_of(11, kLong, path));
    EXPECT_EQ(found.owner->name, kLong);
    EXPECT_EQ(found.owner->executable, path);
    EXPECT_EQ(found.owner->uid, 7) << "what /proc tells stays";
}

// Where its socket is found it has that name too, and one process has one name.
TEST_F(EventOwnersTest, CutsTheNameOfAProcessWithOtherArgumentsAsTheyAre) {
    const std::string path = "/opt/" + std::string(kLong);
    add(10, kCut, "other" + std::string(1, '\0'));
    tree_.link("10/exe", path);
    const EventOwner found = owners_.find(event_of(10, kLong, path));
    EXPECT_EQ(found.owner->name, kCut);
    EXPECT_EQ(found.owner, cache_.find(10));
}

TEST_F(EventOwnersTest, LooksAgainAtAProcessThatRunsATwinOfItsProgramNow) {
    add(10, kCut, std::string(kLong) + std::string(1, '\0'));
    EXPECT_EQ(owners_.find(event_of(10, kLong, "/told")).owner->name, kLong);
    const std::string twin = "a_name_of_more_or_less";
    add(10, kCut, twin + std::string(1, '\0'));
    const EventOwner found = owners_.find(event_of(10, twin, "/told"));
    EXPECT_EQ(found.owner->name, twin);
    EXPECT_EQ(found.owner->executable, "/bin/of_proc");
}

}  // namespace
}  // namespace flowgauge
