// Reads Parquet files of ours back: a reader of its own, which knows the format from its
// specification and nothing from the writer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace flowgauge::test {

// Without a value (NULL) it is the last of these.
using ParquetValue = std::variant<
    std::uint64_t,
    std::int64_t,
    double,
    std::string,
    std::vector<std::int64_t>,
    std::vector<std::string>,
    std::monostate>;

struct ParquetTable {
    std::string problem;  // why it is no such file; empty: it is
    std::vector<std::string> names;
    std::vector<std::vector<ParquetValue>> columns;  // each with all its rows
    std::uint64_t row_groups = 0;
};

[[nodiscard]] ParquetTable read_parquet(std::string_view file);

}  // namespace flowgauge::test
