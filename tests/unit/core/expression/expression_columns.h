// Columns with fixed values, one of each kind, and what expressions over them give.
#pragma once

#include "core/base/format.h"
#include "core/expression/expression.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge::test {

using ColumnReading = void (*)(const RecordView&, ValueSink&);

inline Column expression_column(std::string_view name, ColumnType type, ColumnReading read) {
    return {
        .name = name,
        .type = type,
        .unit = "",
        .presence = Presence::kAlways,
        .nfstream = false,
        .meaning = "",
        .read = read};
}

// How often `counted` was read.
inline int& counted_reads() {
    static int reads = 0;
    return reads;
}

// NOLINTBEGIN(readability-named-parameter): readers of constants
inline std::vector<Column> number_columns() {
    constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();
    return {
        expression_column(
            "seven",
            ColumnType::kUnsigned,
            [](const RecordView&, ValueSink& out) { out.unsigned_integer(7); }
        ),
        expression_column(
            "zero",
            ColumnType::kUnsigned,
            [](const RecordView&, ValueSink& out) { out.unsigned_integer(0); }
        ),
        expression_column(
            "huge",
            ColumnType::kUnsigned,
            [](const RecordView&, ValueSink& out) { out.unsigned_integer(kHuge); }
        ),
        expression_column(
            "minus",
            ColumnType::kInteger,
            [](const RecordView&, ValueSink& out) { out.integer(-5); }
        ),
        expression_column(
            "least",
            ColumnType::kInteger,
            [](const RecordView&, ValueSink& out) {
                out.integer(std::numeric_limits<std::int64_t>::min());
            }
        ),
        expression_column(
            "half", ColumnType::kReal, [](const RecordView&, ValueSink& out) { out.real(0.5); }
        ),
        expression_column("nought", ColumnType::kReal, [](const RecordView&, ValueSink& out) {
            out.real(0.0);
        })};
}

inline std::vector<Column> text_columns() {
    return {
        expression_column(
            "name",
            ColumnType::kText,
            [](const RecordView&, ValueSink& out) { out.text("TLS.Google"); }
        ),
        expression_column(
            "none", ColumnType::kText, [](const RecordView&, ValueSink& out) { out.text(""); }
        ),
        // Text that lasts no longer than the call, as names that are put together.
        expression_column(
            "fleeting",
            ColumnType::kText,
            [](const RecordView&, ValueSink& out) {
                out.token(std::string("gone with the call, and too long to lie in a string"));
            }
        ),
        expression_column(
            "client",
            ColumnType::kAddress,
            [](const RecordView&, ValueSink& out) {
                out.address({.high = 0, .low = 0x0a010203}, 4);
            }
        ),
        expression_column(
            "server",
            ColumnType::kAddress,
            [](const RecordView&, ValueSink& out) {
                out.address({.high = 0x20010db800000000, .low = 1}, 6);
            }
        ),
        expression_column(
            "client_mac",
            ColumnType::kMac,
            [](const RecordView&, ValueSink& out) {
                out.mac({0x00, 0x1b, 0x21, 0xaa, 0xbb, 0xcc}, 6);
            }
        ),
        expression_column("client_oui", ColumnType::kMac, [](const RecordView&, ValueSink& out) {
            out.mac({0x00, 0x1b, 0x21, 0xaa, 0xbb, 0xcc}, 3);
        })};
}

inline std::vector<Column> list_columns() {
    return {
        expression_column(
            "sizes",
            ColumnType::kList,
            [](const RecordView&, ValueSink& out) {
                out.list(std::array<std::int64_t, 5>{60, 1500, 40, -1, -1});
            }
        ),
        expression_column(
            "blank",
            ColumnType::kList,
            [](const RecordView&, ValueSink& out) {
                out.list(std::array<std::int64_t, 2>{-1, -1});
            }
        ),
        expression_column(
            "counted",
            ColumnType::kUnsigned,
            [](const RecordView&, ValueSink& out) {
                ++counted_reads();
                out.unsigned_integer(1);
            }
        ),
        expression_column(
            "seen_{unit}",
            ColumnType::kInteger,
            [](const RecordView& view, ValueSink& out) {
                out.integer(static_cast<std::int64_t>(view.id));
            }
        )};
}

