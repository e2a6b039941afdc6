#include "export/text/protobuf_encoder.h"

#include <string>

namespace flowgauge {
namespace {

std::string_view type_of(ColumnType type) noexcept {
    switch (type) {
    case ColumnType::kUnsigned:
        return "uint64";
    case ColumnType::kInteger:
        return "sint64";
    case ColumnType::kReal:
        return "double";
    case ColumnType::kText:
    case ColumnType::kAddress:
    case ColumnType::kMac:
        return "string";
    case ColumnType::kList:
        return "repeated sint64";
    case ColumnType::kTexts:
        return "repeated string";
    }
    return "";
}

// "  // meaning\n  type name = number;\n"
std::string field_text(const Column& column, TimeUnit unit) {
    const std::optional<std::uint32_t> number = protobuf_number(column.name, unit);
    if (!number) {
        return "";
    }
    std::string text = "  // ";
    text += column.meaning;
    if (!column.unit.empty()) {
        text += " (" + with_unit(column.unit, unit) + ")";
    }
    text += "\n  ";
    text += type_of(column.type);
    text += " " + with_unit(column.name, unit) + " = " + std::to_string(*number) + ";\n";
    return text;
}

}  // namespace

std::string protobuf_schema() {
    std::string text =
        "// Records of flowgauge. Made by `flowgauge fields --protobuf`.\n"
        "//\n"
        "// Fields have the names of the columns, and numbers that never change. A record has the\n"
        "// fields of its sink's `columns`; those of times are the ones of its `time_unit`. What "
        "is\n"
        "// 0 or empty is not sent.\n"
        "syntax = \"proto3\";\n\n"
        "package flowgauge;\n\n"
        "// What features, plugins and models give: the value of a column.\n"
        "message ExtensionValue {\n"
        "  oneof value {\n"
        "    uint64 unsigned_integer = 1;\n"
        "    sint64 integer = 2;\n"
        "    double real = 3;\n"
        "    string text = 4;\n"
        "    IntegerList integers = 5;\n"
        "    TextList texts = 6;\n"
        "  }\n"
        "}\n\n"
        "message IntegerList {\n"
        "  repeated sint64 values = 1;\n"
        "}\n\n"
        "message TextList {\n"
        "  repeated string values = 1;\n"
        "}\n\n"
        "message Flow {\n";
    for (const Column& column : all_columns()) {
        text += field_text(column, TimeUnit::kMilliseconds);
    }
    text += "  // Columns udps.NAME by NAME: what features, plugins and models give, as far as "
            "there is a value\n"
            "  map<string, ExtensionValue> udps = " +
            std::to_string(kProtobufExtension) + ";\n";
    for (const TimeUnit unit : {TimeUnit::kMicroseconds, TimeUnit::kNanoseconds}) {
        text += "\n  // With time_unit: " + std::string(suffix(unit)) + ".\n\n";
        for (const Column& column : all_columns()) {
            if (column.unit == "{unit}") {
                text += field_text(column, unit);
            }
        }
    }
    return text + "}\n";
}

}  // namespace flowgauge
