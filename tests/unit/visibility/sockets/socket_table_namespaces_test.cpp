// A SocketTable and the network namespaces of others, against the real kernel.
#include "tests/support/network_namespace.h"
#include "tests/unit/visibility/sockets/other_namespace.h"
#include "tests/unit/visibility/sockets/socket_zoo.h"
#include "tests/unit/visibility/sockets/table_reading.h"
#include "visibility/sockets/socket_table.h"

#include <gtest/gtest.h>

#include <linux/capability.h>
#include <net/if.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// A namespace gone takes its links with it, some time after.
bool goes_away(const char* link) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (::if_nametoindex(link) != 0) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

bool is_of_the_other(const std::vector<SocketRow>& rows, const OtherNamespace& other) {
    const auto count = [&](std::uint8_t protocol, SocketState state, std::uint8_t version) {
        return std::ranges::count_if(rows, [&](const SocketRow& row) {
            return row.name_space == other.inode() && row.key.protocol == protocol &&
                   row.key.local_port == OtherNamespace::kPort && row.state == state &&
                   row.key.ip_version == version && row.inode != 0;
        });
    };
    return std::ranges::count(rows, other.inode(), &SocketRow::name_space) == 2 &&
           count(6, SocketState::kListen, 4) == 1 && count(17, SocketState::kClose, 6) == 1;
}

TEST(SocketTable, ReadsOtherNamespacesWithAndWithoutTheRightToEnterThem) {
    const OtherNamespace other;
    if (!other) {
        GTEST_SKIP() << "no new network namespace";
    }
    const std::uint32_t home = namespace_of_this_thread();
    const std::vector<NamespaceProcess> list{{home, 1}, {other.inode(), other.pid()}};
    SocketTable entering = opened();
    EXPECT_TRUE(is_of_the_other(rows_of(entering, list), other));
    EXPECT_TRUE(entering.notes().empty());
    EXPECT_EQ(namespace_of_this_thread(), home);
    skip_if_refused(run_without_capability(CAP_SYS_ADMIN, [&] {
        SocketTable reading = opened();
        for (int i = 0; i < 2; ++i) {
            const std::vector<SocketRow> rows = rows_of(reading, list);
            EXPECT_TRUE(is_of_the_other(rows, other));
            EXPECT_TRUE(std::ranges::all_of(rows, [&](const SocketRow& row) {
                return row.name_space == home || row.cookie == 0;
            })) << "from files";
        }
        ASSERT_EQ(reading.notes().size(), 1U);
        EXPECT_NE(reading.notes()[0].find("CAP_SYS_ADMIN"), std::string::npos);
        EXPECT_EQ(reading.source(), "sock_diag") << "the own namespace needs no right";
    }));
}

TEST(SocketTable, SkipsNamespacesThatItMayNotLookAt) {
    const OtherNamespace other;
    if (!other) {
        GTEST_SKIP() << "no new network namespace";
    }
    skip_if_refused(run_without_capability(CAP_SYS_PTRACE, [&] {
        for (const SocketSource source : {SocketSource::kAuto, SocketSource::kText}) {
            SocketTable table = opened({.source = source});
            std::vector<SocketRow> rows;
            const std::vector<NamespaceProcess> list{{other.inode(), other.pid()}};
            const SocketTableNumbers numbers = table.read(list, rows);
            EXPECT_EQ(numbers.namespaces, 1U);
            EXPECT_EQ(numbers.namespaces_skipped, 1U);
            EXPECT_EQ(std::ranges::count(rows, other.inode(), &SocketRow::name_space), 0);
            ASSERT_EQ(table.notes().size(), 1U);
            EXPECT_NE(table.notes()[0].find("CAP_SYS_PTRACE"), std::string::npos);
        }
    }));
}

