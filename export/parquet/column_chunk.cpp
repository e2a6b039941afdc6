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

// Levels of one or two bits: their length, then one run of packed bits.
void append_levels(std::string& out, const std::string& bits, unsigned width) {
    std::string run;
    std::uint64_t header = std::uint64_t{bits.size() / width} << 1U | 1U;  // groups of 8 levels
    while (header >= 0x80) {
        run += static_cast<char>(header | 0x80U);
        header >>= 7U;
    }
    run += static_cast<char>(header);
    append_little_endian(out, static_cast<std::uint32_t>(run.size() + bits.size()));
    out += run;
    out += bits;
}

// Puts a level behind the first `position`.
void append_bits(std::string& bits, std::uint32_t position, unsigned level, unsigned width) {
    if (position % 8 == 0) {
        bits.append(width, '\0');
    }
    char& byte = bits[std::size_t{position} * width / 8];
    byte = static_cast<char>(
        static_cast<unsigned char>(byte) | level << std::size_t{position} * width % 8
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
        end_value();
        break;
    case ParquetKind::kReal:
        append(static_cast<double>(value));
        break;
    case ParquetKind::kText:
    case ParquetKind::kTexts: {
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
        end_value();
    } else if (kind_ == ParquetKind::kText || kind_ == ParquetKind::kTexts) {
        std::array<char, kNumberTextMax> memory{};
        append(text_of(memory, value));
    } else {
        constexpr double kMax = 9.2e18;  // what an integer surely holds
        append(value > -kMax && value < kMax ? static_cast<std::int64_t>(value) : 0);
    }
}

void ColumnChunk::append(std::string_view value) {
    if (kind_ == ParquetKind::kText) {
        append_bytes(value);
        end_value();
    } else if (kind_ == ParquetKind::kTexts) {
        append(std::span<const std::string_view>(&value, 1));
    } else {
        append(std::int64_t{0});
    }
}

void ColumnChunk::append(std::span<const std::int64_t> values) {
    if (kind_ != ParquetKind::kList) {
        append(values.empty() ? std::int64_t{0} : values.front());
        return;
    }
    append_list(values, [this](std::int64_t value) { append_little_endian(values_, value); });
}

void ColumnChunk::append(std::span<const std::string_view> values) {
    if (kind_ != ParquetKind::kTexts) {
        append(values.empty() ? std::string_view{} : values.front());
        return;
    }
    append_list(values, [this](std::string_view value) { append_bytes(value); });
}

void ColumnChunk::append_absent() {
    if (optional_) {
        append_level(false, 0);
        ++rows_;
    } else if (kind_ == ParquetKind::kTexts) {
        append(std::span<const std::string_view>{});
    } else if (kind_ == ParquetKind::kList) {
        append(std::span<const std::int64_t>{});
    } else {
        append(std::string_view{});
    }
}

template <typename Value, typename Append>
void ColumnChunk::append_list(std::span<const Value> values, Append append_entry) {
    const unsigned is_list = optional_ ? 1 : 0;
    if (values.empty()) {
        append_level(false, is_list);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        append_level(i != 0, is_list + 1);
        append_entry(values[i]);
    }
    ++rows_;
}

void ColumnChunk::append_bytes(std::string_view value) {
    append_little_endian(values_, static_cast<std::uint32_t>(value.size()));
    values_ += value;
}

// Of a column that is no list.
void ColumnChunk::end_value() {
    if (optional_) {
        append_level(false, 1);
    }
    ++rows_;
}

void ColumnChunk::append_level(bool repeats, unsigned definition) {
    if (is_list(kind_)) {
        append_bits(repetition_, levels_, repeats ? 1 : 0, 1);
    }
    append_bits(definition_, levels_, definition, is_list(kind_) && optional_ ? 2 : 1);
    ++levels_;
}

std::uint64_t ColumnChunk::append_page(std::string& out, Compressor* compressor) {
    std::string_view plain = values_;
    if (is_list(kind_) || optional_) {
        page_.clear();
        if (is_list(kind_)) {
            append_levels(page_, repetition_, 1);
        }
        append_levels(page_, definition_, is_list(kind_) && optional_ ? 2 : 1);
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
