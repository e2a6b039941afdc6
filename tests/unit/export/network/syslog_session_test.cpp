#include "export/network/syslog_session.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <string>
#include <vector>

namespace flowgauge {
namespace {

class Messages final : public WireMessages {
public:
    void add(std::string_view message) override { all.emplace_back(message); }
    std::vector<std::string> all;
};

SyslogSession session_at_one_time() {
    SyslogOptions options;
    options.facility = 4;
    options.severity = 5;
    options.app_name = "flow gauge";
    options.host_name = "sensor.example.org";
    return SyslogSession(options, [] {
        return std::chrono::system_clock::time_point(std::chrono::microseconds(1'767'323'045'000'042
        ));
    });
}

std::string entry(const std::string& text) {
    return "<37>1 2026-01-02T03:04:05.000042Z sensor.example.org flow_gauge " +
           std::to_string(::getpid()) + " - - " + text;
}

TEST(SyslogSession, MakesOneEntryADatagram) {
    SyslogSession session = session_at_one_time();
    Messages out;
    session.begin(true);
    session.prepare(nullptr, SteadyTime(), out);
    session.put("{\"a\":1}\n", 1, out);
    session.put("{\"a\":\"\\n\"}\r\n", 1, out);
    ASSERT_EQ(out.all.size(), 2U);
    EXPECT_EQ(out.all[0], entry("{\"a\":1}"));
    EXPECT_EQ(out.all[1], entry("{\"a\":\"\\n\"}"));
}

TEST(SyslogSession, CountsOctetsInStreams) {
    SyslogSession session = session_at_one_time();
    Messages out;
    session.begin(false);
    session.prepare(nullptr, SteadyTime(), out);
    session.put("x\n", 1, out);
    ASSERT_EQ(out.all.size(), 1U);
    EXPECT_EQ(out.all[0], std::to_string(entry("x").size()) + " " + entry("x"));
}

TEST(SyslogSession, LeavesThePreambleOut) {
    SyslogSession session = session_at_one_time();
    Messages out;
    session.begin(true);
    session.prepare(make_preamble("id,src_ip\n").get(), SteadyTime(), out);
    EXPECT_TRUE(out.all.empty());
    EXPECT_EQ(session.next_repeat(), SteadyTime::max());
}

}  // namespace
}  // namespace flowgauge
