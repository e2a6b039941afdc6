// Columns with fixed values, to test encoders without a flow.
#pragma once

#include "core/record/column.h"

#include <array>
#include <string>
#include <vector>

namespace flowgauge::test {

// Text that each format has to write with care.
constexpr std::string_view kHardText = "a\"b,c\nd\\e\r\t\x01 \xc3\xa9";

// NOLINTBEGIN(readability-named-parameter): readers of constants
inline void read_number(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.id);
}
inline void read_negative(const RecordView&, ValueSink& out) {
    out.integer(-5);
}
inline void read_real(const RecordView&, ValueSink& out) {
    out.real(1514);
}
inline void read_text(const RecordView&, ValueSink& out) {
    out.text("plain");
}
inline void read_empty(const RecordView&, ValueSink& out) {
    out.text("");
}
inline void read_hard(const RecordView&, ValueSink& out) {
    out.text(kHardText);
}
inline void read_trailing(const RecordView&, ValueSink& out) {
    out.text("end\\");
}
inline void read_list(const RecordView&, ValueSink& out) {
    out.list(std::array<std::int64_t, 3>{0, 1, -1});
}
inline void read_empty_list(const RecordView&, ValueSink& out) {
    out.list({});
}
// NOLINTEND(readability-named-parameter)

inline Column column(std::string_view name, void (*read)(const RecordView&, ValueSink&)) {
    return {
        .name = name,
        .type = ColumnType::kText,
        .unit = "",
        .presence = Presence::kAlways,
        .nfstream = false,
        .meaning = "",
        .read = read};
}

inline const std::vector<Column>& test_columns() {
    static const std::vector<Column> kColumns{
        column("id", read_number),
        column("negative", read_negative),
        column("real_{unit}", read_real),
        column("text", read_text),
        column("empty", read_empty),
        column("hard", read_hard),
        column("trailing", read_trailing),
        column("list", read_list),
        column("empty_list", read_empty_list)};
    return kColumns;
}

inline std::vector<const Column*> pointers(const std::vector<Column>& columns) {
    std::vector<const Column*> made;
    made.reserve(columns.size());
    for (const Column& each : columns) {
        made.push_back(&each);
    }
    return made;
}

}  // namespace flowgauge::test
