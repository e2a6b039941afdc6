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
    explicit ColumnChunk(ParquetKind kind, bool optional = false)
        : kind_(kind),
          optional_(optional) {}

    void append(std::uint64_t value);
    void append(std::int64_t value);
    void append(double value);
    void append(std::string_view value);  // UTF-8
    void append(std::span<const std::int64_t> values);
    void append(std::span<const std::string_view> values);  // UTF-8
    void append_absent();

    [[nodiscard]] std::uint32_t rows() const noexcept { return rows_; }

    // Of the page, about.
    [[nodiscard]] std::size_t bytes() const noexcept { return values_.size() + levels_ / 2; }

    // Values as Parquet counts them: an empty list is one as well.
    [[nodiscard]] std::uint32_t values() const noexcept { return is_list(kind_) ? levels_ : rows_; }

    // Appends all of it as one page with its header. `compressor` may be null. Returns what the
    // page and its header would take without compression.
    std::uint64_t append_page(std::string& out, Compressor* compressor);

    void clear() noexcept;

private:
    void append_level(bool repeats, unsigned definition);
    void append_bytes(std::string_view value);
    void end_value();
    template <typename Value, typename Append>
    void append_list(std::span<const Value> values, Append append_entry);

    ParquetKind kind_;
    bool optional_;
    std::uint32_t rows_ = 0;
    std::string values_;  // PLAIN

    // Of lists and of what is optional, a bit or two each (Parquet's encoding RLE, in runs of
    // packed bits). Definition: what stands there, out of what may be missing one behind the other.
    std::uint32_t levels_ = 0;
    std::string repetition_;
    std::string definition_;

    std::string page_;
    std::string compressed_;
};

}  // namespace flowgauge
