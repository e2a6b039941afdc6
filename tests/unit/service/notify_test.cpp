#include "service/notify.h"

#include "core/base/file_descriptor.h"
#include "core/base/format.h"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>

namespace flowgauge {
namespace {

// One thread, so nobody reads the environment meanwhile.
void set_variable(const char* name, const std::string& value) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): see above
    ::setenv(name, value.c_str(), 1);
}

void unset_variable(const char* name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): see above
    ::unsetenv(name);
}

// A socket in the place of systemd's, of the abstract names, so that no file remains.
class Notify : public ::testing::Test {
protected:
    void SetUp() override {
        const std::string name = format("flowgauge-notify-test-{}", ::getpid());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path + 1, name.data(), name.size());
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
        socket_ = FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        ASSERT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
        set_variable("NOTIFY_SOCKET", "@" + name);
    }
    void TearDown() override {
        unset_variable("NOTIFY_SOCKET");
        unset_variable("WATCHDOG_USEC");
        unset_variable("WATCHDOG_PID");
    }

    // The next message, or nothing.
    [[nodiscard]] std::string received() const {
        std::array<char, 4096> buffer{};
        const ssize_t count = ::read(socket_.get(), buffer.data(), buffer.size());
        return count < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(count));
    }

private:
    FileDescriptor socket_;
};

TEST_F(Notify, SaysReadyStoppingAndAlive) {
    notify_ready();
    notify_watchdog();
    notify_stopping();
    EXPECT_EQ(received(), "READY=1");
    EXPECT_EQ(received(), "WATCHDOG=1");
    EXPECT_EQ(received(), "STOPPING=1");
    EXPECT_EQ(received(), "");
}

TEST_F(Notify, SaysWhenAReloadBegan) {
    const auto microseconds_now = [] {
        return std::chrono::duration_cast<std::chrono::microseconds>(
                   std::chrono::steady_clock::now().time_since_epoch()
        )
            .count();
    };
    const std::string prefix = "RELOADING=1\nMONOTONIC_USEC=";
    const auto before = microseconds_now();
    notify_reloading();
    const auto after = microseconds_now();
    const std::string message = received();
    ASSERT_TRUE(message.starts_with(prefix)) << message;
    std::int64_t time = 0;
    std::from_chars(message.data() + prefix.size(), message.data() + message.size(), time);
    EXPECT_GE(time, before);
    EXPECT_LE(time, after);
}

TEST_F(Notify, KeepsTheStatusOneAssignment) {
    notify_status("capturing eth0\nREADY=1");
    EXPECT_EQ(received(), "STATUS=capturing eth0 READY=1");
}

TEST_F(Notify, DoesNothingWithoutSystemd) {
    unset_variable("NOTIFY_SOCKET");
    notify_ready();
    EXPECT_EQ(received(), "");
}

TEST_F(Notify, KnowsTheWatchdogOfThisProcessOnly) {
    EXPECT_EQ(watchdog_period(), std::nullopt);
    set_variable("WATCHDOG_USEC", "30000000");
    EXPECT_EQ(watchdog_period(), std::chrono::seconds(30));
    set_variable("WATCHDOG_PID", std::to_string(::getpid()));
    EXPECT_EQ(watchdog_period(), std::chrono::seconds(30));
    set_variable("WATCHDOG_PID", "1");
    EXPECT_EQ(watchdog_period(), std::nullopt);
}

}  // namespace
}  // namespace flowgauge