TEST(SocketTable, ReadsFilesWhereNetlinkIsRefused) {
    const OtherNamespace other;
    skip_if_refused(run_in_new_namespace([&other] {
        ASSERT_TRUE(other);
        SocketZoo zoo(2);
        zoo.add(30);
        let_settle();
        const std::vector<NamespaceProcess> list{{other.inode(), other.pid()}};
        const std::vector<SocketRow> expected = rows_by(SocketSource::kAuto, list);
        const std::string refused = run_without_netlink([&] {
            SocketTable table = opened();
            EXPECT_EQ(table.source(), "proc");
            EXPECT_TRUE(same(rows_of(table, list), expected));
            static_cast<void>(rows_of(table, list));
            ASSERT_EQ(table.notes().size(), 1U);
            EXPECT_NE(table.notes()[0].find("AF_NETLINK"), std::string::npos);
            EXPECT_TRUE(table.local_addresses(0)->contains({.low = 0x7f000001}, 4));
            Result<SocketTable> demanded = SocketTable::open({.source = SocketSource::kNetlink});
            EXPECT_FALSE(demanded.has_value());
        });
        EXPECT_EQ(refused, "");
    }));
}

TEST(SocketTable, PassesOverProcessesThatAreGoneOrElsewhere) {
    OtherNamespace other;
    if (!other) {
        GTEST_SKIP() << "no new network namespace";
    }
    const pid_t gone = other.pid();
    other.end();
    for (const SocketSource source : {SocketSource::kAuto, SocketSource::kText}) {
        SocketTable table = opened({.source = source});
        std::vector<SocketRow> rows;
        const std::vector<NamespaceProcess> list{{other.inode(), gone}, {12345, ::getpid()}};
        const SocketTableNumbers numbers = table.read(list, rows);
        EXPECT_EQ(numbers.namespaces, 1U);
        EXPECT_EQ(numbers.namespaces_vanished, 2U);
        EXPECT_TRUE(std::ranges::all_of(rows, [&](const SocketRow& row) {
            return row.name_space == table.own_namespace();
        }));
        EXPECT_TRUE(table.notes().empty());
    }
}

TEST(SocketTable, LetsGoOfNamespacesThatAreNotListedAnyMore) {
    skip_if_refused(run_in_new_namespace([] {
        OtherNamespace other;
        ASSERT_TRUE(other);
        const Result<std::string> made =
            run_ip("link add here type veth peer name there netns " + std::to_string(other.pid()));
        if (!made) {
            GTEST_SKIP() << "no pair of links";
        }
        SocketTable table = opened();
        static_cast<void>(rows_of(table));
        const std::size_t before = open_descriptors();
        const std::vector<NamespaceProcess> list{{other.inode(), other.pid()}};
        EXPECT_TRUE(is_of_the_other(rows_of(table, list), other));
        EXPECT_EQ(open_descriptors(), before + 2);
        other.end();
        // Listed still: it is read, and has no sockets any more.
        std::vector<SocketRow> rows;
        EXPECT_EQ(table.read(list, rows).namespaces, 2U);
        EXPECT_EQ(std::ranges::count(rows, other.inode(), &SocketRow::name_space), 0);
        EXPECT_NE(::if_nametoindex("here"), 0U);
        static_cast<void>(table.read({}, rows));
        EXPECT_EQ(open_descriptors(), before - 1) << "the way to the child is closed, too";
        EXPECT_TRUE(goes_away("here"));
    }));
}

TEST(SocketTable, ReadsNoMoreNamespacesThanAllowed) {
    const OtherNamespace first;
    const OtherNamespace second;
    if (!first || !second) {
        GTEST_SKIP() << "no new network namespace";
    }
    const std::vector<NamespaceProcess> list{
        {first.inode(), first.pid()}, {second.inode(), second.pid()}};
    SocketTable table = opened({.namespaces_max = 1});
    std::vector<SocketRow> rows;
    for (int i = 0; i < 2; ++i) {
        const SocketTableNumbers numbers = table.read(list, rows);
        EXPECT_EQ(numbers.namespaces, 2U);
        EXPECT_EQ(numbers.namespaces_skipped, 1U);
        EXPECT_TRUE(is_of_the_other(rows, first));
    }
    EXPECT_EQ(table.notes().size(), 1U);
    // The first is gone: there is room for the second.
    EXPECT_EQ(table.read(std::span(list).subspan(1), rows).namespaces_skipped, 0U);
    EXPECT_TRUE(is_of_the_other(rows, second));
    SocketTable own = opened({.own_namespace_only = true});
    EXPECT_EQ(own.read(list, rows).namespaces, 1U);
}

