#include "export/parquet/column_chunk.h"

#include "export/parquet/little_endian.h"
#include "export/parquet/thrift_writer.h"
#include "export/text/number_text.h"

#include <array>

namespace flowgauge {
namespace {

// Encodings of Parquet (Encodings.md).
constexpr std::int32_t kPlain = 0;
constexpr std::int32_t kRle = 3;
constexpr std::int32_t kDataPage = 0;

// PageHeader of parquet.thrift.
std::string page_header(std::size_t plain_bytes, std::size_t stored_bytes, std::uint32_t values) {
    std::string out;
    ThriftWriter thrift(out);
    thrift.begin_struct();
    thrift.integer(1, kDataPage);
    thrift.integer(2, static_cast<std::int32_t>(plain_bytes));
    thrift.integer(3, static_cast<std::int32_t>(stored_bytes));
    thrift.begin_struct(5);
    thrift.integer(1, static_cast<std::int32_t>(values));
    thrift.integer(2, kPlain);
    thrift.integer(3, kRle);
    thrift.integer(4, kRle);
    thrift.end_struct();
    thrift.end_struct();
    return out;
}

// Levels of one bit: their length, then one run of packed bits.
void append_levels(std::string& out, const std::string& bits) {
    std::string run;
    std::uint64_t header = std::uint64_t{bits.size()} << 1U | 1U;  // in groups of eight levels
    while (header >= 0x80) {
        run += static_cast<char>(header | 0x80U);
        header >>= 7U;
    }
    run += static_cast<char>(header);
    append_little_endian(out, static_cast<std::uint32_t>(run.size() + bits.size()));
    out += run;
    out += bits;
}

void append_bit(std::string& bits, std::uint32_t position, bool bit) {
    if (position % 8 == 0) {
        bits += '\0';
    }
    bits.back() = static_cast<char>(
        static_cast<unsigned char>(bits.back()) | (bit ? 1U : 0U) << position % 8
    );
}

template <typename Number>
std::string_view text_of(std::array<char, kNumberTextMax>& memory, Number value) noexcept {
    const char* end = write_number(memory.data(), value);
    return {memory.data(), static_cast<std::size_t>(end - memory.data())};
}

}  // namespace

void ColumnChunk::append(std::uint64_t value) {
    append(static_cast<std::int64_t>(value));  // the bits are what counts
}

void ColumnChunk::append(std::int64_t value) {
    switch (kind_) {
    case ParquetKind::kUnsigned:
    case ParquetKind::kInteger:
        append_little_endian(values_, value);
        ++rows_;
        break;
    case ParquetKind::kReal:
        append(static_cast<double>(value));
        break;
    case ParquetKind::kText: {
        std::array<char, kNumberTextMax> memory{};
        append(text_of(memory, value));
        break;
    }
    case ParquetKind::kList:
        append(std::span<const std::int64_t>(&value, 1));
        break;
    }
}

void ColumnChunk::append(double value) {
    if (kind_ == ParquetKind::kReal) {
        append_little_endian(values_, value);
        ++rows_;
    } else if (kind_ == ParquetKind::kText) {
        std::array<char, kNumberTextMax> memory{};
        append(text_of(memory, value));
    } else {
        constexpr double kMax = 9.2e18;  // what an integer surely holds
        append(value > -kMax && value < kMax ? static_cast<std::int64_t>(value) : 0);
    }
}

void ColumnChunk::append(std::string_view value) {
    if (kind_ == ParquetKind::kText) {
        append_little_endian(values_, static_cast<std::uint32_t>(value.size()));
        values_ += value;
        ++rows_;
    } else {
        append(std::int64_t{0});
    }
}

void ColumnChunk::append(std::span<const std::int64_t> values) {
    if (kind_ != ParquetKind::kList) {
        append(values.empty() ? std::int64_t{0} : values.front());
        return;
    }
    if (values.empty()) {
        append_level(false, false);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        append_level(i != 0, true);
        append_little_endian(values_, values[i]);
    }
    ++rows_;
}

void ColumnChunk::append_level(bool repeats, bool is_there) {
    append_bit(repetition_, levels_, repeats);
    append_bit(definition_, levels_, is_there);
    ++levels_;
}

std::uint64_t ColumnChunk::append_page(std::string& out, Compressor* compressor) {
    std::string_view plain = values_;
    if (kind_ == ParquetKind::kList) {
        page_.clear();
        append_levels(page_, repetition_);
        append_levels(page_, definition_);
        page_ += values_;
        plain = page_;
    }
    std::string_view stored = plain;
    if (compressor != nullptr) {
        compressed_.clear();
        compressor->append(compressed_, plain);
        stored = compressed_;
    }
    const std::string header = page_header(plain.size(), stored.size(), values());
    out += header;
    out += stored;
    return header.size() + plain.size();
}

void ColumnChunk::clear() noexcept {
    rows_ = 0;
    levels_ = 0;
    values_.clear();
    repetition_.clear();
    definition_.clear();
}

}  // namespace flowgauge
