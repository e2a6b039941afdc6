#include "python/src/batch.h"

#include "core/base/utf8_text.h"

#include <bit>

namespace flowgauge {
namespace {

BatchKind kind_of(ColumnType type) noexcept {
    switch (type) {
    case ColumnType::kUnsigned:
        return BatchKind::kUnsigned;
    case ColumnType::kInteger:
        return BatchKind::kInteger;
    case ColumnType::kReal:
        return BatchKind::kReal;
    case ColumnType::kText:
    case ColumnType::kAddress:
    case ColumnType::kMac:
        return BatchKind::kText;
    case ColumnType::kList:
        return BatchKind::kList;
    case ColumnType::kTexts:
        return BatchKind::kTexts;
    }
    return BatchKind::kText;
}

std::int32_t offset_of(std::size_t bytes) noexcept {
    return static_cast<std::int32_t>(bytes);
}

void put_text(std::string& out, std::string_view value) {
    if (is_utf8(value)) {
        out.append(value);
    } else {
        append_utf8(out, value);
    }
}

// One value of one row into its column.
class ColumnFiller final : public ValueSink {
public:
    void begin(BatchColumn& column, std::size_t row) noexcept {
        column_ = &column;
        row_ = row;
    }

    void unsigned_integer(std::uint64_t value) override {
        column_->numbers.push_back(
            column_->kind == BatchKind::kReal
                ? std::bit_cast<std::uint64_t>(static_cast<double>(value))
                : value
        );
    }
    void integer(std::int64_t value) override {
        column_->numbers.push_back(
            column_->kind == BatchKind::kReal
                ? std::bit_cast<std::uint64_t>(static_cast<double>(value))
                : static_cast<std::uint64_t>(value)
        );
    }
    void real(double value) override {
        column_->numbers.push_back(std::bit_cast<std::uint64_t>(value));
    }
    void text(std::string_view value) override {
        put_text(column_->bytes, value);
        column_->offsets.push_back(offset_of(column_->bytes.size()));
    }
    void token(std::string_view value) override {
        column_->bytes.append(value);
        column_->offsets.push_back(offset_of(column_->bytes.size()));
    }
    void list(std::span<const std::int64_t> values) override {
        for (const std::int64_t value : values) {
            column_->numbers.push_back(static_cast<std::uint64_t>(value));
        }
        column_->offsets.push_back(offset_of(column_->numbers.size()));
    }
    void texts(std::span<const std::string_view> values) override {
        for (const std::string_view value : values) {
            put_text(column_->bytes, value);
            column_->text_offsets.push_back(offset_of(column_->bytes.size()));
        }
        column_->offsets.push_back(offset_of(column_->text_offsets.size() - 1));
    }
    void absent() override {
        if (column_->absent++ == 0) {
            column_->validity.assign((Batch::kRowsMax + 7) / 8, 0xff);
        }
        column_->validity[row_ / 8] &= static_cast<std::uint8_t>(~(1U << (row_ % 8)));
        if (column_->offsets.empty()) {
            column_->numbers.push_back(
                column_->kind == BatchKind::kReal ? std::bit_cast<std::uint64_t>(0.0) : 0
            );
        } else {
            column_->offsets.push_back(column_->offsets.back());
        }
    }

private:
    BatchColumn* column_ = nullptr;
    std::size_t row_ = 0;
};

}  // namespace

BatchSchema::BatchSchema(const std::vector<const Column*>& selected, TimeUnit unit)
    : columns(selected) {
    for (const Column* column : selected) {
        fields.push_back({.name = with_unit(column->name, unit), .kind = kind_of(column->type)});
    }
}

std::string_view BatchColumn::text(std::size_t row) const noexcept {
    const auto begin = static_cast<std::size_t>(offsets[row]);
    const auto end = static_cast<std::size_t>(offsets[row + 1]);
    return std::string_view(bytes).substr(begin, end - begin);
}

std::span<const std::uint64_t> BatchColumn::list(std::size_t row) const noexcept {
    const auto begin = static_cast<std::size_t>(offsets[row]);
    const auto end = static_cast<std::size_t>(offsets[row + 1]);
    return std::span(numbers).subspan(begin, end - begin);
}

std::string_view BatchColumn::text_of_list(std::size_t row, std::size_t i) const noexcept {
    const std::size_t at = static_cast<std::size_t>(offsets[row]) + i;
    const auto begin = static_cast<std::size_t>(text_offsets[at]);
    const auto end = static_cast<std::size_t>(text_offsets[at + 1]);
    return std::string_view(bytes).substr(begin, end - begin);
}

Batch::Batch(std::shared_ptr<const BatchSchema> schema) : schema_(std::move(schema)) {
    columns_.resize(schema_->fields.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        BatchColumn& column = columns_[i];
        column.kind = schema_->fields[i].kind;
        if (column.kind >= BatchKind::kText) {
            column.offsets.push_back(0);
        }
        if (column.kind == BatchKind::kTexts) {
            column.text_offsets.push_back(0);
        }
    }
}

void Batch::add(const RecordView& record) {
    ColumnFiller filler;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        BatchColumn& column = columns_[i];
        filler.begin(column, rows_);
        schema_->columns[i]->read(record, filler);
    }
    ++rows_;
    // What is long is looked at now and then: a row adds at most 64 KiB a text.
    constexpr std::size_t kLookEvery = 16;
    if (rows_ % kLookEvery == 0) {
        bytes_ = 0;
        for (const BatchColumn& column : columns_) {
            bytes_ += column.bytes.size() + column.numbers.size() * sizeof(std::uint64_t);
        }
    }
}

}  // namespace flowgauge
