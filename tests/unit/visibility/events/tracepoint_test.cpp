#include "visibility/events/tracepoint.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

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

class TracingDirectory : public testing::Test {
protected:
    void SetUp() override {
        std::array<char, 32> pattern{"/tmp/flowgauge_tracingXXXXXX"};
        root_ = ::mkdtemp(pattern.data());
    }
    void TearDown() override { fs::remove_all(root_); }

    void write(const std::string& name, std::string_view text) const {
        const fs::path directory = root_ / "events/sock/inet_sock_set_state";
        fs::create_directories(directory);
        std::ofstream(directory / name) << text;
    }
    [[nodiscard]] std::string message() const {
        auto found = find_state_change({root_ / "nowhere", root_});
        return found ? "found" : found.error().message;
    }

    fs::path root_;
};

TEST_F(TracingDirectory, GivesNumberAndLayoutFromTheFirstThatIsMounted) {
    write("id", "2287\n");
    write("format", kFormat);
    const auto found = find_state_change({root_ / "nowhere", root_});
    ASSERT_TRUE(found);
    EXPECT_EQ(found.value().id, 2287U);
    EXPECT_EQ(found.value().layout, StateChangeLayout{});
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
