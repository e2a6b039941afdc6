// OwnerResolver over real processes: each way in which a process may hold a socket.
#include "tests/unit/visibility/processes/child.h"
#include "visibility/processes/owner_resolver.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace flowgauge {
namespace {

using test::Child;
using test::Parent;

class OwnerLiveTest : public testing::Test {
protected:
    OwnerLiveTest()
        : root_(std::move(ProcRoot::open().value())),
          list_(root_),
          resolver_(root_, &cgroups_, {}) {}

    void poll(const std::vector<std::uint64_t>& inodes, std::int64_t budget_ns = 0) {
        std::vector<SocketInode> alive;
        alive.reserve(inodes.size());
        for (const std::uint64_t inode : inodes) {
            alive.push_back({.inode = inode});
        }
        ASSERT_TRUE(list_.poll());
        resolver_.resolve(list_, alive, budget_ns);
    }

    // Polls until the search has come to an end.
    OwnerAnswer settle(std::uint64_t inode) {
        for (int i = 0; i < 5; ++i) {
            poll({inode});
            if (resolver_.owner_of(inode).search != OwnerSearch::kPending) {
                break;
            }
        }
        return resolver_.owner_of(inode);
    }

    // What is said of a socket in no table: a security module may hide tables even from root.
    [[nodiscard]] OwnerSearch nobodys() const {
        return resolver_.counters().denied == 0 ? OwnerSearch::kNobody : OwnerSearch::kDenied;
    }

    ProcRoot root_;
    CgroupDirectory cgroups_;
    ProcessList list_;
    OwnerResolver resolver_;
};

TEST_F(OwnerLiveTest, FindsTheSocketOfAProcess) {
    poll({});
    Child child([](const Parent& parent) {
        std::uint64_t inode = 0;
        const FileDescriptor socket = test::make_socket(inode);
        parent.tell(inode);
        parent.wait();
        return 0;
    });
    const std::uint64_t inode = child.hear();
    poll({inode});
    EXPECT_EQ(resolver_.owner_of(inode).process.pid, child.pid());
    child.end();
    const OwnerSearch search = settle(inode).search;
    EXPECT_EQ(search, nobodys());
}

TEST_F(OwnerLiveTest, FindsTheSocketOfAThreadWithItsOwnTable) {
    Child child([](const Parent& parent) {
        std::thread thread([&parent] {
            if (::unshare(CLONE_FILES) != 0) {
                return;
            }
            std::uint64_t inode = 0;
            const FileDescriptor socket = test::make_socket(inode);
            parent.tell(inode);
            parent.wait();
        });
        thread.join();
        return 0;
    });
    const std::uint64_t inode = child.hear();
    ASSERT_NE(inode, 0U);
    EXPECT_EQ(settle(inode).process.pid, child.pid());
    EXPECT_GE(resolver_.counters().scans_of_threads, 1U);
}

TEST_F(OwnerLiveTest, FindsTheSocketOfAProcessWhoseFirstThreadHasExited) {
    Child child([](const Parent& parent) {
        std::thread thread([&parent] {
            std::uint64_t inode = 0;
            const FileDescriptor socket = test::make_socket(inode);
            const std::string path = "/proc/self/stat";
            for (std::string text; text.find(") Z ") == std::string::npos;) {
                std::ifstream file(path);
                text.assign(std::istreambuf_iterator<char>(file), {});
            }
            parent.tell(inode);
            parent.wait();
            ::_exit(0);
        });
        ::syscall(SYS_exit, 0);  // of this thread alone
        return 1;
    });
    const std::uint64_t inode = child.hear();
    ASSERT_NE(inode, 0U);
    poll({inode});
    EXPECT_EQ(resolver_.owner_of(inode).process.pid, child.pid());
}

TEST_F(OwnerLiveTest, GivesAForkedSocketToTheFirstAndThenToTheNext) {
    std::uint64_t inode = 0;
    FileDescriptor socket = test::make_socket(inode);
    const auto hold = [](const Parent& parent) {
        parent.wait();
        return 0;
    };
    Child first(hold);
    Child second(hold);
    Child third(hold);
    ASSERT_LT(first.pid(), second.pid());
    ASSERT_LT(second.pid(), third.pid());
    poll({inode});
    EXPECT_EQ(resolver_.owner_of(inode).process.pid, ::getpid());
    socket = FileDescriptor();  // this process lives on, without it
    OwnerResolver another(root_, nullptr, {});
    const std::array<SocketInode, 1> alive{SocketInode{.inode = inode}};
    another.resolve(list_, alive, 0);
    EXPECT_EQ(another.owner_of(inode).process.pid, first.pid());
    first.kill();
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(list_.poll());
        another.resolve(list_, alive, 0);
    }
    EXPECT_EQ(another.owner_of(inode).process.pid, second.pid());
}