// Of records that have no value, and of one that has.
inline std::vector<Column> optional_columns() {
    const auto nothing = [](const RecordView&, ValueSink& out) {
        out.absent();
    };
    std::vector<Column> columns{
        expression_column("no_number", ColumnType::kInteger, nothing),
        expression_column("no_real", ColumnType::kReal, nothing),
        expression_column("no_text", ColumnType::kText, nothing),
        expression_column("no_list", ColumnType::kList, nothing),
        expression_column("no_texts", ColumnType::kTexts, nothing),
        expression_column("udps.nine", ColumnType::kInteger, [](const RecordView&, ValueSink& out) {
            out.integer(9);
        })};
    for (Column& column : columns) {
        column.optional = true;
    }
    columns.push_back(expression_column(
        "words",
        ColumnType::kTexts,
        [](const RecordView&, ValueSink& out) {
            const std::array<std::string, 3> words{"one", "two", ""};
            out.texts(std::array<std::string_view, 3>{words[0], words[1], words[2]});
        }
    ));
    return columns;
}
// NOLINTEND(readability-named-parameter)

inline const std::vector<Column>& expression_columns() {
    static const std::vector<Column> kColumns = [] {
        std::vector<Column> columns = number_columns();
        for (const std::vector<Column>& more :
             {text_columns(), list_columns(), optional_columns()}) {
            columns.insert(columns.end(), more.begin(), more.end());
        }
        return columns;
    }();
    return kColumns;
}

inline std::string text_of(Int128 value) {
    return fmt::to_string(value);
}

// "true", "12", "0.5", "'text'", "4:10.1.2.3" and so on.
inline std::string text_of(const ExpressionValue& value) {
    switch (static_cast<ExpressionType>(value.index())) {
    case ExpressionType::kBool:
        return std::get<bool>(value) ? "true" : "false";
    case ExpressionType::kInteger:
        return text_of(std::get<Int128>(value));
    case ExpressionType::kReal:
        return format("{:#}", std::get<double>(value));
    case ExpressionType::kText:
        return format("'{}'", std::get<std::string_view>(value));
    case ExpressionType::kAddress:
        return format("address of version {}", std::get<AddressValue>(value).version);
    case ExpressionType::kMac:
        return format(
            "{:012x}/{}", std::get<MacValue>(value).bits, std::get<MacValue>(value).bytes
        );
    case ExpressionType::kList:
        return format("[{}]", join(std::get<ListValue>(value), ", "));
    case ExpressionType::kTexts:
        return format("[{}]", join(std::get<TextsValue>(value), ", "));
    }
    return "";
}

inline std::string text_of(const std::optional<ExpressionValue>& value) {
    return value ? text_of(*value) : "absent";
}

inline std::string outcome_of(
    std::string_view text, const MeterOptions& options = {}, std::uint64_t id = 0
) {
    const ExpressionScope scope{.options = options, .columns = expression_columns()};
    Result<Expression> compiled = Expression::compile(text, scope);
    if (!compiled) {
        return compiled.error().message;
    }
    ExpressionEvaluator evaluator(std::move(compiled).value());
    const FlowRecord record;
    const RecordContext context;
    return text_of(evaluator.evaluate({.record = record, .context = context, .id = id}));
}

struct ExpressionRow {
    const char* expression;
    const char* outcome;  // as outcome_of() has it
};

inline void expect_outcomes(const std::vector<ExpressionRow>& rows) {
    for (const ExpressionRow& row : rows) {
        EXPECT_EQ(outcome_of(row.expression), row.outcome) << row.expression;
    }
}

}  // namespace flowgauge::test
