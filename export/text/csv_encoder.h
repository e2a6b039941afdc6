// CsvEncoder: comma-separated values, numbers bare, text and lists in quotes, one header line.
#pragma once

#include "export/sink/encoder.h"
#include "export/text/row_memory.h"

#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

// How a quote inside CSV text is written; the rest is the same.
enum class CsvDialect : std::uint8_t {
    kRfc4180,   // doubled
    kNfstream,  // backslash, as NFStream 6.5.4 does; ambiguous for text that ends in one
};

class CsvEncoder final : public RecordEncoder {
public:
    CsvEncoder(CsvDialect dialect, std::vector<const Column*> columns, TimeUnit unit)
        : dialect_(dialect),
          columns_(std::move(columns)),
          unit_(unit) {}

    [[nodiscard]] std::string preamble() override;
    [[nodiscard]] bool encode(const RecordView& record, Block& out) override;

private:
    class Row;

    CsvDialect dialect_;
    std::vector<const Column*> columns_;
    TimeUnit unit_;
    RowMemory memory_;
    std::string list_;  // memory of a list of texts
};

}  // namespace flowgauge
