#include "visibility/processes/process_reader.h"

#include "core/base/utf8_text.h"
#include "tests/unit/visibility/processes/child.h"
#include "tests/unit/visibility/processes/proc_tree.h"

#include <gtest/gtest.h>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace flowgauge {
namespace {

using namespace std::literals;

ProcRoot root_of(const std::string& path) {
    return std::move(ProcRoot::open(path).value());
}

TEST(ProcessReader, ReadsWhatIsKnownOfAProcess) {
    test::ProcTree tree;
    tree.add(10, 5);
    tree.write("10/stat", test::stat_line(10, "a) S (\xff", 1, 77));
    tree.write("10/status", "Name:\tx\nUid:\t1000\t33\t0\t0\n");
    tree.write(
        "10/cmdline",
        "/usr/bin/server\0--port\0"
        "80\0"sv
    );
    tree.link("10/exe", "/usr/bin/server (deleted)");
    tree.write("10/cgroup", "1:name=systemd:/x\n0::/system.slice/server.service\n");
    const ProcRoot root = root_of(tree.path());
    ProcessReader reader(root, true);
    const auto facts = reader.read(10);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->identity, (ProcessIdentity{.pid = 10, .start_time = 77}));
    const SocketOwner expected{
        .pid = 10,
        .uid = 33,
        .start = 77,
        .name = "a) S (\xef\xbf\xbd",
        .executable = "/usr/bin/server",
        .command_line = "/usr/bin/server --port 80",
        .user = "",
        .cgroup = "/system.slice/server.service",
        .container_id = "",
        .unit = "server.service"};
    EXPECT_EQ(facts->owner, expected);
    EXPECT_EQ(ProcessReader(root).read(10)->owner.command_line, "");
}

TEST(ProcessReader, LeavesEmptyWhatThereIsNot) {
    test::ProcTree tree;
    tree.add(10, 5);
    const ProcRoot root = root_of(tree.path());
    ProcessReader reader(root);
    const auto facts = reader.read(10);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->owner.name, "made");
    EXPECT_EQ(facts->owner.uid, -1);
    EXPECT_EQ(facts->owner.executable, "");
    EXPECT_FALSE(reader.read(11));
    tree.write("12/stat", "damaged");
    EXPECT_FALSE(reader.read(12));
    EXPECT_FALSE(reader.read_name(12));
    EXPECT_EQ(reader.vanished(), 1U);
}

TEST(ProcessReader, TakesContainerAndUnitFromSystemdsHierarchyWhereTheUnifiedOneSaysNothing) {
    test::ProcTree tree;
    tree.add(10, 5);
    tree.write("10/cgroup", "1:name=systemd:/system.slice/a.service\n0::/\n");
    tree.add(11, 5);
    tree.write("11/cgroup", "2:cpu:/\n1:name=systemd:/system.slice/b.service\n");
    const ProcRoot root = root_of(tree.path());
    ProcessReader reader(root);
    EXPECT_EQ(reader.read(10)->owner.cgroup, "/");
    EXPECT_EQ(reader.read(10)->owner.unit, "a.service");
    EXPECT_EQ(reader.read(11)->owner.cgroup, "/system.slice/b.service");
    EXPECT_EQ(reader.read(11)->owner.unit, "b.service");
}

// Runs a copy of sleep(1) under this path and removes the file.
class DeletedProgram {
public:
    explicit DeletedProgram(const std::string& path)
        : child_([path](const test::Parent& parent) {
              std::filesystem::copy_file("/bin/sleep", path);
              static_cast<void>(parent);
              ::execl(path.c_str(), path.c_str(), "1000", nullptr);
              return 1;
          }) {
        static_cast<void>(child_.hear());  // the pipe closes when the program runs
        std::filesystem::remove(path);
    }
    ~DeletedProgram() { child_.kill(); }
    DeletedProgram(const DeletedProgram&) = delete;
    DeletedProgram& operator=(const DeletedProgram&) = delete;

    [[nodiscard]] std::int32_t pid() const { return child_.pid(); }

private:
    test::Child child_;
};

TEST(ProcessReader, NamesAProgramByItsWholeNameAlsoWhenItsFileIsGone) {
    const std::string path = "/tmp/a_very_long_program_name_" + std::to_string(::getpid());
    const DeletedProgram program(path);
    const ProcRoot root = root_of("/proc");
    ProcessReader reader(root, true);
    const auto facts = reader.read(program.pid());
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->owner.name, path.substr(5));
    EXPECT_EQ(facts->owner.executable, path);
    EXPECT_EQ(facts->owner.command_line, path + " 1000");
    EXPECT_EQ(facts->owner.uid, ::geteuid());
    EXPECT_GT(facts->identity.start_time, 0U);
    EXPECT_EQ(reader.read_name(program.pid())->name, path.substr(5));
}

TEST(ProcessReader, ReadsTheProgramOfAProcessWhoseFirstThreadHasExited) {
    test::Child child([](const test::Parent& parent) {
        std::thread thread([&parent] {
            for (std::string text; text.find(") Z ") == std::string::npos;) {
                std::ifstream file("/proc/self/stat");
                text.assign(std::istreambuf_iterator<char>(file), {});
            }
            parent.tell(1);
            parent.wait();
            ::_exit(0);
        });
        ::syscall(SYS_exit, 0);  // of this thread alone
        return 1;
    });
    ASSERT_EQ(child.hear(), 1U);
    const ProcRoot root = root_of("/proc");
    ProcessReader reader(root, true);
    const auto facts = reader.read(child.pid());
    ASSERT_TRUE(facts);
    const auto own = reader.read(::getpid());
    ASSERT_TRUE(own);
    EXPECT_EQ(facts->owner.executable, own->owner.executable);
    EXPECT_EQ(facts->owner.command_line, own->owner.command_line);
    EXPECT_EQ(facts->owner.name, own->owner.name);
}

TEST(ProcessReader, MakesHostileNamesValid) {
    test::Child child([](const test::Parent& parent) {
        static_cast<void>(::prctl(PR_SET_NAME, ") \xff\xfe(Z\n 1"));
        parent.tell(1);
        parent.wait();
        return 0;
    });
    ASSERT_EQ(child.hear(), 1U);
    const ProcRoot root = root_of("/proc");
    ProcessReader reader(root);
    EXPECT_EQ(reader.read(child.pid())->owner.name, ") \xef\xbf\xbd\xef\xbf\xbd(Z\n 1");
}

}  // namespace
}  // namespace flowgauge
