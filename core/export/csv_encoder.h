// CsvEncoder: comma-separated values, numbers bare, text and lists in quotes, one header line.
#pragma once

#include "core/export/encoder.h"

namespace flowgauge {

class CsvEncoder final : public RecordEncoder {
public:
    CsvEncoder(CsvDialect dialect, std::vector<const Column*> columns, TimeUnit unit)
        : dialect_(dialect),
          columns_(std::move(columns)),
          unit_(unit) {}

    void begin(std::string& out) override;
    void encode(const RecordView& record, std::string& out) override;

private:
    class Row;

    CsvDialect dialect_;
    std::vector<const Column*> columns_;
    TimeUnit unit_;
    std::vector<char> row_memory_ = std::vector<char>(4096);
};

}  // namespace flowgauge
