// Reading a SocketTable in tests.
#pragma once

#include "visibility/sockets/socket_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge::test {

SocketTable opened(SocketTableOptions options = {});

// Into an order that both sources share.
void sort_rows(std::vector<SocketRow>& rows);

// One read, of which nothing may be inconsistent or cut, in that order.
std::vector<SocketRow> rows_of(SocketTable& table, std::vector<NamespaceProcess> namespaces = {});

// The same by a table of its own.
std::vector<SocketRow> rows_by(SocketSource source, std::vector<NamespaceProcess> others = {});

// Whether all that both sources tell is equal.
testing::AssertionResult same(
    const std::vector<SocketRow>& left, const std::vector<SocketRow>& right
);

// A FIN is acknowledged some time after: only then states stay as they are.
void let_settle();

// The last step of a test that ran elsewhere, if it could.
void skip_if_refused(const std::string& refused);

}  // namespace flowgauge::test
