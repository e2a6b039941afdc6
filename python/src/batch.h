// Batch: records by columns, laid out as Arrow and numpy want them.
#pragma once

#include "core/record/column.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

enum class BatchKind : std::uint8_t { kUnsigned, kInteger, kReal, kText, kList, kTexts };

struct BatchField {
    std::string name;
    BatchKind kind = BatchKind::kText;
};

// The columns of a run's batches, and how each is read.
struct BatchSchema {
    std::vector<BatchField> fields;
    std::vector<const Column*> columns;  // one a field

    BatchSchema(const std::vector<const Column*>& selected, TimeUnit unit);
};

// One column of a batch in the memory layout of Arrow's columnar format: numbers side by side,
// texts as offsets into their bytes, lists as offsets into their entries.
struct BatchColumn {
    BatchKind kind = BatchKind::kText;
    std::vector<std::uint64_t> numbers;      // values, or the entries of lists: bit patterns
    std::vector<std::int32_t> offsets;       // of texts and lists: one more than rows
    std::vector<std::int32_t> text_offsets;  // of kTexts: where each text of all lists begins
    std::string bytes;                       // of texts: UTF-8
    std::vector<std::uint8_t> validity;      // a bit a row, 0: no value; empty: all have one
    std::size_t absent = 0;

    [[nodiscard]] bool is_absent(std::size_t row) const noexcept {
        return absent != 0 && (validity[row / 8] >> (row % 8) & 1U) == 0;
    }
    [[nodiscard]] std::string_view text(std::size_t row) const noexcept;
    [[nodiscard]] std::span<const std::uint64_t> list(std::size_t row) const noexcept;
    [[nodiscard]] std::size_t texts(std::size_t row) const noexcept {
        return static_cast<std::size_t>(offsets[row + 1] - offsets[row]);
    }
    [[nodiscard]] std::string_view text_of_list(std::size_t row, std::size_t i) const noexcept;
};

// Thread: one at a time. Full once it holds kRowsMax rows or kBytesMax of texts and lists.
class Batch {
public:
    static constexpr std::size_t kRowsMax = 4096;
    static constexpr std::size_t kBytesMax = std::size_t{256} << 20;

    // Requires: the columns of the schema live as long as rows are added.
    explicit Batch(std::shared_ptr<const BatchSchema> schema);

    // Texts that are no UTF-8 are mended.
    void add(const RecordView& record);

    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    [[nodiscard]] bool is_full() const noexcept { return rows_ >= kRowsMax || bytes_ >= kBytesMax; }
    [[nodiscard]] const BatchSchema& schema() const noexcept { return *schema_; }
    [[nodiscard]] const std::shared_ptr<const BatchSchema>& shared_schema() const noexcept {
        return schema_;
    }
    [[nodiscard]] const BatchColumn& column(std::size_t i) const noexcept { return columns_[i]; }

    // An object for each row, if the run has any; whoever takes the batch owns them.
    std::vector<void*> objects;

private:
    std::shared_ptr<const BatchSchema> schema_;
    std::vector<BatchColumn> columns_;
    std::size_t rows_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace flowgauge
