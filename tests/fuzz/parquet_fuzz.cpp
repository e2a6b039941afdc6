// parquet_fuzz: from rows to a Parquet file and back, also where the file was torn.
//
// The input describes columns, bounds and values. Beside what the sanitizers see: a reader that
// knows the format alone finds each value again; a file that was cut anywhere is recovered with the
// rows of its whole row groups; and recovery of any bytes at all gives a file or nothing.
#include "core/base/file_descriptor.h"
#include "core/base/utf8_text.h"
#include "export/parquet/parquet_encoder.h"
#include "export/parquet/parquet_framing.h"
#include "tests/support/parquet_reader.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

using test::ParquetTable;
using test::ParquetValue;
using Rows = std::vector<std::vector<ParquetValue>>;  // each by its columns

void require(bool law) {
    if (!law) {
        std::abort();
    }
}

// Bytes of the input; zeros when there are no more.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size)
        : rest_(reinterpret_cast<const char*>(data), size) {}

    std::uint64_t number(std::size_t bytes) {
        std::uint64_t value = 0;
        const std::string_view taken = text(bytes);
        std::memcpy(&value, taken.data(), taken.size());
        return value;
    }
    std::string_view text(std::size_t bytes) {
        const std::string_view taken = rest_.substr(0, bytes);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    [[nodiscard]] bool empty() const { return rest_.empty(); }
    [[nodiscard]] std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

constexpr std::array<ColumnType, 6> kTypes{
    ColumnType::kUnsigned,
    ColumnType::kInteger,
    ColumnType::kReal,
    ColumnType::kText,
    ColumnType::kList,
    ColumnType::kTexts};

// What the columns read: the row that is being encoded.
const std::vector<ParquetValue>* current_row = nullptr;

template <std::size_t Place>
void read_place(const RecordView& /*view*/, ValueSink& out) {
    const ParquetValue& value = (*current_row)[Place];
    if (const auto* number = std::get_if<std::uint64_t>(&value)) {
        out.unsigned_integer(*number);
    } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        out.integer(*integer);
    } else if (const auto* real = std::get_if<double>(&value)) {
        out.real(*real);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        out.text(*text);
    } else if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
        const std::vector<std::string_view> views(texts->begin(), texts->end());
        out.texts(views);
    } else if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
        out.list(*list);
    } else {
        out.absent();
    }
}

constexpr std::array kReaders{
    &read_place<0>, &read_place<1>, &read_place<2>, &read_place<3>, &read_place<4>, &read_place<5>};

ParquetValue value_of(const Column& column, Input& input) {
    if (column.optional && input.number(1) % 4 == 0) {
        return std::monostate();
    }
    switch (column.type) {
    case ColumnType::kUnsigned:
        return input.number(8);
    case ColumnType::kInteger:
        return static_cast<std::int64_t>(input.number(8));
    case ColumnType::kReal:
        return static_cast<double>(input.number(4)) / 7;
    case ColumnType::kText:
        return std::string(input.text(input.number(1)));
    case ColumnType::kTexts: {
        std::vector<std::string> values(input.number(1) % 20);
        for (std::string& value : values) {
            value = input.text(input.number(1));
        }
        return values;
    }
    default: {
        std::vector<std::int64_t> values(input.number(1) % 20);
        for (std::int64_t& value : values) {
            value = static_cast<std::int64_t>(input.number(2));
        }
        return values;
    }
    }
}

// What a reader finds where that was written.
ParquetValue as_read(const ParquetValue& value) {
    if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
        std::vector<std::string> mended(texts->size());
        for (std::size_t i = 0; i < texts->size(); ++i) {
            append_utf8(mended[i], (*texts)[i]);
        }
        return mended;
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        std::string mended;
        append_utf8(mended, *text);
        return mended;
    }
    return value;
}

void require_rows(const ParquetTable& table, const Rows& rows, std::size_t count) {
    require(table.problem.empty());
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
        require(table.columns[column].size() == count);
        for (std::size_t row = 0; row < count; ++row) {
            require(table.columns[column][row] == as_read(rows[row][column]));
        }
    }
}

// What recovery makes of a file of these bytes; empty: it is not worth to be kept.
std::string recovered(std::string_view bytes) {
    const FileDescriptor file(::memfd_create("parquet", MFD_CLOEXEC));
    require(::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    Result<FileRemains> remains = ParquetFraming().recover(file.get());
    require(remains.has_value() && remains.value().bytes <= bytes.size());
    return remains.value().holds_records
               ? std::string(bytes.substr(0, remains.value().bytes)) + remains.value().tail
               : std::string();
}

// Rows in the row groups that are whole in the first `bytes` of the file.
std::size_t whole_rows(const Block& block, std::size_t head, std::size_t bytes) {
    std::size_t rows = 0;
    for (const BlockUnit& unit : block.units) {
        rows += head + unit.end <= bytes ? unit.records : 0;
    }
    return rows;
}

void write_and_read(Input& input) {
    const std::size_t width = 1 + input.number(1) % kReaders.size();
    std::vector<Column> columns;
    for (std::size_t i = 0; i < width; ++i) {
        const std::uint64_t kind = input.number(1);
        const ColumnType type = kTypes.at(kind % kTypes.size());
        columns.push_back(
            {.name = "column",
             .type = type,
             .unit = "",
             .presence = Presence::kAlways,
             .nfstream = false,
             .meaning = "",
             .read = kReaders.at(i),
             .optional = kind >= 128}
        );
    }
    std::vector<const Column*> pointers;
    pointers.reserve(columns.size());
    for (const Column& column : columns) {
        pointers.push_back(&column);
    }
    const ParquetOptions options{
        .compression = static_cast<Compression>(input.number(1) % 3),
        .rows_max = static_cast<std::uint32_t>(1 + input.number(1)),
        .bytes_max = 1 + input.number(2)};
    const std::size_t cut = input.number(3);
    ParquetEncoder encoder(options, pointers, TimeUnit::kMilliseconds);
    const FlowRecord record;
    const RecordContext context;
    Rows rows;
    Block block;
    block.preamble = make_preamble(encoder.preamble());
    while (!input.empty()) {
        std::vector<ParquetValue>& row = rows.emplace_back();
        for (const Column& column : columns) {
            row.push_back(value_of(column, input));
        }
        current_row = &row;
        require(encoder.encode({.record = record, .context = context}, block));
    }
    encoder.finish(block);
    require(block.records == rows.size());

    ParquetFraming framing;
    framing.begin(block.preamble);
    std::string file(
        framing.frame({.block = block, .first = 0, .count = block.units.size()}, 0, SteadyTime{})
    );
    const std::size_t written = file.size();
    file += framing.end(file.size());
    require_rows(test::read_parquet(file), rows, rows.size());

    const std::size_t kept = cut % (written + 1);
    const std::size_t whole = whole_rows(block, written - block.bytes.size(), kept);
    const std::string mended = recovered(std::string_view(file).substr(0, kept));
    require(mended.empty() == (whole == 0));
    if (!mended.empty()) {
        require_rows(test::read_parquet(mended), rows, whole);
    }
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks this name up
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// NOLINTNEXTLINE(readability-identifier-naming): as above
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flowgauge::Input input(data, size);
    if (input.number(1) % 8 != 0) {
        flowgauge::write_and_read(input);
    } else {
        static_cast<void>(flowgauge::recovered(input.rest()));
        static_cast<void>(
            flowgauge::test::read_parquet(flowgauge::recovered("PAR1" + std::string(input.rest())))
        );
    }
    return 0;
}
