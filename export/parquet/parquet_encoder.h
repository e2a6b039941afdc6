// ParquetEncoder: keeps records back, column by column, until they make a row group.
#pragma once

#include "export/parquet/column_chunk.h"
#include "export/sink/encoder.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

struct ParquetOptions {
    Compression compression = Compression::kZstd;

    // A row group ends with whichever is reached first. That many records wait in memory.
    std::uint32_t rows_max = 65'536;
    std::uint64_t bytes_max = std::uint64_t{16} << 20;  // before compression
};

// A unit is a row group; ParquetFraming makes files of them. Text that is no UTF-8 has U+FFFD where
// it is ill-formed (utf8_text.h), because the type STRING allows nothing else.
class ParquetEncoder final : public RecordEncoder {
public:
    ParquetEncoder(
        const ParquetOptions& options, std::vector<const Column*> columns, TimeUnit unit
    );

    [[nodiscard]] std::string preamble() override;
    [[nodiscard]] bool encode(const RecordView& record, Block& out) override;

    // May be called at any time; records may follow.
    void finish(Block& out) override;

private:
    class Values;

    ParquetOptions options_;
    std::vector<const Column*> columns_;
    TimeUnit unit_;
    std::unique_ptr<Compressor> compressor_;
    std::vector<ColumnChunk> chunks_;  // of each column
    std::uint32_t rows_ = 0;
    std::string text_;  // a value that had to be mended
};

}  // namespace flowgauge
