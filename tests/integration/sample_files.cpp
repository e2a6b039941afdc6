// sample_files: rows that are hard on every format, as files of all formats that we write
// ourselves.
//
//     sample_files DIRECTORY ROWS
//
// leaves rows.csv, rows.csv.zst, rows.csv.gz, rows.jsonl and rows.parquet there, all of the same
// rows, and hostile.parquet with text that is no UTF-8. files_test.py reads them with what others
// wrote.
#include "core/base/ip_address.h"
#include "core/record/column.h"
#include "export/file/compressed_framing.h"
#include "export/file/file_transport.h"
#include "export/parquet/parquet_encoder.h"
#include "export/parquet/parquet_framing.h"
#include "export/text/csv_encoder.h"
#include "export/text/json_encoder.h"
#include "tests/support/fake_part.h"
#include "tests/support/made_record.h"
#include "tests/support/plain_packet.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

// A number that looks like chance and depends on its row alone.
std::uint64_t mixed(std::uint64_t id) noexcept {
    std::uint64_t value = id * 0x9e3779b97f4a7c15U;
    value ^= value >> 29U;
    return value * 0xbf58476d1ce4e5b9U;
}

void read_text(const RecordView& view, ValueSink& out) {
    static const std::array<std::string, 8> kTexts{
        "",
        "plain",
        "a\"b",
        "comma, and 'quote'",
        "two\nlines",
        "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
        "ends with \\",
        std::string(65'535, 'x')};
    out.text(kTexts.at(view.id % 97 == 7 ? 7 : view.id % 7));
}

void read_list(const RecordView& view, ValueSink& out) {
    std::vector<std::int64_t> values;
    for (std::uint64_t i = 0; i < view.id % 5; ++i) {
        values.push_back(static_cast<std::int64_t>(mixed(view.id + i)) >> 3);
    }
    out.list(values);
}

void read_address(const RecordView& view, ValueSink& out) {
    const std::uint64_t bits = mixed(view.id);
    out.address({.high = bits, .low = bits >> 7U}, view.id % 2 == 0 ? 4 : 6);
}

Column column(std::string_view name, ColumnType type, ColumnReader read) {
    return {
        .name = name,
        .type = type,
        .unit = "",
        .presence = Presence::kAlways,
        .nfstream = false,
        .meaning = "",
        .read = read};
}

const std::vector<Column>& columns() {
    static const std::vector<Column> kColumns{
        column(
            "id",
            ColumnType::kUnsigned,
            [](const RecordView& view, ValueSink& out) { out.unsigned_integer(view.id); }
        ),
        column(
            "large",
            ColumnType::kUnsigned,
            [](const RecordView& view, ValueSink& out) { out.unsigned_integer(mixed(view.id)); }
        ),
        column(
            "first_seen_{unit}",
            ColumnType::kInteger,
            [](const RecordView& view, ValueSink& out) {
                out.integer(1'795'326'000'000 - static_cast<std::int64_t>(mixed(view.id) >> 20U));
            }
        ),
        column(
            "mean",
            ColumnType::kReal,
            [](const RecordView& view, ValueSink& out) {
                out.real(static_cast<double>(mixed(view.id)) / 1e7);
            }
        ),
        column("name", ColumnType::kText, read_text),
        column("source_ip", ColumnType::kAddress, read_address),
        column("splt", ColumnType::kList, read_list)};
    return kColumns;
}

const std::vector<Column>& hostile_columns() {
    static const std::vector<Column> kColumns{
        column("name", ColumnType::kText, [](const RecordView& /*view*/, ValueSink& out) {
            out.text(std::string_view("a\0\xff\xe2\x82z\xed\xa0\x80", 9));
        })};
    return kColumns;
}

std::vector<const Column*> pointers(const std::vector<Column>& columns) {
    std::vector<const Column*> made;
    made.reserve(columns.size());
    for (const Column& each : columns) {
        made.push_back(&each);
    }
    return made;
}

// Encodes the row of a number.
using EncodeRow = std::function<bool(RecordEncoder&, std::uint64_t, Block&)>;

bool encode_number(RecordEncoder& encoder, std::uint64_t id, Block& out) {
    const FlowRecord record;
    const RecordContext context;
    return encoder.encode({.record = record, .context = context, .id = id}, out);
}

MeterOptions meter_with_extension() {
    MeterOptions meter;
    meter.extension = test::fake_extension();
    return meter;
}

// A flow whose columns of an extension follow from the number.
bool encode_extended(RecordEncoder& encoder, std::uint64_t id, Block& out) {
    static const MeterOptions kMeter = meter_with_extension();
    static const RecordContext kContext = test::context_of(kMeter, nullptr);
    const std::string source = "10.0.0.1:" + std::to_string(id);
    const test::MadeRecord record(
        kMeter, std::vector<Packet>{test::udp_packet(source, "10.0.0.2:53")}
    );
    return encoder.encode(record.view(kContext, id), out);
}

// Returns whether all rows are in the file.
bool write_file(
    const std::string& path,
    std::unique_ptr<FileFraming> framing,
    RecordEncoder& encoder,
    std::uint64_t rows,
    const EncodeRow& encode = encode_number
) {
    Result<std::unique_ptr<FileTransport>> file =
        FileTransport::open({.path = path}, std::move(framing));
    if (!file) {
        return false;
    }
    const std::shared_ptr<const Preamble> preamble = make_preamble(encoder.preamble());
    std::vector<Delivery> done;
    Block block;
    for (std::uint64_t id = 0; id <= rows; ++id) {
        if (id == rows) {
            encoder.finish(block);
        } else if (!encode(encoder, id, block)) {
            return false;
        }
        if (id == rows || block.bytes.size() > 65'536) {
            block.preamble = preamble;
            file.value()->send(std::exchange(block, Block()));
            file.value()->turn({}, done);
        }
    }
    file.value()->close();
    file.value()->turn({}, done);
    std::uint64_t acknowledged = 0;
    for (const Delivery& delivery : done) {
        acknowledged += delivery.acknowledged;
    }
    return acknowledged == rows && !file.value()->failure();
}

bool write_all(const std::string& directory, std::uint64_t rows) {
    constexpr TimeUnit kUnit = TimeUnit::kMilliseconds;
    const LineFormat csv_lines{.quoted_newlines = true, .has_head = true};
    CsvEncoder csv(CsvDialect::kRfc4180, pointers(columns()), kUnit);
    JsonEncoder json(pointers(columns()), kUnit);
    ParquetEncoder parquet({.rows_max = 3000}, pointers(columns()), kUnit);
    ParquetEncoder hostile({.compression = Compression::kGzip}, pointers(hostile_columns()), kUnit);
    const std::string path = directory + "/rows";
    return write_file(path + ".csv", std::make_unique<LineFraming>(csv_lines), csv, rows) &&
           write_file(
               path + ".csv.zst",
               std::make_unique<CompressedFraming>(Compression::kZstd, csv_lines),
               csv,
               rows
           ) &&
           write_file(
               path + ".csv.gz",
               std::make_unique<CompressedFraming>(Compression::kGzip, csv_lines),
               csv,
               rows
           ) &&
           write_file(path + ".jsonl", std::make_unique<LineFraming>(LineFormat{}), json, rows) &&
           write_file(path + ".parquet", std::make_unique<ParquetFraming>(), parquet, rows) &&
           write_file(
               directory + "/hostile.parquet", std::make_unique<ParquetFraming>(), hostile, 3
           ) &&
           write_file(directory + "/empty.parquet", std::make_unique<ParquetFraming>(), parquet, 0);
}

// Columns of an extension.
bool write_extended(const std::string& directory) {
    constexpr std::uint64_t kRows = 400;
    constexpr TimeUnit kUnit = TimeUnit::kMilliseconds;
    const LineFormat csv_lines{.quoted_newlines = true, .has_head = true};
    const MeterOptions meter = meter_with_extension();
    const std::vector<const Column*> columns =
        select_columns(
            "id,udps.fake_count,udps.fake_change,udps.fake_ratio,udps.fake_word,udps.fake_steps,"
            "udps.fake_words",
            meter
        )
            .value();
    CsvEncoder csv(CsvDialect::kRfc4180, columns, kUnit);
    JsonEncoder json(columns, kUnit);
    ParquetEncoder parquet({.rows_max = 30}, columns, kUnit);
    const std::string path = directory + "/extension";
    return write_file(
               path + ".csv", std::make_unique<LineFraming>(csv_lines), csv, kRows, encode_extended
           ) &&
           write_file(
               path + ".jsonl",
               std::make_unique<LineFraming>(LineFormat{}),
               json,
               kRows,
               encode_extended
           ) &&
           write_file(
               path + ".parquet",
               std::make_unique<ParquetFraming>(),
               parquet,
               kRows,
               encode_extended
           );
}

}  // namespace
}  // namespace flowgauge

int main(int count, char** arguments) {
    if (count != 3) {
        return EXIT_FAILURE;
    }
    const std::uint64_t rows = std::strtoull(arguments[2], nullptr, 10);
    return flowgauge::write_all(arguments[1], rows) && flowgauge::write_extended(arguments[1])
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
}
