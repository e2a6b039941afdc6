// What is told with fewer rights: a child gives rights away and looks at a socket of this process.
#include "tests/unit/visibility/processes/child.h"
#include "visibility/processes/namespace_list.h"
#include "visibility/processes/owner_resolver.h"
#include "visibility/processes/process_cache.h"
#include "visibility/processes/process_list.h"

#include <gtest/gtest.h>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::uint32_t kPtrace = 1U << CAP_SYS_PTRACE;
constexpr std::uint32_t kReadSearch = 1U << CAP_DAC_READ_SEARCH;

// Becomes nobody with these capabilities alone.
bool become_nobody(std::uint32_t capabilities) {
    constexpr uid_t kNobody = 65'534;
    if (::prctl(PR_SET_KEEPCAPS, 1) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
        ::setresuid(kNobody, kNobody, kNobody) != 0) {
        return false;
    }
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    std::array<__user_cap_data_struct, 2> data{};
    data[0].effective = capabilities;
    data[0].permitted = capabilities;
    return ::syscall(SYS_capset, &header, data.data()) == 0;
}

// What such a process learns of the socket of another: bits.
constexpr int kFound = 1;
constexpr int kDenied = 2;
constexpr int kOwnerNoted = 4;
constexpr int kNamespaceNoted = 8;
constexpr int kNamed = 16;
constexpr int kProgramKnown = 32;
constexpr int kFailed = 128;

int look(std::uint64_t inode, std::int32_t pid) {
    Result<ProcRoot> root = ProcRoot::open();
    CgroupDirectory cgroups;
    UserNames users;
    if (!root) {
        return kFailed;
    }
    ProcessList list(root.value());
    OwnerResolver resolver(root.value(), &cgroups, {});
    NamespaceList namespaces(root.value());
    ProcessCache cache(root.value(), cgroups, users);
    const std::array<SocketInode, 1> alive{SocketInode{.inode = inode}};
    for (int i = 0; i < 3; ++i) {
        if (!list.poll()) {
            return kFailed;
        }
        resolver.resolve(list, alive, 0);
        namespaces.poll(list, NamespaceList::Clock::now());
    }
    const OwnerAnswer answer = resolver.owner_of(inode);
    const SharedOwner owner = cache.find(pid);
    int bits = namespaces.namespaces().empty() ? kFailed : 0;
    bits |= answer.search == OwnerSearch::kFound && answer.process.pid == pid ? kFound : 0;
    bits |= answer.search == OwnerSearch::kDenied ? kDenied : 0;
    bits |= resolver.note().empty() ? 0 : kOwnerNoted;
    bits |= namespaces.note().empty() ? 0 : kNamespaceNoted;
    bits |= owner && !owner->name.empty() && owner->uid == 0 ? kNamed : 0;
    bits |= owner && !owner->executable.empty() ? kProgramKnown : 0;
    return bits;
}

// What a child with these capabilities learns of a socket of this process.
int told_with(std::uint32_t capabilities) {
    std::uint64_t inode = 0;
    const FileDescriptor socket = test::make_socket(inode);
    const std::int32_t pid = ::getpid();
    test::Child child([&](const test::Parent&) {
        ::close(socket.get());  // else it would find itself
        return become_nobody(capabilities) ? look(inode, pid) : kFailed;
    });
    return child.end();
}

TEST(Denied, LessIsToldWithFewerRightsAndWhatIsMissingIsSaid) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root, to give its rights away";
    }
    const struct {
        std::uint32_t capabilities;
        int told;
    } rows[] = {
        {0, kDenied | kOwnerNoted | kNamespaceNoted | kNamed},
        {kPtrace, kDenied | kOwnerNoted | kNamed | kProgramKnown},
        {kReadSearch, kDenied | kOwnerNoted | kNamespaceNoted | kNamed},
        {kPtrace | kReadSearch, kFound | kNamed | kProgramKnown},
    };
    // A security module may hide other processes even from root; notes of that are no matter here.
    for (const auto& row : rows) {
        const int told = told_with(row.capabilities);
        ASSERT_EQ(told & kFailed, 0);
        const int ignored = kOwnerNoted | kNamespaceNoted;
        EXPECT_EQ(told & ~ignored, row.told & ~ignored) << row.capabilities;
        EXPECT_EQ(told & row.told & ignored, row.told & ignored) << row.capabilities;
    }
}

// Processes that run a program, so that they hold something; those that wait for their parent and
// threads of the kernel do not.
std::size_t running(const ProcessList& list) {
    return static_cast<std::size_t>(std::ranges::count_if(list.pids(), [](std::int32_t pid) {
        std::array<char, 1> byte{};
        const std::string link = "/proc/" + std::to_string(pid) + "/exe";
        return ::readlink(link.c_str(), byte.data(), byte.size()) > 0;
    }));
}

// A machine may have ten times as many that wait for their parent as others.
TEST(Denied, ProcessesThatHoldNothingDoNotHideThatRightsAreMissing) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root, to give its rights away";
    }
    Result<ProcRoot> root = ProcRoot::open();
    ASSERT_TRUE(root);
    ProcessList list(root.value());
    ASSERT_TRUE(list.poll());
    const std::size_t wanted = 10 * running(list);
    std::vector<std::unique_ptr<test::Child>> ended;
    while (ended.size() < wanted) {
        ended.push_back(std::make_unique<test::Child>([](const test::Parent&) { return 0; }));
        ended.back()->hear();  // until it is a process that has ended
    }
    EXPECT_EQ(told_with(kReadSearch) & kOwnerNoted, kOwnerNoted);
}

}  // namespace
}  // namespace flowgauge
