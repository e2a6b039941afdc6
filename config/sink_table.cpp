// Rows of what takes records: `sinks`.
#include "config/tables.h"

namespace flowgauge {
namespace {

constexpr std::string_view kOutput = "Output";

constexpr Choice kTypes[] = {
    {"file", number_of(SinkType::kFile)},
    {"ipfix", number_of(SinkType::kIpfix)},
    {"kafka", number_of(SinkType::kKafka)},
    {"syslog", number_of(SinkType::kSyslog)},
    {"socket", number_of(SinkType::kSocket)}};
constexpr Choice kFormats[] = {
    {"auto", number_of(RecordFormat::kAuto)},
    {"csv", number_of(RecordFormat::kCsv)},
    {"jsonl", number_of(RecordFormat::kJsonLines)},
    {"json", number_of(RecordFormat::kJsonLines)},
    {"ipfix", number_of(RecordFormat::kIpfix)},
    {"parquet", number_of(RecordFormat::kParquet)},
    {"protobuf", number_of(RecordFormat::kProtobuf)}};
constexpr Choice kDialects[] = {
    {"rfc4180", number_of(CsvDialect::kRfc4180)}, {"nfstream", number_of(CsvDialect::kNfstream)}};
constexpr Choice kJsonNames[] = {
    {"nfstream", number_of(JsonNames::kNfstream)},
    {"ecs", number_of(JsonNames::kEcs)},
    {"ocsf", number_of(JsonNames::kOcsf)}};
constexpr Choice kFileCompressions[] = {
    {"auto", number_of(FileCompression::kAuto)},
    {"none", number_of(FileCompression::kNone)},
    {"zstd", number_of(FileCompression::kZstd)},
    {"gzip", number_of(FileCompression::kGzip)}};
constexpr Choice kSyncs[] = {
    {"none", number_of(FileSync::kNone)},
    {"interval", number_of(FileSync::kInterval)},
    {"rotate", number_of(FileSync::kRotate)}};
constexpr Choice kWhenFull[] = {
    {"drop_newest", number_of(WhenFull::kDropNewest)},
    {"drop_oldest", number_of(WhenFull::kDropOldest)},
    {"spool", number_of(WhenFull::kSpool)}};
constexpr Choice kMethods[] = {
    {"blake2b", number_of(AnonymizeMethod::kBlake2b)},
    {"cryptopan", number_of(AnonymizeMethod::kCryptoPan)}};
constexpr Choice kFacilities[] = {
    {"kern", 0},
    {"user", 1},
    {"daemon", 3},
    {"auth", 4},
    {"local0", 16},
    {"local1", 17},
    {"local2", 18},
    {"local3", 19},
    {"local4", 20},
    {"local5", 21},
    {"local6", 22},
    {"local7", 23}};
constexpr Choice kSeverities[] = {
    {"info", 6},
    {"emerg", 0},
    {"alert", 1},
    {"crit", 2},
    {"err", 3},
    {"warning", 4},
    {"notice", 5},
    {"debug", 7}};
constexpr Choice kDistributions[] = {
    {"failover", number_of(DistributeMode::kFailover)},
    {"duplicate", number_of(DistributeMode::kDuplicate)}};
constexpr Choice kProtocols[] = {
    {"udp", number_of(NetworkProtocol::kUdp)},
    {"tcp", number_of(NetworkProtocol::kTcp)},
    {"tls", number_of(NetworkProtocol::kTls)}};
constexpr Choice kProfiles[] = {
    {"basic", number_of(IpfixProfile::kBasic)},
    {"extended", number_of(IpfixProfile::kExtended)},
    {"full", number_of(IpfixProfile::kFull)}};
constexpr Choice kBiflows[] = {
    {"rfc5103", number_of(IpfixBiflow::kRfc5103)}, {"split", number_of(IpfixBiflow::kSplit)}};
constexpr Choice kVocabularies[] = {
    {"own", number_of(IpfixVocabulary::kOwn)},
    {"iana", number_of(IpfixVocabulary::kIana)},
    {"cesnet", number_of(IpfixVocabulary::kCesnet)},
    {"ntop", number_of(IpfixVocabulary::kNtop)}};

constexpr std::uint8_t kFile = number_of(SinkType::kFile);
constexpr std::uint8_t kIpfix = number_of(SinkType::kIpfix);
constexpr std::uint8_t kKafka = number_of(SinkType::kKafka);
constexpr std::uint8_t kSyslog = number_of(SinkType::kSyslog);
constexpr std::uint8_t kSocket = number_of(SinkType::kSocket);
constexpr std::uint8_t kNetwork = kIpfix | kSyslog | kSocket;

// clang-format off
constexpr Parameter kParameters[] = {
    {.path = "sinks[].name", .type = kText, .field = field<&SinkSettings::name>(),
     .help = "unique; the label sink= of metrics"},
    {.path = "sinks[].type", .type = choice(kTypes), .field = field<&SinkSettings::type>(),
     .help = "where records go"},
    {.path = "sinks[].format", .type = choice(kFormats), .field = field<&SinkSettings::encoder, &EncoderOptions::format>(),
     .help = "how a record is written; file: csv, jsonl, ipfix or parquet; kafka: json or protobuf; socket: jsonl or csv; "
             "auto: the first of these"},
    {.path = "sinks[].csv_dialect", .option = "csv_dialect", .group = kOutput, .sink_types = kFile | kSocket,
     .type = choice(kDialects), .field = field<&SinkSettings::encoder, &EncoderOptions::csv_dialect>(), .value_name = "DIALECT",
     .help = "quotes in text: rfc4180 doubles them, nfstream writes a backslash"},
    {.path = "sinks[].names", .option = "names", .group = kOutput, .sink_types = kFile | kKafka | kSyslog | kSocket, .type = choice(kJsonNames),
     .field = field<&SinkSettings::encoder, &EncoderOptions::names>(),
     .help = "keys of JSON: the columns, Elastic Common Schema, or Open Cybersecurity Schema Framework"},
    {.path = "sinks[].columns", .option = "columns", .group = kOutput, .type = kNames, .field = field<&SinkSettings::columns>(),
     .value_name = "COLUMNS",
     .help = "all, nfstream, or a list of names; see `flowgauge fields`"},
    {.path = "sinks[].when", .option = "when", .group = kOutput, .live = true, .type = kText, .field = field<&SinkSettings::when>(),
     .help = "which records are wanted, such as \"bidirectional_bytes >= 1000\"; see docs/EXPRESSIONS.md"},
    {.path = "sinks[].path", .sink_types = kFile, .type = kPath, .field = field<&SinkSettings::file, &FileSettings::path>(),
     .help = "flows.csv becomes flows-<start utc>-<sequence>.csv when files are rotated"},
    {.path = "sinks[].rotate_every", .live = true, .sink_types = kFile, .type = duration(kSecond),
     .field = field<&SinkSettings::file, &FileSettings::rotate_every>(),
     .help = "a new file after this time; 0s: never"},
    {.path = "sinks[].rotate_size", .live = true, .sink_types = kFile, .type = size(),
     .field = field<&SinkSettings::file, &FileSettings::rotate_size>(),
     .help = "a new file after this size; 0B: never"},
    {.path = "sinks[].keep", .live = true, .sink_types = kFile, .type = integer(0, 1'000'000),
     .field = field<&SinkSettings::file, &FileSettings::keep>(),
     .help = "files kept, the oldest go; 0: all"},
    {.path = "sinks[].flows_per_file", .option = "flows_per_file", .group = kOutput, .sink_types = kFile, .type = integer(0, kNoMaximum),
     .field = field<&SinkSettings::file, &FileSettings::flows_per_file>(),
     .help = "a new file after that many records, NFStream's; 0: never"},
    {.path = "sinks[].rotate_files", .option = "rotate_files", .group = kOutput, .sink_types = kFile, .type = integer(0, kUint32Max),
     .field = field<&SinkSettings::file, &FileSettings::rotate_files>(),
     .help = "files that are written in turn, NFStream's; 0: no limit"},
    {.path = "sinks[].min_free", .sink_types = kFile, .type = size(), .field = field<&SinkSettings::file, &FileSettings::min_free>(),
     .help = "space that stays free on the file system"},
    {.path = "sinks[].compress", .option = "compress", .group = kOutput, .sink_types = kFile, .type = choice(kFileCompressions),
     .field = field<&SinkSettings::file, &FileSettings::compression>(),
     .help = "compression of files of lines, and of Parquet's pages; auto: zstd for Parquet, else none"},
    {.path = "sinks[].fsync", .sink_types = kFile, .type = choice(kSyncs), .field = field<&SinkSettings::file, &FileSettings::sync>(),
     .help = "when what was written is forced to the disk"},
    {.path = "sinks[].queue.memory", .type = size(kKiB * kKiB, 64 * kGiB), .field = field<&SinkSettings::queue_memory>(),
     .help = "records that wait for the sink"},
    {.path = "sinks[].queue.when_full", .type = choice(kWhenFull), .field = field<&SinkSettings::when_full>(),
     .help = "what gives way when the sink does not keep up: records that come, records that wait longest, or nothing "
             "until the spool is full; it is counted"},
    {.path = "sinks[].spool.directory", .type = kPath, .field = field<&SinkSettings::spool, &SpoolSettings::directory>(),
     .help = "folder of this sink alone, for records that memory cannot hold; for queue.when_full: spool"},
    {.path = "sinks[].spool.size", .type = size(kKiB * kKiB), .field = field<&SinkSettings::spool, &SpoolSettings::size>(),
     .help = "bytes that the spool may take"},
    {.path = "sinks[].anonymize.columns", .option = "columns_to_anonymize", .group = kOutput, .type = kNames, .field = field<&SinkSettings::anonymize, &AnonymizeOptions::columns>(),
     .help = "columns whose values are replaced by pseudonyms"},
    {.path = "sinks[].anonymize.method", .option = "anonymize_method", .group = kOutput, .type = choice(kMethods), .field = field<&SinkSettings::anonymize, &AnonymizeOptions::method>(),
     .help = "blake2b: NFStream's keyed hash; cryptopan: addresses that keep their common prefixes"},
    {.path = "sinks[].anonymize.key_file", .option = "anonymize_key_file", .group = kOutput, .type = kPath, .field = field<&SinkSettings::anonymize, &AnonymizeOptions::key_file>(),
     .help = "key that gives the same pseudonyms in each run; without it there is one for each run"},

    {.path = "sinks[].collectors", .sink_types = kNetwork, .type = kTexts, .field = field<&SinkSettings::network, &NetworkSettings::collectors>(),
     .help = "HOST:PORT, [V6ADDRESS]:PORT or unix:/PATH; the preferred one first"},
    {.path = "sinks[].distribute", .sink_types = kNetwork, .type = choice(kDistributions),
     .field = field<&SinkSettings::network, &NetworkSettings::distribute>(),
     .help = "failover: the first that works gets the records; duplicate: each gets them"},
    {.path = "sinks[].transport", .sink_types = kNetwork, .type = choice(kProtocols),
     .field = field<&SinkSettings::network, &NetworkSettings::protocol>(),
     .help = "how they get there; over a unix socket udp means datagrams, tcp a stream"},
    {.path = "sinks[].tls.ca_file", .sink_types = kNetwork, .type = kPath,
     .field = field<&SinkSettings::network, &NetworkSettings::tls, &TlsClientOptions::ca_file>(),
     .help = "certificates (PEM) that vouch for collectors; empty: those of the system"},
    {.path = "sinks[].tls.cert_file", .sink_types = kNetwork, .type = kPath,
     .field = field<&SinkSettings::network, &NetworkSettings::tls, &TlsClientOptions::cert_file>(),
     .help = "certificate (PEM) that the sensor shows"},
    {.path = "sinks[].tls.key_file", .sink_types = kNetwork, .type = kPath,
     .field = field<&SinkSettings::network, &NetworkSettings::tls, &TlsClientOptions::key_file>(),
     .help = "its private key"},
    {.path = "sinks[].replay", .sink_types = kNetwork, .type = size(0, 16 * kGiB),
     .field = field<&SinkSettings::network, &NetworkSettings::replay_size>(),
     .help = "bytes sent over tcp or tls that are kept, and sent again on a new connection"},
    {.path = "sinks[].rate", .sink_types = kNetwork, .type = or_word(size(), "auto", kRateAuto),
     .field = field<&SinkSettings::network, &NetworkSettings::rate>(),
     .help = "bytes a second over udp at most, 0B for no limit; auto: 32MiB while files are read, which would overrun a "
             "collector, else no limit"},

    {.path = "sinks[].profile", .sink_types = kFile | kIpfix, .type = choice(kProfiles),
     .field = field<&SinkSettings::ipfix, &IpfixOptions::profile>(),
     .help = "how much of a flow an IPFIX record holds"},
    {.path = "sinks[].biflow", .sink_types = kFile | kIpfix, .type = choice(kBiflows),
     .field = field<&SinkSettings::ipfix, &IpfixOptions::biflow>(),
     .help = "rfc5103: both directions in one record; split: one record a direction"},
    {.path = "sinks[].vocabulary", .sink_types = kFile | kIpfix, .type = choice(kVocabularies),
     .field = field<&SinkSettings::ipfix, &IpfixOptions::vocabulary>(),
     .help = "whose information elements stand for what IANA has none for; iana: leave it out"},
    {.path = "sinks[].enterprise_number", .sink_types = kFile | kIpfix, .type = integer(1, kUint32Max),
     .field = field<&SinkSettings::ipfix, &IpfixOptions::enterprise_number>(),
     .help = "of the organization whose elements ours are; 32473 is for examples"},
    {.path = "sinks[].observation_domain", .sink_types = kFile | kIpfix, .type = integer(0, kUint32Max),
     .field = field<&SinkSettings::ipfix, &IpfixOptions::observation_domain>(),
     .help = "tells sensors apart at a collector"},
    {.path = "sinks[].message_size", .sink_types = kFile | kIpfix, .type = size(512, 65535),
     .field = field<&SinkSettings::ipfix, &IpfixOptions::message_size>(),
     .help = "bytes of an IPFIX message at most; over udp no more than the path's MTU less 28"},
    {.path = "sinks[].template_refresh", .sink_types = kIpfix, .type = duration(kSecond, kSecond, 86400 * kSecond),
     .field = field<&SinkSettings::template_refresh>(),
     .help = "over udp templates and options are sent again after this time"},

    {.path = "sinks[].facility", .sink_types = kSyslog, .type = choice(kFacilities),
     .field = field<&SinkSettings::syslog, &SyslogOptions::facility>(),
     .help = "syslog facility of the entries"},
    {.path = "sinks[].severity", .sink_types = kSyslog, .type = choice(kSeverities),
     .field = field<&SinkSettings::syslog, &SyslogOptions::severity>(),
     .help = "syslog severity of the entries"},
    {.path = "sinks[].app_name", .sink_types = kSyslog, .type = kText,
     .field = field<&SinkSettings::syslog, &SyslogOptions::app_name>(),
     .help = "who the entries say they are from"},

    {.path = "sinks[].brokers", .sink_types = kKafka, .type = kTexts, .field = field<&SinkSettings::kafka, &KafkaOptions::brokers>(),
     .help = "HOST:PORT of Kafka brokers; one that answers is enough"},
    {.path = "sinks[].topic", .sink_types = kKafka, .type = kText, .field = field<&SinkSettings::kafka, &KafkaOptions::topic>(),
     .help = "topic of the records"},
    {.path = "sinks[].compression", .sink_types = kKafka, .type = kText, .field = field<&SinkSettings::kafka, &KafkaOptions::compression>(),
     .help = "of messages: lz4, zstd, snappy, gzip or none"},
    {.path = "sinks[].linger", .sink_types = kKafka, .type = duration(kMillisecond, 0, 60 * kSecond),
     .field = field<&SinkSettings::kafka, &KafkaOptions::linger>(),
     .help = "how long a message waits for others"},
    {.path = "sinks[].records_per_message", .sink_types = kKafka, .type = integer(1, 10'000),
     .field = field<&SinkSettings::records_per_message>(),
     .help = "records of one message at most; JSON has them line by line"},
    {.path = "sinks[].properties", .sink_types = kKafka, .type = kPairs, .field = field<&SinkSettings::kafka, &KafkaOptions::properties>(),
     .help = "any property of librdkafka"},
    {.path = "sinks[].properties_file", .sink_types = kKafka, .type = kPath,
     .field = field<&SinkSettings::kafka, &KafkaOptions::properties_file>(),
     .help = "more of them, the secret ones: lines of NAME=VALUE"},
};
// clang-format on

}  // namespace

std::span<const Parameter> sink_parameters() noexcept {
    return kParameters;
}

}  // namespace flowgauge
