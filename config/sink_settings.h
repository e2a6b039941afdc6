// SinkSettings: what an operator can choose of one sink, in the options of the parts it is made of.
#pragma once

#include "export/anonymize/anonymizer.h"
#include "export/compression/compressor.h"
#include "export/file/file_rotation.h"
#include "export/ipfix/ipfix_options.h"
#include "export/kafka/kafka_options.h"
#include "export/network/network_options.h"
#include "export/network/syslog_session.h"
#include "export/sink/outbox.h"
#include "export/terminal/table_options.h"
#include "export/text/csv_encoder.h"
#include "export/text/json_names.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// Numbered as bits, for Parameter::sink_types.
enum class SinkType : std::uint8_t {
    kFile = 1,
    kIpfix = 2,
    kKafka = 4,
    kSyslog = 8,
    kSocket = 16,
};

[[nodiscard]] std::string_view to_string(SinkType type) noexcept;

enum class RecordFormat : std::uint8_t {
    kAuto,  // as the type of the sink has it: csv for files, json for messages
    kCsv,
    kJsonLines,
    kTable,  // for people at a terminal
    kIpfix,
    kParquet,
    kProtobuf,
};

// How records of a line become text.
struct EncoderOptions {
    RecordFormat format = RecordFormat::kCsv;
    JsonNames names = JsonNames::kNfstream;
    CsvDialect csv_dialect = CsvDialect::kRfc4180;
    TableOptions table{};
};

// Records to files that are rotated and kept for a while (export/file/rotating_file.h).
// `auto`: zstd for Parquet, whose pages are compressed one by one, and none for the rest.
enum class FileCompression : std::uint8_t { kAuto, kNone, kZstd, kGzip };

struct FileSettings {
    std::string path;  // x.csv becomes x-<start utc>-<sequence>.csv when files are rotated
    std::chrono::milliseconds rotate_every{3'600'000};     // 0: never
    std::uint64_t rotate_size = std::uint64_t{512} << 20;  // bytes; 0: never
    std::uint32_t keep = 24;                               // files; 0: all
    std::uint64_t flows_per_file = 0;                      // NFStream's; 0: no limit
    std::uint32_t rotate_files = 0;                        // NFStream's; 0: no limit
    std::uint64_t min_free = std::uint64_t{1} << 30;  // bytes that stay free on the file system
    bool is_replaced = false;  // without rotation a file begins anew, as one behind a shell's `>`
    FileSync sync = FileSync::kRotate;
    FileCompression compression = FileCompression::kAuto;
};

// Files are read faster than any collector reads UDP; interfaces have a pace of their own.
constexpr std::uint64_t kRateAuto = UINT64_MAX;

// Where messages go, for all sinks with collectors.
struct NetworkSettings {
    std::vector<std::string> collectors;  // HOST:PORT, [V6]:PORT, unix:/PATH; the preferred first
    NetworkProtocol protocol = NetworkProtocol::kUdp;
    DistributeMode distribute = DistributeMode::kFailover;
    TlsClientOptions tls;
    std::uint64_t replay_size = StreamOptions{}.replay_size;  // bytes
    std::uint64_t rate = kRateAuto;  // bytes a second over UDP; 0: no limit
};

// Waiting on disk for an output that does not keep up (export/spool/spool.h).
struct SpoolSettings {
    std::string directory;
    std::uint64_t size = std::uint64_t{4} << 30;  // bytes
};

struct SinkSettings {
    std::string name;  // unique; the label `sink` of metrics
    SinkType type = SinkType::kFile;
    EncoderOptions encoder{.format = RecordFormat::kAuto};
    std::string columns = "all";  // all | nfstream | names
    std::string when;             // filter of records; empty: all of them

    std::uint64_t queue_memory = std::uint64_t{64} << 20;  // bytes of records that wait
    WhenFull when_full = WhenFull::kDropNewest;
    SpoolSettings spool;
    AnonymizeOptions anonymize;

    FileSettings file;
    NetworkSettings network;
    IpfixOptions ipfix;
    std::chrono::milliseconds template_refresh{60'000};
    KafkaOptions kafka;
    std::uint32_t records_per_message = 1;
    SyslogOptions syslog;
};

// Standard output, or a file that one run writes: nothing in it is for months.
[[nodiscard]] SinkSettings sink_of_output();

// What `auto` stands for.
[[nodiscard]] RecordFormat format_of(const SinkSettings& sink) noexcept;
[[nodiscard]] Compression compression_of(const SinkSettings& sink) noexcept;

}  // namespace flowgauge
