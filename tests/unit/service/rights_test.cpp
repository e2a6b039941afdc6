#include "service/rights.h"

#include "core/base/file_descriptor.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace flowgauge {
namespace {

constexpr std::uint64_t kDacOverride = std::uint64_t{1} << 1;
constexpr std::uint64_t kNetAdmin = std::uint64_t{1} << 12;
constexpr std::uint64_t kNetRaw = std::uint64_t{1} << 13;
constexpr unsigned kNobody = 65534;

// A field of hexadecimal digits of this thread's status.
std::uint64_t status_of_thread(const std::string& field) {
    std::ifstream file("/proc/thread-self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(field + ":")) {
            return std::stoull(line.substr(field.size() + 1), nullptr, 16);
        }
    }
    return UINT64_MAX;
}

bool can_open_packet_socket() {
    return static_cast<bool>(FileDescriptor(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)));
}

// A file of another user that nobody else may open.
class Rights : public ::testing::Test {
protected:
    void SetUp() override {
        const std::uint64_t held = status_of_thread("CapEff");
        if (::geteuid() != 0 || (held & kNetRaw) == 0 || (held & kNetAdmin) == 0) {
            GTEST_SKIP() << "needs root with CAP_NET_RAW and CAP_NET_ADMIN";
        }
        std::ofstream(file_) << "x";
        ASSERT_EQ(::chmod(file_.c_str(), 0600), 0);
        ASSERT_EQ(::chown(file_.c_str(), 12345, 12345), 0);
    }
    void TearDown() override { std::filesystem::remove(file_); }

    [[nodiscard]] bool can_open_file() const {
        return static_cast<bool>(FileDescriptor(::open(file_.c_str(), O_RDWR | O_CLOEXEC)));
    }

    // Capabilities belong to a thread, so each test gives up those of a thread of its own.
    template <typename Action>
    static void in_thread(Action action) {
        std::thread(action).join();
    }

private:
    const std::string file_ =
        std::filesystem::temp_directory_path() / ("flowgauge_rights_" + std::to_string(::getpid()));
};

TEST_F(Rights, OfRootAreCaptureAndFilesAfterwards) {
    in_thread([this] {
        ASSERT_TRUE(drop_capabilities({.capture = true}));
        for (const char* set : {"CapEff", "CapPrm"}) {
            EXPECT_EQ(status_of_thread(set), kNetRaw | kDacOverride) << set;
        }
        EXPECT_EQ(status_of_thread("CapInh"), 0U);
        EXPECT_EQ(status_of_thread("CapAmb"), 0U);
        EXPECT_EQ(status_of_thread("NoNewPrivs"), 1U);
        EXPECT_TRUE(can_open_packet_socket());
        EXPECT_TRUE(can_open_file());
        EXPECT_NE(::chown("/tmp", 0, 1), 0);
    });
}

TEST_F(Rights, OfAnotherUserAreCaptureAloneAfterwards) {
    in_thread([this] {
        // The system call, not glibc's function, which would change all threads.
        ASSERT_EQ(::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), 0);
        ASSERT_EQ(::syscall(SYS_setresuid, kNobody, kNobody, kNobody), 0);
        ASSERT_EQ(status_of_thread("CapPrm") & kNetRaw, kNetRaw);
        ASSERT_TRUE(drop_capabilities({.capture = true}));
        EXPECT_EQ(status_of_thread("CapPrm"), kNetRaw);
        EXPECT_EQ(status_of_thread("CapEff"), kNetRaw);
        EXPECT_TRUE(can_open_packet_socket());
        EXPECT_FALSE(can_open_file());
    });
}

TEST_F(Rights, AreInheritedByThreadsThatStartLater) {
    in_thread([] {
        ASSERT_TRUE(drop_capabilities({.capture = true}));
        in_thread([] { EXPECT_EQ(status_of_thread("CapEff"), kNetRaw | kDacOverride); });
    });
}

TEST_F(Rights, ToConfigureTheNetworkStayForBusyPolling) {
    in_thread([] {
        ASSERT_TRUE(drop_capabilities({.capture = true, .busy_poll = true}));
        EXPECT_EQ(status_of_thread("CapEff"), kNetRaw | kNetAdmin | kDacOverride);
        EXPECT_TRUE(missing_rights({.capture = true, .busy_poll = true}).empty());
    });
}

TEST_F(Rights, ThatAreMissingAreSaid) {
    in_thread([] {
        EXPECT_TRUE(missing_rights({.capture = true, .busy_poll = true}).empty());
        ASSERT_TRUE(drop_capabilities({}));
        EXPECT_FALSE(can_open_packet_socket());
        EXPECT_TRUE(missing_rights({}).empty());
        const auto missing = missing_rights({.capture = true, .busy_poll = true});
        ASSERT_EQ(missing.size(), 2U);
        EXPECT_TRUE(missing[0].starts_with("CAP_NET_RAW is missing: ")) << missing[0];
        EXPECT_TRUE(missing[1].starts_with("CAP_NET_ADMIN is missing: ")) << missing[1];
    });
}

TEST_F(Rights, StayAsTheyAreWhenThereIsNothingToGiveUp) {
    in_thread([] {
        ASSERT_TRUE(drop_capabilities({.capture = true}));
        ASSERT_TRUE(drop_capabilities({.capture = true}));
        EXPECT_EQ(status_of_thread("CapEff"), kNetRaw | kDacOverride);
    });
}

// A filter of system calls like that of a unit, for this thread alone.
bool forbid_placement() {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sched_setaffinity, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog filter{.len = 4, .filter = program};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

TEST(RightsOfPlacement, AreMissingWhereAFilterForbidsThem) {
    std::thread([] {
        EXPECT_TRUE(missing_rights({.placement = true}).empty());
        ASSERT_TRUE(forbid_placement());
        EXPECT_TRUE(missing_rights({}).empty());
        const auto missing = missing_rights({.placement = true});
        ASSERT_EQ(missing.size(), 1U);
        EXPECT_TRUE(missing[0].starts_with("sched_setaffinity(2) is forbidden: ")) << missing[0];
    }).join();
}

}  // namespace
}  // namespace flowgauge
