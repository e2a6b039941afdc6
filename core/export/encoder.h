// RecordEncoder: turns records into the bytes of a format. Knows nothing of where they go.
#pragma once

#include "core/record/column.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

enum class RecordFormat : std::uint8_t { kCsv, kJsonLines };

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
};

struct EncoderOptions {
    RecordFormat format = RecordFormat::kCsv;
    CsvDialect csv_dialect = CsvDialect::kRfc4180;
};

[[nodiscard]] std::unique_ptr<RecordEncoder> make_encoder(
    const EncoderOptions& options, std::vector<const Column*> columns, TimeUnit unit
);

}  // namespace flowgauge
