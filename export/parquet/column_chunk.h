// ColumnChunk: the values of one column of a row group, and the page that they become.
#pragma once

#include "export/compression/compressor.h"
#include "export/parquet/parquet_schema.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace flowgauge {

// A value of another kind than the column's is written as the nearest thing that the column can
// hold: rows stay rows whatever happens. Thread: one. Cost: no allocation per value once grown.
class ColumnChunk {
public:
    explicit ColumnChunk(ParquetKind kind) : kind_(kind) {}

    void append(std::uint64_t value);
    void append(std::int64_t value);
    void append(double value);
    void append(std::string_view value);  // UTF-8
    void append(std::span<const std::int64_t> values);

    [[nodiscard]] std::uint32_t rows() const noexcept { return rows_; }

    // Of the page, about.
    [[nodiscard]] std::size_t bytes() const noexcept { return values_.size() + levels_ / 4; }

    // Values as Parquet counts them: an empty list is one as well.
    [[nodiscard]] std::uint32_t values() const noexcept {
        return kind_ == ParquetKind::kList ? levels_ : rows_;
    }

    // Appends all of it as one page with its header. `compressor` may be null. Returns what the
    // page and its header would take without compression.
    std::uint64_t append_page(std::string& out, Compressor* compressor);

    void clear() noexcept;

private:
    void append_level(bool repeats, bool is_there);

    ParquetKind kind_;
    std::uint32_t rows_ = 0;
    std::string values_;  // PLAIN

    // Of a list, one bit each (Parquet's encoding RLE, in runs of packed bits).
    std::uint32_t levels_ = 0;
    std::string repetition_;
    std::string definition_;

    std::string page_;
    std::string compressed_;
};

}  // namespace flowgauge
