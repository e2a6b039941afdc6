// Against the real kernel, in namespaces that are made for it.
#include "visibility/sockets/socket_table.h"

#include "tests/support/network_namespace.h"
#include "tests/unit/visibility/sockets/other_namespace.h"
#include "tests/unit/visibility/sockets/socket_zoo.h"
#include "tests/unit/visibility/sockets/table_reading.h"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

constexpr std::size_t kSockets = 10'000;

TEST(SocketTable, GivesTheSameRowsFromNetlinkAndText) {
    skip_if_refused(run_in_new_namespace([] {
        SocketZoo zoo(20261122);
        zoo.add(300);
        let_settle();
        const std::vector<SocketRow> netlink = rows_by(SocketSource::kNetlink);
        const std::vector<SocketRow> text = rows_by(SocketSource::kText);
        EXPECT_TRUE(same(netlink, text));
        EXPECT_GT(netlink.size(), 300U);
        // Each of ours is there, once, as the process sees it.
        for (const SocketRow& made : zoo.rows()) {
            const auto found = std::ranges::count_if(netlink, [&](const SocketRow& row) {
                return row.inode == made.inode && row.key == made.key &&
                       row.v6_only == made.v6_only && row.raw == made.raw &&
                       row.state == made.state && row.uid == 0 &&
                       row.name_space == namespace_of_this_thread();
            });
            EXPECT_EQ(found, 1) << describe(made);
        }
        std::set<std::uint64_t> cookies;
        for (const SocketRow& row : netlink) {
            const bool has_diag = !row.raw && row.key.protocol != 1 && row.key.protocol != 58;
            EXPECT_EQ(row.cookie != 0, has_diag) << describe(row);
            EXPECT_TRUE(!has_diag || cookies.insert(row.cookie).second) << describe(row);
        }
    }));
}

bool listens_on_both(const SocketRow& row) {
    return row.state == SocketState::kListen && row.key.local == IpAddress{} &&
           row.key.ip_version == 6 && !row.v6_only;
}

bool is_ipv4_over_loopback(const SocketRow& row) {
    return row.state == SocketState::kEstablished && row.key.ip_version == 4 &&
           row.key.local.low == 0x7f000001 && row.key.remote.low == 0x7f000001;
}

TEST(SocketTable, GivesDualStackConnectionsAsIPv4) {
    skip_if_refused(run_in_new_namespace([] {
        SocketZoo zoo(1);
        zoo.add_dual_stack_connection();
        for (const SocketSource source : {SocketSource::kNetlink, SocketSource::kText}) {
            const std::vector<SocketRow> rows = rows_by(source);
            ASSERT_EQ(rows.size(), 3U);
            EXPECT_EQ(std::ranges::count_if(rows, listens_on_both), 1);
            EXPECT_EQ(std::ranges::count_if(rows, is_ipv4_over_loopback), 2);
        }
    }));
}

TEST(SocketTable, ReadsTenThousandSocketsWhole) {
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlimit raised = limit;
    raised.rlim_cur = std::max<rlim_t>(limit.rlim_cur, kSockets + 1000);
    raised.rlim_max = std::max(limit.rlim_max, raised.rlim_cur);
    if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) {
        GTEST_SKIP() << "not so many descriptors";
    }
    const std::string refused = run_in_new_namespace([] {
        SocketZoo zoo(1);
        zoo.add_bound(kSockets);
        ASSERT_EQ(zoo.rows().size(), kSockets);
        for (const SocketSource source : {SocketSource::kNetlink, SocketSource::kText}) {
            const std::vector<SocketRow> rows = rows_by(source);
            EXPECT_EQ(rows.size(), kSockets);
            std::set<std::uint64_t> inodes;
            for (const SocketRow& row : rows) {
                inodes.insert(row.inode);
            }
            EXPECT_EQ(inodes.size(), kSockets);
        }
        SocketTable small = opened({.rows_max = 1000});
        std::vector<SocketRow> rows;
        for (int i = 0; i < 3; ++i) {  // again: what a cut dump left behind is in no one's way
            const SocketTableNumbers numbers = small.read({}, rows);
            EXPECT_EQ(rows.size(), 1000U);
            EXPECT_GT(numbers.cut, 0U);
        }
        EXPECT_EQ(small.notes().size(), 1U);
        EXPECT_EQ(small.source(), "sock_diag");
        SocketTable small_text = opened({.source = SocketSource::kText, .rows_max = 1000});
        EXPECT_GT(small_text.read({}, rows).cut, 0U);
        EXPECT_EQ(rows.size(), 1000U);
    });
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    skip_if_refused(refused);
}

// A listener on loopback and connections to it.
class Pairs {
public:
    Pairs() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address_;
        auto* raw = reinterpret_cast<sockaddr*>(&address_);
        EXPECT_EQ(::bind(listener_.get(), raw, length), 0);
        EXPECT_EQ(::listen(listener_.get(), 8), 0);
        EXPECT_EQ(::getsockname(listener_.get(), raw, &length), 0);
    }

    [[nodiscard]] FileDescriptor connect() const {
        FileDescriptor made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const auto* raw = reinterpret_cast<const sockaddr*>(&address_);
        EXPECT_EQ(::connect(made.get(), raw, sizeof address_), 0);
        return made;
    }

    [[nodiscard]] FileDescriptor accept() const {
        return FileDescriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }

private:
    FileDescriptor listener_;
    sockaddr_in address_{};
};

// The rows of a table that looks at connections only where they changed are those of a new table.
void expect_as_new(SocketTable& table, std::uint64_t unchanged, const char* what) {
    let_settle();
    std::vector<SocketRow> rows;
    EXPECT_EQ(table.read({}, rows).unchanged, unchanged) << what;
    sort_rows(rows);
    EXPECT_TRUE(same(rows, rows_by(SocketSource::kAuto))) << what;
}

TEST(SocketTable, SparesALookAtConnectionsThatAreAsTheyWere) {
    skip_if_refused(run_in_new_namespace([] {
        const Pairs pairs;
        const FileDescriptor one = pairs.connect();
        const FileDescriptor one_accepted = pairs.accept();
        SocketTable table = opened();
        expect_as_new(table, 0, "first");
        expect_as_new(table, 1, "as it was");
        FileDescriptor two = pairs.connect();
        expect_as_new(table, 0, "one more");
        expect_as_new(table, 0, "it waits to be accepted");
        FileDescriptor two_accepted = pairs.accept();
        expect_as_new(table, 0, "it was accepted, which no counter tells");
        expect_as_new(table, 1, "as it was, with two");
        const Pairs listeners;
        expect_as_new(table, 1, "another listener");
        two = FileDescriptor();
        expect_as_new(table, 0, "one end is closed");
        two_accepted = FileDescriptor();
        expect_as_new(table, 0, "both are");
        expect_as_new(table, 1, "as it was, with one");
    }));
}

}  // namespace
}  // namespace flowgauge::test