TEST_F(OwnerLiveTest, SaysNobodyOfASocketInFlight) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends.data()), 0);
    const FileDescriptor sender(ends[0]);
    const FileDescriptor receiver(ends[1]);
    std::uint64_t inode = 0;
    FileDescriptor socket = test::make_socket(inode);
    const int number = socket.get();
    std::array<char, 1> byte{};
    iovec part{.iov_base = byte.data(), .iov_len = 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> room{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &number, sizeof number);
    ASSERT_EQ(::sendmsg(sender.get(), &message, 0), 1);
    socket = FileDescriptor();
    const OwnerSearch search = settle(inode).search;
    EXPECT_EQ(search, nobodys());
    ASSERT_EQ(::recvmsg(receiver.get(), &message, 0), 1);
    int received = -1;
    std::memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof received);
    const FileDescriptor arrived(received);
    for (int i = 0; i < 5; ++i) {
        poll({inode});
    }
    EXPECT_EQ(resolver_.owner_of(inode).process.pid, ::getpid());
}

TEST_F(OwnerLiveTest, SaysNobodyOfASocketThatOnlyAnIoUringHolds) {
    io_uring_params parameters{};
    const FileDescriptor ring(static_cast<int>(::syscall(SYS_io_uring_setup, 4, &parameters)));
    if (!ring) {
        GTEST_SKIP() << "io_uring is not to be had here: "
                     << std::generic_category().message(errno);
    }
    std::uint64_t inode = 0;
    FileDescriptor socket = test::make_socket(inode);
    const int number = socket.get();
    ASSERT_EQ(::syscall(SYS_io_uring_register, ring.get(), IORING_REGISTER_FILES, &number, 1), 0);
    socket = FileDescriptor();
    const OwnerSearch search = settle(inode).search;
    EXPECT_EQ(search, nobodys());
}

TEST_F(OwnerLiveTest, FindsASocketThatTookThePlaceOfAnother) {
    Child child([](const Parent& parent) {
        FileDescriptor file(::open("/dev/null", O_RDONLY));
        parent.tell(1);
        parent.wait();
        file = FileDescriptor();
        std::uint64_t inode = 0;
        const FileDescriptor socket = test::make_socket(inode);
        parent.tell(inode);
        parent.wait();
        return 0;
    });
    child.hear();
    settle(1);  // everyone has been read
    child.go();
    const std::uint64_t inode = child.hear();
    EXPECT_EQ(settle(inode).process.pid, child.pid());
}

// Forks processes that make a socket and end, eight at once, until its parent is gone.
int raise_storm(const Parent& parent) {
    parent.tell(1);
    while (::getppid() != 1) {
        std::array<pid_t, 8> children{};
        for (pid_t& child : children) {
            child = ::fork();
            if (child == 0) {
                static_cast<void>(::socket(AF_INET, SOCK_STREAM, 0));
                ::_exit(0);
            }
        }
        for (const pid_t child : children) {
            static_cast<void>(::waitpid(child, nullptr, 0));
        }
    }
    return 0;
}

TEST_F(OwnerLiveTest, OutlivesAStormOfShortProcesses) {
    std::uint64_t inode = 0;
    const FileDescriptor socket = test::make_socket(inode);
    Child storm(raise_storm);
    storm.hear();
    constexpr std::uint64_t kPolls = 2'000;
    constexpr std::int64_t kBudgetNs = 500'000;
    for (std::uint64_t i = 0; i < kPolls; ++i) {
        // An inode that nobody has, each time another one, keeps the search going.
        poll({inode, (std::uint64_t{1} << 40) + i / 4}, kBudgetNs);
    }
    EXPECT_EQ(settle(inode).process.pid, ::getpid());
    EXPECT_GT(resolver_.counters().vanished, 0U);
    storm.kill();
}

}  // namespace
}  // namespace flowgauge
