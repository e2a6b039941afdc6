#include "command/fields_command.h"

#include "core/base/format.h"
#include "core/record/column.h"
#include "core/record/packet_field.h"
#include "export/text/protobuf_encoder.h"
#include "telemetry/metric_table.h"

#include <unistd.h>

#include <iterator>
#include <span>
#include <string>

namespace flowgauge {
namespace {

constexpr TimeUnit kShownUnit = TimeUnit::kMilliseconds;

std::string plain_text(std::span<const Column> columns) {
    std::string text;
    auto out = std::back_inserter(text);
    for (const Column& column : columns) {
        format_to(
            out,
            "{:<33} {:<9} {:<8} {:<21} {}\n",
            with_unit(column.name, kShownUnit),
            to_string(column.type),
            with_unit(column.unit, kShownUnit),
            to_string(column.presence),
            column.meaning
        );
    }
    return text;
}

std::string markdown_text() {
    std::string text =
        "# Columns\n\n"
        "Made by `flowgauge fields --markdown`. Columns stand in this order; those whose presence "
        "is\n"
        "not \"always\" exist when that parameter is on. `ms` is the time unit (`--time-unit`).\n"
        "In `--columns nfstream` only those marked NFStream are written.\n\n"
        "| column | type | unit | presence | NFStream | meaning |\n|---|---|---|---|---|---|\n";
    auto out = std::back_inserter(text);
    for (const Column& column : all_columns()) {
        format_to(
            out,
            "| {} | {} | {} | {} | {} | {} |\n",
            with_unit(column.name, kShownUnit),
            to_string(column.type),
            with_unit(column.unit, kShownUnit),
            to_string(column.presence),
            column.nfstream ? "yes" : "",
            column.meaning
        );
    }
    return text;
}

std::string text_of(const FieldsOptions& options) {
    switch (options.form) {
    case FieldsForm::kMarkdown:
        return markdown_text();
    case FieldsForm::kMetrics:
        return metrics_markdown();
    case FieldsForm::kProtobuf:
        return protobuf_schema();
    case FieldsForm::kPacket:
        return plain_text(packet_fields());
    case FieldsForm::kIpfix:
        return ipfix_dictionary(options.dictionary, options.enterprise_number);
    case FieldsForm::kText:
        break;
    }
    return plain_text(all_columns());
}

}  // namespace

ExitStatus list_fields(const FieldsOptions& options) {
    const std::string text = text_of(options);
    const bool written =
        ::write(STDOUT_FILENO, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    return written ? ExitStatus::kDone : ExitStatus::kOutput;
}

}  // namespace flowgauge
