// Rows of options that no file has: other names, and where `read` and `run` write at a terminal.
#include "config/tables.h"

namespace flowgauge {
namespace {

constexpr std::string_view kOutput = "Output";
constexpr std::string_view kCapture = "Capture";

constexpr Choice kProgress[] = {
    {"auto", number_of(ProgressMode::kAuto)},
    {"always", number_of(ProgressMode::kAlways)},
    {"never", number_of(ProgressMode::kNever)}};

constexpr std::uint64_t kAutoFormat = 255;  // no RecordFormat
constexpr Choice kFormats[] = {
    {"auto", kAutoFormat},
    {"csv", number_of(RecordFormat::kCsv)},
    {"jsonl", number_of(RecordFormat::kJsonLines)},
    {"ipfix", number_of(RecordFormat::kIpfix)},
    {"parquet", number_of(RecordFormat::kParquet)},
    {"table", number_of(RecordFormat::kTable)}};
constexpr Field kFormat{
    .set =
        [](Parts& parts, const Value& value) {
            OutputSettings& output = parts.settings.output;
            output.format_auto = value.number == kAutoFormat;
            output.sink.encoder.format =
                output.format_auto ? RecordFormat::kCsv : static_cast<RecordFormat>(value.number);
        },
    .get =
        [](const Parts& parts) {
            const OutputSettings& output = parts.settings.output;
            const std::uint64_t number =
                output.format_auto ? kAutoFormat : number_of(output.sink.encoder.format);
            return Value{.number = number, .text = {}, .items = {}};
        }};

// clang-format off
constexpr Parameter kParameters[] = {
    {.option = "n_meters", .group = kCapture, .type = or_word(integer(0, 64), "auto", 0), .field = field<&InputSettings::workers>(),
     .value_name = "N", .help = "another name of workers"},
    {.option = "udps", .group = kCapture, .type = kTexts, .field = field<&Settings::udps>(),
     .value_name = "PLUGINS", .help = "plugins without arguments, beside those of the file: dhcp, mdns, ja4, wf or shared objects"},
    {.option = "format", .group = kOutput, .type = choice(kFormats), .field = kFormat, .value_name = "FORMAT",
     .help = "csv, jsonl, ipfix, parquet, or table for people; auto: table on a terminal without --columns, else csv"},
    {.option = "table_rows", .group = kOutput, .type = integer(1, 10'000),
     .field = field<&Settings::output, &OutputSettings::sink, &SinkSettings::encoder, &EncoderOptions::table, &TableOptions::rows>(),
     .help = "rows of each list of a table"},
    {.option = "output", .group = kOutput, .type = kPath,
     .field = field<&Settings::output, &OutputSettings::sink, &SinkSettings::file, &FileSettings::path>(),
     .value_name = "PATH", .help = "file for the records, - for standard output"},
    {.option = "summary", .group = kOutput, .type = kPath, .field = field<&Settings::output, &OutputSettings::summary_path>(),
     .value_name = "PATH", .help = "file for the final counters as JSON, - for standard output"},
    {.option = "rejected", .group = kOutput, .scope = Scope::kRead, .type = kPath,
     .field = field<&Settings::output, &OutputSettings::rejected_path>(), .value_name = "PATH",
     .help = "pcapng file for the frames that are in no flow, each with its reason as comment"},
    {.option = "progress", .group = kOutput, .scope = Scope::kRead, .type = choice(kProgress),
     .field = field<&Settings::output, &OutputSettings::progress>(), .value_name = "WHEN",
     .help = "how far the reading is, on standard error: auto (on a terminal), always or never"},
};
// clang-format on

}  // namespace

std::span<const Parameter> option_only_parameters() noexcept {
    return kParameters;
}

}  // namespace flowgauge
