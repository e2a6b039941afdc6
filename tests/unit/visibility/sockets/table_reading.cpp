#include "tests/unit/visibility/sockets/table_reading.h"

#include "tests/unit/visibility/sockets/socket_zoo.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <tuple>
#include <utility>

namespace flowgauge::test {
namespace {

// What both sources tell, in an order.
auto identity(const SocketRow& row) {
    return std::tuple(
        row.name_space,
        row.key.protocol,
        row.key.ip_version,
        row.key.local,
        row.key.local_port,
        row.key.remote,
        row.key.remote_port,
        row.inode,
        row.uid,
        row.state,
        row.raw
    );
}

}  // namespace

SocketTable opened(SocketTableOptions options) {
    Result<SocketTable> table = SocketTable::open(std::move(options));
    if (!table) {
        ADD_FAILURE() << table.error().message;
    }
    return std::move(table).value();
}

std::vector<SocketRow> rows_of(SocketTable& table, std::vector<NamespaceProcess> namespaces) {
    std::vector<SocketRow> rows;
    const SocketTableNumbers numbers = table.read(namespaces, rows);
    EXPECT_EQ(numbers.inconsistent, 0U);
    EXPECT_EQ(numbers.cut, 0U);
    EXPECT_EQ(numbers.tcp + numbers.udp + numbers.other, rows.size());
    sort_rows(rows);
    return rows;
}

std::vector<SocketRow> rows_by(SocketSource source, std::vector<NamespaceProcess> others) {
    SocketTable table = opened({.source = source});
    return rows_of(table, std::move(others));
}

void sort_rows(std::vector<SocketRow>& rows) {
    std::ranges::sort(rows, {}, identity);
}

testing::AssertionResult same(
    const std::vector<SocketRow>& left, const std::vector<SocketRow>& right
) {
    if (left.size() != right.size()) {
        return testing::AssertionFailure() << left.size() << " rows and " << right.size();
    }
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (identity(left[i]) != identity(right[i])) {
            return testing::AssertionFailure()
                   << "row " << i << ": " << describe(left[i]) << " and " << describe(right[i]);
        }
    }
    return testing::AssertionSuccess();
}

void let_settle() {
    SocketTable table = opened({.source = SocketSource::kText});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    const auto passes = [](const SocketRow& row) {
        return row.state == SocketState::kFinWait1 || row.state == SocketState::kLastAck ||
               row.state == SocketState::kClosing;
    };
    while (std::ranges::any_of(rows_of(table), passes)) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
        std::this_thread::yield();
    }
}

void skip_if_refused(const std::string& refused) {
    if (!refused.empty()) {
        GTEST_SKIP() << refused;
    }
}

}  // namespace flowgauge::test
