// From files that no kernel need have written.
#include "visibility/sockets/socket_table.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTcp = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
                             "retrnsmt   uid  timeout inode\n"
                             "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 "
                             "00000000  1000        0 7 1\n";
constexpr const char* kRaw = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
                             "retrnsmt   uid  timeout inode\n"
                             "   1: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 "
                             "00000000     0        0 8 2\n";

class ProcTree : public testing::Test {
protected:
    void SetUp() override {
        fs::remove_all(root_);
        process("thread-self", 100);
        process("77", 200);
    }
    void TearDown() override { fs::remove_all(root_); }

    void process(const std::string& name, std::uint32_t name_space) const {
        fs::create_directories(root_ / name / "ns");
        fs::create_directories(root_ / name / "net");
        fs::create_symlink("net:[" + std::to_string(name_space) + "]", root_ / name / "ns/net");
    }
    void write(const std::string& path, const std::string& text) const {
        std::ofstream(root_ / path) << text;
    }

    [[nodiscard]] SocketTable opened() const {
        return SocketTable::open({.proc_root = root_.string(), .source = SocketSource::kText})
            .value();
    }

    fs::path root_ =
        fs::path(testing::TempDir()) /
        (std::string("proc_tree_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(ProcTree, IsReadWhereverItIs) {
    write("thread-self/net/tcp", kTcp);
    write("thread-self/net/raw", kRaw);
    write("77/net/udp", std::string(kTcp).replace(std::string(kTcp).find(" 0A "), 4, " 07 "));
    SocketTable table = opened();
    EXPECT_EQ(table.own_namespace(), 100U);
    EXPECT_EQ(table.source(), "proc");
    std::vector<SocketRow> rows;
    const std::vector<NamespaceProcess> list{{200, 77}, {200, 77}, {300, 78}};
    const SocketTableNumbers numbers = table.read(list, rows);
    EXPECT_EQ(numbers.tcp, 1U);
    EXPECT_EQ(numbers.udp, 1U);
    EXPECT_EQ(numbers.other, 1U);
    EXPECT_EQ(numbers.namespaces, 2U);
    EXPECT_EQ(numbers.namespaces_vanished, 1U);
    EXPECT_EQ(numbers.inconsistent, 0U);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].inode, 7U);
    EXPECT_EQ(rows[0].name_space, 100U);
    EXPECT_TRUE(rows[1].raw);
    EXPECT_EQ(rows[2].key.protocol, 17);
    EXPECT_EQ(rows[2].name_space, 200U);
    EXPECT_TRUE(table.notes().empty());
}

TEST_F(ProcTree, SaysInconsistentOfLinesThatMakeNoSense) {
    write("thread-self/net/tcp", std::string(kTcp) + "rubbish\n" + kTcp);
    SocketTable table = opened();
    std::vector<SocketRow> rows;
    EXPECT_EQ(table.read({}, rows).inconsistent, 1U);
    EXPECT_EQ(rows.size(), 2U);
}

TEST_F(ProcTree, WithoutTcpIsANote) {
    SocketTable table = opened();
    std::vector<SocketRow> rows(5);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(table.read({}, rows).tcp, 0U);
        EXPECT_TRUE(rows.empty());
    }
    EXPECT_EQ(table.notes().size(), 1U);
}

TEST_F(ProcTree, ThatIsNotThereIsNoError) {
    fs::remove_all(root_);
    SocketTable table = opened();
    EXPECT_EQ(table.own_namespace(), 0U);
    std::vector<SocketRow> rows;
    const std::vector<NamespaceProcess> list{{200, 77}};
    const SocketTableNumbers numbers = table.read(list, rows);
    EXPECT_EQ(numbers.namespaces, 0U);
    EXPECT_EQ(numbers.namespaces_skipped, 1U);
    EXPECT_EQ(numbers.namespaces_vanished, 1U);
    EXPECT_TRUE(table.local_addresses(0)->list().empty());
    EXPECT_EQ(table.notes().size(), 1U);
}

TEST_F(ProcTree, TellsAddressesOfEachNamespace) {
    write("thread-self/net/fib_trie", "Local:\n  |-- 10.0.0.1\n     /32 host LOCAL\n");
    write("77/net/fib_trie", "Local:\n  |-- 10.0.0.2\n     /32 host LOCAL\n");
    write("77/net/if_inet6", "fe800000000000000000000000000001 02 40 20 80 eth0\n");
    SocketTable table = opened();
    std::vector<SocketRow> rows;
    const std::vector<NamespaceProcess> list{{200, 77}};
    static_cast<void>(table.read(list, rows));
    const auto local = table.local_addresses(0);
    ASSERT_EQ(local->list().size(), 3U);
    EXPECT_EQ(local->find({.low = 0x0a000001}, 4)[0].name_space, 100U);
    EXPECT_EQ(local->find({.low = 0x0a000002}, 4)[0].name_space, 200U);
    EXPECT_EQ(local->find({.high = 0xfe80000000000000, .low = 1}, 6)[0].name_space, 200U);
}

}  // namespace
}  // namespace flowgauge::test
