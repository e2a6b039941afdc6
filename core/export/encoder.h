// RecordEncoder: turns records into the bytes of a format. Knows nothing of where they go.
#pragma once

#include "core/export/table_options.h"
#include "core/record/column.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

enum class RecordFormat : std::uint8_t { kCsv, kJsonLines, kTable };

// How a quote inside CSV text is written; the rest is the same.
enum class CsvDialect : std::uint8_t {
    kRfc4180,   // doubled
    kNfstream,  // backslash, as NFStream 6.5.4 does; ambiguous for text that ends in one
};

// Thread: the sink's. Ownership: refers to the column table.
class RecordEncoder {
public:
    virtual ~RecordEncoder() = default;

    // Appends what stands at the head of each output.
    virtual void begin(std::string& out) = 0;

    // Appends one record.
    virtual void encode(const RecordView& record, std::string& out) = 0;

    // Appends what stands at the end. The last record has been encoded.
    virtual void end(std::string& /*out*/) {}
};

struct EncoderOptions {
    RecordFormat format = RecordFormat::kCsv;
    CsvDialect csv_dialect = CsvDialect::kRfc4180;
    TableOptions table{};
};

// `columns` are those of CSV and JSON; a table has its own.
[[nodiscard]] std::unique_ptr<RecordEncoder> make_encoder(
    const EncoderOptions& options, std::vector<const Column*> columns, TimeUnit unit
);

}  // namespace flowgauge
