// Rows of what shapes and takes records: `features`, `plugins`, `models`, which wait for a later
// version, and `sinks`.
#include "config/tables.h"

namespace flowgauge {
namespace {

constexpr std::string_view kOutput = "Output";

constexpr Choice kTypes[] = {{"file", 0}, {"ipfix", 0, true}, {"kafka", 0, true}};
constexpr Choice kFormats[] = {
    {"csv", number_of(RecordFormat::kCsv)},
    {"jsonl", number_of(RecordFormat::kJsonLines)},
    {"ipfix", 0, true},
    {"parquet", 0, true}};
constexpr Choice kDialects[] = {
    {"rfc4180", number_of(CsvDialect::kRfc4180)}, {"nfstream", number_of(CsvDialect::kNfstream)}};
constexpr Choice kCompressions[] = {{"none", 0}, {"zstd", 0, true}, {"gzip", 0, true}};
constexpr Choice kSyncs[] = {
    {"none", number_of(FileSync::kNone)},
    {"interval", number_of(FileSync::kInterval)},
    {"rotate", number_of(FileSync::kRotate)}};
constexpr Choice kWhenFull[] = {{"drop_newest", 0}, {"drop_oldest", 0, true}, {"spool", 0, true}};

constexpr Field kNothing = no_field<Part::kSettings, 0>();
constexpr Field kNothingOfSink = no_field<Part::kSink, 0>();

// clang-format off
constexpr Parameter kParameters[] = {
    {.path = "features", .type = kLater, .field = kNothing, .help = "computed columns; not in this version"},
    {.path = "plugins", .type = kLater, .field = kNothing, .help = "native plugins; not in this version"},
    {.path = "models", .type = kLater, .field = kNothing, .help = "models that are data; not in this version"},

    {.path = "sinks[].name", .type = kText, .field = field<&SinkSettings::name>(),
     .help = "unique; the label sink= of metrics"},
    {.path = "sinks[].type", .type = choice(kTypes), .field = kNothingOfSink,
     .help = "where records go"},
    {.path = "sinks[].format", .type = choice(kFormats), .field = field<&SinkSettings::encoder, &EncoderOptions::format>(),
     .help = "how a record is written"},
    {.path = "sinks[].csv_dialect", .option = "csv_dialect", .group = kOutput, .type = choice(kDialects),
     .field = field<&SinkSettings::encoder, &EncoderOptions::csv_dialect>(), .value_name = "DIALECT",
     .help = "quotes in text: rfc4180 doubles them, nfstream writes a backslash"},
    {.path = "sinks[].columns", .option = "columns", .group = kOutput, .type = kNames, .field = field<&SinkSettings::columns>(),
     .value_name = "COLUMNS",
     .help = "all, nfstream, or a list of names; see `flowgauge fields`"},
    {.path = "sinks[].when", .live = true, .type = kLater, .field = kNothingOfSink,
     .help = "filter of records; not in this version"},
    {.path = "sinks[].path", .type = kPath, .field = field<&SinkSettings::file, &FileSettings::path>(),
     .help = "flows.csv becomes flows-<start utc>-<sequence>.csv when files are rotated"},
    {.path = "sinks[].rotate_every", .live = true, .type = duration(kSecond), .field = field<&SinkSettings::file, &FileSettings::rotate_every>(),
     .help = "a new file after this time; 0s: never"},
    {.path = "sinks[].rotate_size", .live = true, .type = size(), .field = field<&SinkSettings::file, &FileSettings::rotate_size>(),
     .help = "a new file after this size; 0B: never"},
    {.path = "sinks[].keep", .live = true, .type = integer(0, 1'000'000), .field = field<&SinkSettings::file, &FileSettings::keep>(),
     .help = "files kept, the oldest go; 0: all"},
    {.path = "sinks[].flows_per_file", .type = integer(0, kNoMaximum), .field = field<&SinkSettings::file, &FileSettings::flows_per_file>(),
     .help = "a new file after that many records, NFStream's; 0: never"},
    {.path = "sinks[].rotate_files", .type = integer(0, kUint32Max), .field = field<&SinkSettings::file, &FileSettings::rotate_files>(),
     .help = "files that are written in turn, NFStream's; 0: no limit"},
    {.path = "sinks[].min_free", .type = size(), .field = field<&SinkSettings::file, &FileSettings::min_free>(),
     .help = "space that stays free on the file system"},
    {.path = "sinks[].compress", .type = choice(kCompressions), .field = kNothingOfSink,
     .help = "compression of files"},
    {.path = "sinks[].fsync", .type = choice(kSyncs), .field = field<&SinkSettings::file, &FileSettings::sync>(),
     .help = "when what was written is forced to the disk"},
    {.path = "sinks[].queue.memory", .type = size(kKiB * kKiB, 64 * kGiB), .field = field<&SinkSettings::queue_memory>(),
     .help = "records that wait for the sink"},
    {.path = "sinks[].queue.when_full", .type = choice(kWhenFull), .field = kNothingOfSink,
     .help = "which record gives way; it is counted"},
    {.path = "sinks[].spool", .type = kLater, .field = kNothingOfSink, .help = "queue on disk; not in this version"},
    {.path = "sinks[].anonymize", .type = kLater, .field = kNothingOfSink, .help = "replaced addresses; not in this version"},
};
// clang-format on

}  // namespace

std::span<const Parameter> sink_parameters() noexcept {
    return kParameters;
}

}  // namespace flowgauge
