#include "export/parquet/parquet_encoder.h"

#include "core/base/utf8_text.h"
#include "export/parquet/row_group.h"

#include <algorithm>
#include <utility>

namespace flowgauge {

// Puts what a column reads into its chunk.
class ParquetEncoder::Values final : public ValueSink {
public:
    explicit Values(std::string& text) : text_(text) {}

    void set_chunk(ColumnChunk& chunk) noexcept { chunk_ = &chunk; }

    void unsigned_integer(std::uint64_t value) override { chunk_->append(value); }
    void integer(std::int64_t value) override { chunk_->append(value); }
    void real(double value) override { chunk_->append(value); }
    void token(std::string_view value) override { chunk_->append(value); }
    void list(std::span<const std::int64_t> values) override { chunk_->append(values); }

    void text(std::string_view value) override {
        if (is_utf8(value)) {
            chunk_->append(value);
            return;
        }
        text_.clear();
        append_utf8(text_, value);
        chunk_->append(text_);
    }

    void texts(std::span<const std::string_view> values) override {
        if (std::ranges::all_of(values, is_utf8)) {
            chunk_->append(values);
            return;
        }
        std::vector<std::string> mended(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            append_utf8(mended[i], values[i]);
        }
        const std::vector<std::string_view> all(mended.begin(), mended.end());
        chunk_->append(all);
    }

    void absent() override { chunk_->append_absent(); }

private:
    ColumnChunk* chunk_ = nullptr;
    std::string& text_;
};

ParquetEncoder::ParquetEncoder(
    const ParquetOptions& options, std::vector<const Column*> columns, TimeUnit unit
)
    : options_(options),
      columns_(std::move(columns)),
      unit_(unit) {
    if (options_.compression != Compression::kNone) {
        compressor_ = make_compressor(options_.compression);
    }
    for (const Column* column : columns_) {
        chunks_.emplace_back(parquet_kind(column->type), column->optional);
    }
}

std::string ParquetEncoder::preamble() {
    ParquetSchema schema{.compression = options_.compression, .columns = {}};
    for (const Column* column : columns_) {
        schema.columns.push_back(
            {.name = with_unit(column->name, unit_),
             .kind = parquet_kind(column->type),
             .optional = column->optional}
        );
    }
    return to_bytes(schema);
}

bool ParquetEncoder::encode(const RecordView& record, Block& out) {
    Values values(text_);
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        values.set_chunk(chunks_[i]);
        columns_[i]->read(record, values);
        bytes += chunks_[i].bytes();
    }
    ++rows_;
    if (rows_ >= options_.rows_max || bytes >= options_.bytes_max) {
        finish(out);
    }
    return true;
}

void ParquetEncoder::finish(Block& out) {
    if (rows_ == 0) {
        return;
    }
    append_row_group(out.bytes, chunks_, compressor_.get());
    out.end_unit(std::exchange(rows_, 0));
    for (ColumnChunk& chunk : chunks_) {
        chunk.clear();
    }
}

}  // namespace flowgauge
