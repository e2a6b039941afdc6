#include "visibility/processes/cgroup_directory.h"

#include "tests/unit/visibility/processes/child.h"
#include "tests/unit/visibility/processes/proc_tree.h"
#include "visibility/processes/owner_resolver.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;

std::uint64_t inode_of(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

TEST(CgroupDirectory, FindsPathsByAWalkAtMostOnceInTenSeconds) {
    const test::ProcTree tree;
    const std::string mount = tree.path() + "/cgroup";
    std::filesystem::create_directories(mount + "/a/b");
    CgroupDirectory cgroups(mount);
    CgroupDirectory::Clock::time_point now{1h};
    EXPECT_EQ(cgroups.path_of(inode_of(mount + "/a/b"), now).path, "/a/b");
    EXPECT_EQ(cgroups.path_of(inode_of(mount), now).path, "/");
    EXPECT_EQ(cgroups.walks(), 1U);
    std::filesystem::create_directories(mount + "/c");
    const std::uint64_t later = inode_of(mount + "/c");
    EXPECT_FALSE(cgroups.path_of(later, now).settled);
    now += CgroupDirectory::kWalkEvery;
    EXPECT_EQ(cgroups.path_of(later, now).path, "/c");
    now += CgroupDirectory::kWalkEvery;
    EXPECT_TRUE(cgroups.path_of(1, now).settled);
    EXPECT_EQ(cgroups.path_of(1, now).path, "");
    EXPECT_EQ(cgroups.walks(), 3U);
    EXPECT_EQ(cgroups.path_of(0, now).path, "");
}

TEST(CgroupDirectory, ReadsTheProcessesOfSmallCgroups) {
    const test::ProcTree tree;
    const std::string mount = tree.path() + "/cgroup";
    tree.write("cgroup/cgroup.procs", "1\n");
    tree.write("cgroup/a/cgroup.procs", "10\n0\n12\n");
    CgroupDirectory cgroups(mount);
    const CgroupDirectory::Clock::time_point now{1h};
    std::vector<std::int32_t> pids{5};
    cgroups.read_processes(inode_of(mount + "/a"), now, 2, pids);
    EXPECT_EQ(pids, (std::vector{10, 12}));
    cgroups.read_processes(inode_of(mount + "/a"), now, 1, pids);
    EXPECT_EQ(pids, std::vector<std::int32_t>{});
    cgroups.read_processes(inode_of(mount), now, 2, pids);
    EXPECT_EQ(pids, std::vector<std::int32_t>{});
}

TEST(CgroupDirectory, KnowsNothingWhereThereIsNone) {
    CgroupDirectory cgroups("/nowhere/cgroup");
    EXPECT_TRUE(cgroups.path_of(7, {}).settled);
    EXPECT_EQ(cgroups.walks(), 0U);
}

// A cgroup of the machine's own hierarchy, with a process of the test in it.
class MadeCgroup {
public:
    explicit MadeCgroup(const std::string& mount)
        : path_(mount + "/flowgauge_test_" + std::to_string(::getpid())),
          made_(::mkdir(path_.c_str(), 0755) == 0) {}
    ~MadeCgroup() { static_cast<void>(::rmdir(path_.c_str())); }
    MadeCgroup(const MadeCgroup&) = delete;
    MadeCgroup& operator=(const MadeCgroup&) = delete;

    [[nodiscard]] bool made() const { return made_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] bool take(std::int32_t pid) const {
        std::ofstream file(path_ + "/cgroup.procs");
        file << pid << std::flush;
        return file.good();
    }

private:
    std::string path_;
    bool made_ = false;
};

TEST(CgroupDirectory, OpensTheKernelsByTheirNumber) {
    CgroupDirectory cgroups;
    const MadeCgroup made(cgroups.mount());
    if (cgroups.mount().empty() || !made.made()) {
        GTEST_SKIP() << "no cgroup2 is mounted here, or no cgroup may be made";
    }
    const std::string name = made.path().substr(cgroups.mount().size());
    const std::uint64_t id = inode_of(made.path());
    EXPECT_EQ(cgroups.path_of(id, {}).path, name);
    EXPECT_EQ(cgroups.path_of(inode_of(cgroups.mount()), {}).path, "/");
    EXPECT_TRUE(cgroups.path_of(std::uint64_t{1} << 40, {}).settled);
}

TEST(CgroupDirectory, NarrowsTheSearchForAnOwner) {
    CgroupDirectory cgroups;
    const MadeCgroup made(cgroups.mount());
    if (cgroups.mount().empty() || !made.made()) {
        GTEST_SKIP() << "no cgroup2 is mounted here, or no cgroup may be made";
    }
    test::Child child([](const test::Parent& parent) {
        FileDescriptor file(::dup(2));
        parent.tell(1);
        parent.wait();
        file = FileDescriptor();  // the number of descriptors stays the same
        std::uint64_t inode = 0;
        const FileDescriptor socket = test::make_socket(inode);
        parent.tell(inode);
        parent.wait();
        return 0;
    });
    child.hear();
    if (!made.take(child.pid())) {
        GTEST_SKIP() << "no process may be moved to another cgroup here";
    }
    const ProcRoot root = std::move(ProcRoot::open().value());
    ProcessList list(root);
    OwnerResolver resolver(root, &cgroups, {});
    std::array<SocketInode, 1> alive{SocketInode{.inode = std::uint64_t{1} << 40}};
    ASSERT_TRUE(list.poll());
    resolver.resolve(list, alive, 0);
    child.go();
    alive[0] = {.inode = child.hear(), .cgroup_id = inode_of(made.path())};
    ASSERT_TRUE(list.poll());
    resolver.resolve(list, alive, 0);
    EXPECT_EQ(resolver.owner_of(alive[0].inode).process.pid, child.pid());
    if (list.counts_descriptors()) {
        EXPECT_EQ(resolver.counters().scans_by_cgroup, 1U);
    }
    child.end();
}

}  // namespace
}  // namespace flowgauge
