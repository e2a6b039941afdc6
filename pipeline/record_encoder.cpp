#include "pipeline/record_encoder.h"

#include "export/terminal/table_encoder.h"
#include "export/text/csv_encoder.h"
#include "export/text/json_encoder.h"

#include <utility>

namespace flowgauge {

std::unique_ptr<RecordEncoder> make_text_encoder(
    const EncoderOptions& options, std::vector<const Column*> columns, TimeUnit unit
) {
    if (options.format == RecordFormat::kJsonLines) {
        return std::make_unique<JsonEncoder>(columns, unit);
    }
    if (options.format == RecordFormat::kTable) {
        return std::make_unique<TableEncoder>(options.table, unit);
    }
    return std::make_unique<CsvEncoder>(options.csv_dialect, std::move(columns), unit);
}

}  // namespace flowgauge