TEST(SocketTable, KeepsNoMoreNamespacesOpenThanItsShareOfDescriptors) {
    const std::array<OtherNamespace, 3> others;
    std::vector<NamespaceProcess> list;
    for (const OtherNamespace& other : others) {
        if (!other) {
            GTEST_SKIP() << "no new network namespace";
        }
        list.push_back({other.inode(), other.pid()});
    }
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlimit low = limit;
    low.rlim_cur = 16;  // a quarter of them is enough for two
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
    SocketTable table = opened();
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    const std::size_t before = open_descriptors();
    for (int i = 0; i < 2; ++i) {
        const std::vector<SocketRow> rows = rows_of(table, list);
        for (const OtherNamespace& other : others) {
            EXPECT_TRUE(is_of_the_other(rows, other));
        }
        EXPECT_EQ(open_descriptors(), before + 4);
    }
    ASSERT_EQ(table.notes().size(), 1U);
    EXPECT_NE(table.notes()[0].find("LimitNOFILE"), std::string::npos);
}

TEST(SocketTable, KnowsTheAddressesOfEachNamespace) {
    const OtherNamespace other;
    skip_if_refused(run_in_new_namespace([&other] {
        ASSERT_TRUE(other);
        if (!run_ip(
                "link add here type veth peer name there netns " + std::to_string(other.pid())
            ) ||
            !run_ip("addr add 192.0.2.1/24 dev here") || !run_ip("link set here up")) {
            GTEST_SKIP() << "no pair of links";
        }
        const std::string commands =
            "ip addr add 192.0.2.2/24 dev there && "
            "ip addr add 2001:db8::2/64 dev there nodad && ip link set there up";
        const Result<std::string> added =
            run({"nsenter", "-t", std::to_string(other.pid()), "-n", "sh", "-c", commands});
        ASSERT_TRUE(added.has_value());
        const std::vector<NamespaceProcess> list{{other.inode(), other.pid()}};
        const IpAddress six{.high = 0x20010db800000000, .low = 2};
        for (const SocketSource source : {SocketSource::kNetlink, SocketSource::kText}) {
            SocketTable table = opened({.source = source});
            static_cast<void>(rows_of(table, list));
            const auto local = table.local_addresses(5 * kSecond);
            const auto in = [&local](const IpAddress& address, std::uint8_t version) {
                const auto found = local->find(address, version);
                return found.size() == 1 ? found[0].name_space : 0;
            };
            EXPECT_EQ(in({.low = 0xc0000201}, 4), table.own_namespace());
            EXPECT_EQ(in({.low = 0xc0000202}, 4), other.inode());
            EXPECT_EQ(in(six, 6), other.inode());
            EXPECT_EQ(in({.low = 0x7f000001}, 4), table.own_namespace());
            EXPECT_FALSE(local->contains({.low = 0xc00002ff}, 4)) << "broadcast";
            // The same for a second, then the same object as long as nothing changes.
            ASSERT_TRUE(run_ip("addr add 198.51.100.1/24 dev here").has_value());
            EXPECT_EQ(table.local_addresses(6 * kSecond - 1), local);
            EXPECT_TRUE(table.local_addresses(6 * kSecond)->contains({.low = 0xc6336401}, 4));
            ASSERT_TRUE(run_ip("addr del 198.51.100.1/24 dev here").has_value());
            EXPECT_EQ(*table.local_addresses(7 * kSecond), *local);
            EXPECT_EQ(table.local_addresses(8 * kSecond), table.local_addresses(9 * kSecond));
            // A namespace that is not listed any more is nobody's, at once.
            static_cast<void>(rows_of(table));
            EXPECT_FALSE(table.local_addresses(9 * kSecond)->contains(six, 6));
        }
    }));
}

TEST(SocketTable, HasNoMoreDescriptorsAfterManyReadsThanAfterOne) {
    const OtherNamespace other;
    if (!other) {
        GTEST_SKIP() << "no new network namespace";
    }
    const std::vector<NamespaceProcess> list{{other.inode(), other.pid()}};
    const std::size_t before = open_descriptors();
    {
        SocketTable table = opened();
        static_cast<void>(rows_of(table, list));
        const std::size_t after_one = open_descriptors();
        for (int i = 0; i < 20; ++i) {
            static_cast<void>(rows_of(table, list));
            static_cast<void>(table.local_addresses(i * kSecond));
        }
        EXPECT_EQ(open_descriptors(), after_one);
    }
    EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace flowgauge::test
