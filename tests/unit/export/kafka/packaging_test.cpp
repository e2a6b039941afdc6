// What is shipped for the engines behind Kafka has every column, with a type that holds its values.
#include "core/record/column.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using Types = std::map<std::string, std::string>;

std::string text_of(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(std::string(FLOWGAUGE_TEST_SUPPORT "/../../packaging/kafka/") + name)
                .rdbuf();
    return text.str();
}

// Name and type of the columns of each table that a text makes.
std::vector<Types> tables_of(const std::string& text) {
    std::vector<Types> tables;
    std::istringstream lines(text);
    const std::regex column("    ([a-z]\\w*) ([A-Z][\\w<>]*(\\([\\w, ]+\\))?),?");
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("CREATE TABLE")) {
            tables.emplace_back();
            inside = true;
        }
        inside = inside && !line.starts_with(")");
        std::smatch found;
        if (inside && std::regex_match(line, found, column)) {
            EXPECT_TRUE(tables.back().emplace(found[1], found[2]).second) << line;
        }
    }
    return tables;
}

// `table` has the columns of ours, each with one of the types that `fits` names for it.
template <typename Fits>
void expect_columns(Types table, Fits fits) {
    for (const Column& column : all_columns()) {
        const std::string name = with_unit(column.name, TimeUnit::kMilliseconds);
        const auto found = table.find(name);
        ASSERT_NE(found, table.end()) << name;
        EXPECT_TRUE(fits(column, found->second)) << name << " " << found->second;
        table.erase(found);
    }
    EXPECT_EQ(table, Types{}) << "beyond our columns";
}

bool fits_clickhouse(const Column& column, const std::string& type) {
    switch (column.type) {
    case ColumnType::kUnsigned:
        return type == "UInt64";
    case ColumnType::kInteger:
        return type == "Int64";
    case ColumnType::kReal:
        return type == "Float64";
    case ColumnType::kText:
    case ColumnType::kAddress:
    case ColumnType::kMac:
        return type == "String" || type == "LowCardinality(String)";
    case ColumnType::kList:
        return type == "Array(Int64)";
    case ColumnType::kTexts:
        return type == "Array(String)";
    }
    return false;
}

bool fits_flink(const Column& column, const std::string& type) {
    switch (column.type) {
    case ColumnType::kUnsigned:  // only identities use the highest bit
        return type == (column.name == "flow_uid" ? "DECIMAL(20, 0)" : "BIGINT");
    case ColumnType::kInteger:
        return type == "BIGINT";
    case ColumnType::kReal:
        return type == "DOUBLE";
    case ColumnType::kText:
    case ColumnType::kAddress:
    case ColumnType::kMac:
        return type == "STRING";
    case ColumnType::kList:
        return type == "ARRAY<BIGINT>";
    case ColumnType::kTexts:
        return type == "ARRAY<STRING>";
    }
    return false;
}

TEST(KafkaPackaging, HasEveryColumnForClickHouse) {
    const std::vector<Types> tables = tables_of(text_of("clickhouse.sql"));
    ASSERT_EQ(tables.size(), 2U);
    expect_columns(tables[0], fits_clickhouse);
    expect_columns(tables[1], fits_clickhouse);
}

TEST(KafkaPackaging, HasEveryColumnForFlink) {
    const std::vector<Types> tables = tables_of(text_of("flink.sql"));
    ASSERT_EQ(tables.size(), 1U);
    expect_columns(tables[0], fits_flink);
}

}  // namespace
}  // namespace flowgauge
