// The encoders and filters of sinks.
#include "core/expression/expression.h"
#include "core/record/column.h"
#include "export/ipfix/ipfix_encoder.h"
#include "export/kafka/kafka_encoder.h"
#include "export/terminal/table_encoder.h"
#include "export/text/csv_encoder.h"
#include "export/text/json_encoder.h"
#include "pipeline/sink_parts.h"

#include <utility>
#include <vector>

namespace flowgauge {
namespace {

// The `when` of a sink.
class ExpressionFilter final : public RecordFilter {
public:
    explicit ExpressionFilter(Expression expression) : evaluator_(std::move(expression)) {}

    [[nodiscard]] bool wants(const RecordView& record) override { return evaluator_.holds(record); }

private:
    ExpressionEvaluator evaluator_;
};

std::unique_ptr<RecordEncoder> text_encoder(
    const EncoderOptions& options,
    RecordFormat format,
    std::vector<const Column*> columns,
    TimeUnit unit
) {
    switch (format) {
    case RecordFormat::kJsonLines:
        return std::make_unique<JsonEncoder>(columns, unit, options.names);
    case RecordFormat::kTable:
        return std::make_unique<TableEncoder>(options.table, unit);
    default:
        return std::make_unique<CsvEncoder>(options.csv_dialect, std::move(columns), unit);
    }
}

Result<std::unique_ptr<RecordEncoder>> ipfix_encoder(
    const SinkSettings& sink, const SinkSurroundings& around
) {
    Result<std::unique_ptr<IpfixEncoder>> made =
        IpfixEncoder::open(sink.ipfix, around.settings.meter, around.application_names);
    if (!made) {
        return std::move(made).error();
    }
    return std::unique_ptr<RecordEncoder>(std::move(made).value());
}

}  // namespace

Result<std::unique_ptr<RecordFilter>> make_filter(
    const std::string& when, const MeterOptions& meter
) {
    if (when.empty()) {
        return std::unique_ptr<RecordFilter>();
    }
    Result<Expression> expression = Expression::compile_filter(when, {.options = meter});
    if (!expression) {
        return std::move(expression).error().within("when");
    }
    return std::unique_ptr<RecordFilter>(
        std::make_unique<ExpressionFilter>(std::move(expression).value())
    );
}

Result<std::unique_ptr<RecordEncoder>> make_line_encoder(
    const EncoderOptions& options, std::string_view columns, const MeterOptions& meter
) {
    Result<std::vector<const Column*>> selected = select_columns(columns, meter);
    if (!selected) {
        return std::move(selected).error();
    }
    return text_encoder(options, options.format, std::move(selected).value(), meter.flow.time_unit);
}

Result<std::unique_ptr<RecordEncoder>> make_encoder(
    const SinkSettings& sink, const SinkSurroundings& around
) {
    const MeterOptions& meter = around.settings.meter;
    const RecordFormat format = format_of(sink);
    if (format == RecordFormat::kIpfix) {
        return ipfix_encoder(sink, around);
    }
    EncoderOptions options = sink.encoder;
    options.format = format;
    Result<std::unique_ptr<RecordEncoder>> lines = make_line_encoder(options, sink.columns, meter);
    if (!lines || sink.type != SinkType::kKafka) {
        return lines;
    }
    return std::unique_ptr<RecordEncoder>(std::make_unique<KafkaEncoder>(
        KafkaEncoderOptions{.records_per_message = sink.records_per_message},
        std::move(lines).value()
    ));
}

}  // namespace flowgauge
