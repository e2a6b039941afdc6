#include "service/log.h"

#include "core/base/file_descriptor.h"
#include "core/base/format.h"
#include "service/journal.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace flowgauge {
namespace {

// What `action` writes to standard error.
std::string standard_error_of(const std::function<void()>& action) {
    ::testing::internal::CaptureStderr();
    action();
    return ::testing::internal::GetCapturedStderr();
}

std::size_t occurrences(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

TEST(Log, WritesALineOfTextWithoutJournal) {
    set_log_options({.format = LogFormat::kText});
    EXPECT_EQ(
        standard_error_of([] {
            log_info("ready", {{"EVENT", "ready"}});
        }),
        "flowgauge: ready\n"
    );
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
    set_log_options({.level = Severity::kWarning, .format = LogFormat::kText});
    EXPECT_EQ(
        standard_error_of([] {
            log_error("an error");
            log_warning("a warning");
            log_info("not this");
            log_message(Severity::kDebug, "nor this");
        }),
        "flowgauge: an error\nflowgauge: a warning\n"
    );
}

void storm() {
    for (int i = 0; i < 500; ++i) {
        log_info(format("storm {} of many", i));
    }
}

TEST(Log, WritesOrCountsEveryMessage) {
    set_log_options({.format = LogFormat::kText, .rate_limit = 5});
    const std::uint64_t before = messages_suppressed();
    const std::string written = standard_error_of([] {
        std::thread other(storm);
        storm();
        other.join();
    });
    const std::uint64_t left_out = messages_suppressed() - before;
    const std::size_t reports = occurrences(written, " more like it left out");
    EXPECT_EQ(occurrences(written, "flowgauge: storm ") - reports + left_out, 1000U);
    EXPECT_GE(occurrences(written, "flowgauge: storm "), 5U);
    EXPECT_GT(left_out, 0U);
}

TEST(Log, KeepsRecentErrorsAndWarningsNewestFirst) {
    set_log_options({.level = Severity::kError, .format = LogFormat::kText});
    static_cast<void>(standard_error_of([] {
        log_error("the disk is full");
        log_error("the disk is full");
        log_warning("eth0 is down");
        log_info("not kept");
    }));
    const std::vector<LoggedMessage> recent = recent_messages();
    ASSERT_GE(recent.size(), 2U);
    EXPECT_EQ(recent[0].text, "eth0 is down");
    EXPECT_EQ(recent[0].severity, Severity::kWarning);
    EXPECT_EQ(recent[0].times, 1U);
    EXPECT_EQ(recent[1].text, "the disk is full");
    EXPECT_EQ(recent[1].times, 2U);
    EXPECT_GE(recent[0].time_ms, recent[1].time_ms);
}

TEST(Log, KeepsTwentyRecentMessages) {
    set_log_options({.format = LogFormat::kText, .rate_limit = 1});
    static_cast<void>(standard_error_of([] {
        for (int i = 0; i < 100; ++i) {
            log_error(format("error {}", i));
        }
    }));
    const std::vector<LoggedMessage> recent = recent_messages();
    ASSERT_EQ(recent.size(), 20U);
    EXPECT_EQ(recent.front().text, "error 99");
    EXPECT_EQ(recent.back().text, "error 80");
}

TEST(LeadsToJournal, ComparesDeviceAndInode) {
    const FileDescriptor file(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    ASSERT_TRUE(file);
    struct stat status {};
    ASSERT_EQ(::fstat(file.get(), &status), 0);
    const std::string stream = format("{}:{}", status.st_dev, status.st_ino);
    EXPECT_TRUE(leads_to_journal(file.get(), stream));
    EXPECT_FALSE(leads_to_journal(file.get(), stream + "1"));
    EXPECT_FALSE(leads_to_journal(file.get(), ""));
    EXPECT_FALSE(leads_to_journal(-1, stream));
}

// A journal of our own, in a mount namespace that only this thread is in. Returns its socket, or
// nothing without the right to mount.
FileDescriptor open_journal_here() {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", "/run", "tmpfs", 0, nullptr) != 0) {
        return {};
    }
    std::filesystem::create_directories("/run/systemd/journal");
    FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, "/run/systemd/journal/socket");  // NOLINT: it fits
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        return {};
    }
    return socket;
}

std::string received(const FileDescriptor& socket) {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(socket.get(), buffer.data(), buffer.size());
    return count < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(count));
}

TEST(Log, WritesFieldsToTheJournal) {
    std::string entry;
    std::string text;
    bool may_mount = false;
    std::thread([&] {
        const FileDescriptor journal = open_journal_here();
        may_mount = static_cast<bool>(journal);
        set_log_options({.format = LogFormat::kJournal});
        text = standard_error_of([] {
            log_warning("eth0 is gone", {{"INTERFACE", "eth0"}, {"EVENT", "down"}});
        });
        entry = received(journal);
    }).join();
    set_log_options({.format = LogFormat::kText});
    if (!may_mount) {
        GTEST_SKIP() << "no right to mount: no journal to write to";
    }
    EXPECT_EQ(text, "");
    for (const char* field :
         {"MESSAGE=eth0 is gone\n",
          "PRIORITY=4\n",
          "SYSLOG_IDENTIFIER=flowgauge\n",
          "FLOWGAUGE_INTERFACE=eth0\n",
          "FLOWGAUGE_EVENT=down\n"}) {
        EXPECT_NE(entry.find(field), std::string::npos) << field << entry;
    }
}

TEST(Log, FallsBackToTextWhereNoJournalIs) {
    bool may_mount = false;
    std::string text;
    std::thread([&] {
        may_mount = ::unshare(CLONE_NEWNS) == 0 &&
                    ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                    ::mount("tmpfs", "/run", "tmpfs", 0, nullptr) == 0;
        set_log_options({.format = LogFormat::kJournal});
        text = standard_error_of([] { log_error("nobody listens"); });
    }).join();
    set_log_options({.format = LogFormat::kText});
    if (!may_mount) {
        GTEST_SKIP() << "no right to mount: a journal may be here";
    }
    EXPECT_EQ(text, "flowgauge: nobody listens\n");
}

}  // namespace
}  // namespace flowgauge
