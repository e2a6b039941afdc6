#include "visibility/events/tracepoint.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

namespace fs = std::filesystem;

// As Linux 6.18 writes it, and 4.16 but for the protocol.
constexpr std::string_view kFormat = R"(name: inet_sock_set_state
ID: 2287
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
	field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:const void * skaddr;	offset:8;	size:8;	signed:0;
	field:int oldstate;	offset:16;	size:4;	signed:1;
	field:int newstate;	offset:20;	size:4;	signed:1;
	field:__u16 sport;	offset:24;	size:2;	signed:0;
	field:__u16 dport;	offset:26;	size:2;	signed:0;
	field:__u16 family;	offset:28;	size:2;	signed:0;
	field:__u16 protocol;	offset:30;	size:2;	signed:0;
	field:__u8 saddr[4];	offset:32;	size:4;	signed:0;
	field:__u8 daddr[4];	offset:36;	size:4;	signed:0;
	field:__u8 saddr_v6[16];	offset:40;	size:16;	signed:0;
	field:__u8 daddr_v6[16];	offset:56;	size:16;	signed:0;

print fmt: "family=%s protocol=%s sport=%hu", REC->family
)";

std::string replaced(const std::string& what, const std::string& by) {
    std::string text(kFormat);
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, what.size(), by);
}

TEST(StateChangeLayout, IsWhatTheKernelDescribes) {
    const auto layout = read_state_change_layout(kFormat);
    ASSERT_TRUE(layout);
    EXPECT_EQ(layout.value(), StateChangeLayout{});
}

TEST(StateChangeLayout, FollowsFieldsThatMove) {
    const auto layout = read_state_change_layout(
        replaced("daddr_v6[16];	offset:56;", "daddr_v6[16];	offset:88;")
    );
    ASSERT_TRUE(layout);
    EXPECT_EQ(layout.value().destination_v6, 88);
    EXPECT_EQ(layout.value().bytes, 104);
}

TEST(StateChangeLayout, RefusesWhatIsNotUnderstoodAndNamesIt) {
    const std::array rows{
        std::pair{replaced("newstate;", "next_state;"), "newstate"},
        std::pair{
            replaced("sport;	offset:24;	size:2;", "sport;	offset:24;	size:4;"),
            "sport"},
        std::pair{replaced("skaddr;	offset:8;", "skaddr;	offset:65000;"), "skaddr"},
        std::pair{replaced("saddr[4];	offset:32;", "saddr[4];	"), "saddr"},
        std::pair{std::string(), "skaddr"},
    };
    for (const auto& [text, field] : rows) {
        auto layout = read_state_change_layout(text);
        ASSERT_FALSE(layout) << field;
        EXPECT_NE(layout.error().message.find(std::string(" field ") + field), std::string::npos);
    }
}

// As Linux 6.18 writes them.
constexpr std::string_view kPrepareFormat = R"(name: sched_prepare_exec
ID: 364
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;

	field:__data_loc char[] interp;	offset:8;	size:4;	signed:0;
	field:__data_loc char[] filename;	offset:12;	size:4;	signed:0;
	field:pid_t pid;	offset:16;	size:4;	signed:1;
	field:__data_loc char[] comm;	offset:20;	size:4;	signed:0;
)";
constexpr std::string_view kProcessFormat = R"(name: sched_process_exec
ID: 365
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;

	field:__data_loc char[] filename;	offset:8;	size:4;	signed:0;
	field:pid_t pid;	offset:12;	size:4;	signed:1;
	field:pid_t old_pid;	offset:16;	size:4;	signed:1;
)";

TEST(ProgramLayout, HasWhatInterpretsWhereTheKernelTellsIt) {
    const auto prepare = read_program_layout(364, kPrepareFormat);
    ASSERT_TRUE(prepare);
    EXPECT_EQ(prepare.value(), (ProgramLayout{.type = 364, .file = 12, .path = 8, .bytes = 16}));
    const auto process = read_program_layout(365, kProcessFormat);
    ASSERT_TRUE(process);
    EXPECT_EQ(process.value(), (ProgramLayout{.type = 365, .file = 8, .path = 8, .bytes = 12}));
    EXPECT_FALSE(read_program_layout(364, kFormat));
}

class TracingDirectory : public testing::Test {
protected:
    void SetUp() override {
        std::array<char, 32> pattern{"/tmp/flowgauge_tracingXXXXXX"};
        root_ = ::mkdtemp(pattern.data());
    }
    void TearDown() override { fs::remove_all(root_); }

    void write(const std::string& name, std::string_view text) const {
        describe("sock/inet_sock_set_state", name, text);
    }
    void describe(const std::string& tracepoint, const std::string& name, std::string_view text)
        const {
        const fs::path directory = root_ / "events" / tracepoint;
        fs::create_directories(directory);
        std::ofstream(directory / name) << text;
    }
    Result<Tracepoints> find() { return find_tracepoints({root_ / "nowhere", root_}, notes_); }
    [[nodiscard]] std::string message() {
        auto found = find();
        return found ? "found" : found.error().message;
    }

    fs::path root_;
    std::vector<std::string> notes_;
};

TEST_F(TracingDirectory, GivesNumberAndLayoutFromTheFirstThatIsMounted) {
    write("id", "2287\n");
    write("format", kFormat);
    describe("sched/sched_process_exec", "id", "365\n");
    describe("sched/sched_process_exec", "format", kProcessFormat);
    auto found = find();
    ASSERT_TRUE(found);
    EXPECT_EQ(found.value().state_change, 2287U);
    EXPECT_EQ(found.value().layouts.state_change, StateChangeLayout{});
    EXPECT_EQ(found.value().program, 365U);
    EXPECT_EQ(found.value().layouts.program.type, 365);
    // The other of them tells more.
    describe("sched/sched_prepare_exec", "id", "364\n");
    describe("sched/sched_prepare_exec", "format", kPrepareFormat);
    found = find();
    ASSERT_TRUE(found);
    EXPECT_EQ(found.value().program, 364U);
    EXPECT_EQ(found.value().layouts.program.type, 364);
    EXPECT_TRUE(notes_.empty());
}

TEST_F(TracingDirectory, GoesOnWithoutProgramsAndSaysWhatIsMissing) {
    write("id", "2287\n");
    write("format", kFormat);
    auto found = find();
    ASSERT_TRUE(found);
    EXPECT_EQ(found.value().program, 0U);
    ASSERT_EQ(notes_.size(), 1U);
    EXPECT_NE(notes_[0].find("sched_process_exec"), std::string::npos) << notes_[0];
    describe("sched/sched_process_exec", "id", "365\n");
    describe("sched/sched_process_exec", "format", "field:pid_t pid;	offset:12;	size:4;");
    found = find();
    ASSERT_TRUE(found);
    EXPECT_EQ(found.value().layouts.program.type, 0);
    ASSERT_EQ(notes_.size(), 2U);
    EXPECT_NE(notes_[1].find("no field filename"), std::string::npos) << notes_[1];
}

TEST_F(TracingDirectory, SaysHowToMountWhatIsNot) {
    EXPECT_NE(message().find("mount -t tracefs"), std::string::npos) << message();
}

TEST_F(TracingDirectory, SaysThatTheKernelHasNoSuchTracepoint) {
    fs::create_directories(root_ / "events/sock");
    EXPECT_NE(message().find("4.16"), std::string::npos) << message();
}

TEST_F(TracingDirectory, SaysWhatIsNoNumber) {
    write("id", "many\n");
    write("format", kFormat);
    EXPECT_NE(message().find("no number"), std::string::npos) << message();
}

}  // namespace
}  // namespace flowgauge
