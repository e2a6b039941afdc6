// The encoders and filters of sinks.
#include "core/expression/expression.h"
#include "core/record/column.h"
#include "export/ipfix/ipfix_encoder.h"
#include "export/kafka/kafka_encoder.h"
#include "export/parquet/parquet_encoder.h"
#include "export/sink/keeping_encoder.h"
#include "export/terminal/table_encoder.h"
#include "export/text/csv_encoder.h"
#include "export/text/json_encoder.h"
#include "export/text/protobuf_encoder.h"
#include "pipeline/sink_parts.h"

#include <algorithm>
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

bool is_address(const std::string& column) {
    return column == "src_ip" || column == "dst_ip";
}

bool hides_addresses(const Anonymizer* anonymizer) {
    return anonymizer != nullptr && std::ranges::any_of(anonymizer->columns(), is_address);
}

// Elements for addresses hold addresses; what else is to be hidden is left out.
Result<std::unique_ptr<RecordEncoder>> ipfix_encoder(
    const SinkSettings& sink, const SinkSurroundings& around
) {
    IpfixOptions options = sink.ipfix;
    options.interfaces = around.interfaces;
    if (around.anonymizer != nullptr) {
        options.hidden_columns = around.anonymizer->columns();
        if (hides_addresses(around.anonymizer.get())) {
            options.pseudonym =
                [anonymizer = around.anonymizer](const IpAddress& address, std::uint8_t version) {
                    return anonymizer->address(address, version);
                };
        }
        std::erase_if(options.hidden_columns, is_address);
    }
    Result<std::unique_ptr<IpfixEncoder>> made =
        IpfixEncoder::open(std::move(options), around.settings.meter, around.application_names);
    if (!made) {
        return std::move(made).error();
    }
    return std::unique_ptr<RecordEncoder>(std::move(made).value());
}

Result<std::unique_ptr<RecordEncoder>> protobuf_encoder(
    const std::vector<const Column*>& columns, TimeUnit unit
) {
    Result<std::unique_ptr<ProtobufEncoder>> made = ProtobufEncoder::make(columns, unit);
    if (!made) {
        return std::move(made).error();
    }
    return std::unique_ptr<RecordEncoder>(std::move(made).value());
}

// With flows_per_file a row group is no larger than a file.
std::unique_ptr<RecordEncoder> parquet_encoder(
    const SinkSettings& sink, std::vector<const Column*> columns, TimeUnit unit
) {
    ParquetOptions options{.compression = compression_of(sink)};
    if (sink.file.flows_per_file != 0) {
        options.rows_max = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(options.rows_max, sink.file.flows_per_file)
        );
    }
    return std::make_unique<ParquetEncoder>(options, std::move(columns), unit);
}

// The encoder of a format that consists of columns and needs nothing else.
Result<std::unique_ptr<RecordEncoder>> column_encoder(
    const SinkSettings& sink, std::vector<const Column*> columns, TimeUnit unit
) {
    switch (const RecordFormat format = format_of(sink)) {
    case RecordFormat::kProtobuf:
        return protobuf_encoder(columns, unit);
    case RecordFormat::kParquet:
        return parquet_encoder(sink, std::move(columns), unit);
    default:
        return text_encoder(sink.encoder, format, std::move(columns), unit);
    }
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

Result<std::shared_ptr<const Anonymizer>> open_anonymizer(
    const SinkSettings& sink, const MeterOptions& meter
) {
    if (sink.anonymize.columns.empty()) {
        return std::shared_ptr<const Anonymizer>();
    }
    Result<std::unique_ptr<Anonymizer>> opened = Anonymizer::open(sink.anonymize, meter);
    if (!opened) {
        return std::move(opened).error();
    }
    return std::shared_ptr<const Anonymizer>(std::move(opened).value());
}

Result<std::unique_ptr<RecordEncoder>> make_encoder(
    const SinkSettings& sink, const SinkSurroundings& around
) {
    const MeterOptions& meter = around.settings.meter;
    if (format_of(sink) == RecordFormat::kIpfix) {
        return ipfix_encoder(sink, around);
    }
    Result<std::vector<const Column*>> selected = select_columns(sink.columns, meter);
    if (!selected) {
        return std::move(selected).error();
    }
    std::vector<const Column*> columns = std::move(selected).value();
    if (around.anonymizer != nullptr) {
        columns = around.anonymizer->replaced(std::move(columns));
    }
    const TimeUnit unit = meter.flow.time_unit;
    Result<std::unique_ptr<RecordEncoder>> made = column_encoder(sink, std::move(columns), unit);
    if (!made) {
        return made;
    }
    std::unique_ptr<RecordEncoder> encoder = std::move(made).value();
    if (sink.type == SinkType::kKafka) {
        encoder = std::make_unique<KafkaEncoder>(
            KafkaEncoderOptions{
                .records_per_message = sink.records_per_message,
                .lines = format_of(sink) != RecordFormat::kProtobuf,
                .with_key = !hides_addresses(around.anonymizer.get())},
            std::move(encoder)
        );
    }
    return std::unique_ptr<RecordEncoder>(std::make_unique<KeepingEncoder>(
        std::move(encoder), std::vector<std::shared_ptr<const void>>{around.anonymizer}
    ));
}

}  // namespace flowgauge
