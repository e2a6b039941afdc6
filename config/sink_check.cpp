#include "config/sink_check.h"

#include "config/value_text.h"
#include "core/expression/expression.h"
#include "core/record/column.h"
#include "export/network/collector_address.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

// Formats of a type of sink beside auto, the first of which auto stands for.
std::span<const RecordFormat> formats_of(SinkType type) noexcept {
    static constexpr std::array kFile{
        RecordFormat::kCsv, RecordFormat::kJsonLines, RecordFormat::kIpfix, RecordFormat::kParquet};
    static constexpr std::array kIpfix{RecordFormat::kIpfix};
    static constexpr std::array kKafka{RecordFormat::kJsonLines, RecordFormat::kProtobuf};
    static constexpr std::array kSyslog{RecordFormat::kJsonLines};
    static constexpr std::array kSocket{RecordFormat::kJsonLines, RecordFormat::kCsv};
    switch (type) {
    case SinkType::kFile:
        return kFile;
    case SinkType::kIpfix:
        return kIpfix;
    case SinkType::kKafka:
        return kKafka;
    case SinkType::kSyslog:
        return kSyslog;
    case SinkType::kSocket:
        return kSocket;
    }
    return {};
}

std::string format_names(SinkType type) {
    const Parameter& format = *find_key("sinks[].format");
    std::string names = "auto";
    for (const RecordFormat each : formats_of(type)) {
        const auto number = static_cast<std::uint64_t>(each);
        names += ", " + print_value(format.type, {.number = number, .text = {}, .items = {}});
    }
    return names;
}

// Checks one sink.
class SinkCheck {
public:
    SinkCheck(Checker& checker, const SinkSettings& sink)
        : checker_(checker),
          sink_(sink),
          key_("sinks." + sink.name) {}

    void check() {
        check_keys();
        check_format();
        check_columns(checker_, sink_.columns, key_ + ".columns");
        check_filter();
        check_spool();
        check_pseudonyms();
        switch (sink_.type) {
        case SinkType::kFile:
            check_file();
            break;
        case SinkType::kKafka:
            check_kafka();
            break;
        case SinkType::kIpfix:
        case SinkType::kSyslog:
        case SinkType::kSocket:
            check_network();
            break;
        }
    }

    // Of the output that stands for all sinks, which only options describe.
    void check_output() {
        const bool is_table = sink_.encoder.format == RecordFormat::kTable;
        if (is_table && sink_.columns != "all") {
            fail("columns", "a table has its own; leave --columns out, or write --format csv");
        } else {
            check_columns(checker_, sink_.columns, "columns");
        }
        if (is_table && !sink_.anonymize.columns.empty()) {
            fail("anonymize.columns", "is not for a table; write --format csv");
        }
        if (is_table && sink_.file.flows_per_file != 0) {
            fail("flows_per_file", "is not for a table");
        }
        check_compression();
        check_filter();
        check_pseudonyms();
    }

private:
    // Points at the option of that name when there was one.
    void fail(const std::string& key, std::string_view message) {
        if (!checker_.is_wrong(key_ + "." + key)) {
            checker_.fail(key_ + "." + key, find_key("sinks[]." + key)->option, message);
        }
    }

    // Keys that mean nothing to this type of sink.
    void check_keys() {
        const auto& elements = checker_.parts().draft.elements;
        const auto list = elements.find("sinks");
        if (list == elements.end()) {
            return;
        }
        const auto element = std::ranges::find(list->second, sink_.name, &Element::name);
        if (element == list->second.end()) {
            return;
        }
        for (const Given& given : element->given) {
            const std::uint8_t types = given.parameter->sink_types;
            if (types != 0 && (types & static_cast<std::uint8_t>(sink_.type)) == 0) {
                checker_.fail(
                    given.key,
                    "means nothing to a sink of type " + std::string(to_string(sink_.type))
                );
            }
        }
    }

    void check_format() {
        const RecordFormat format = sink_.encoder.format;
        const std::span<const RecordFormat> formats = formats_of(sink_.type);
        if (format != RecordFormat::kAuto && std::ranges::find(formats, format) == formats.end()) {
            fail(
                "format",
                "a sink of type " + std::string(to_string(sink_.type)) + " writes " +
                    format_names(sink_.type)
            );
        }
    }

    void check_filter() {
        if (sink_.when.empty()) {
            return;
        }
        const ExpressionScope scope{.options = checker_.parts().settings.meter};
        if (Result<Expression> filter = Expression::compile_filter(sink_.when, scope); !filter) {
            fail("when", filter.error().message);
        }
    }

    void check_spool() {
        const bool wanted = sink_.when_full == WhenFull::kSpool;
        if (wanted && sink_.spool.directory.empty()) {
            fail("queue.when_full", "spool needs spool.directory");
        } else if (!wanted && !sink_.spool.directory.empty()) {
            fail("spool.directory", "is for queue.when_full: spool");
        }
    }

    void check_pseudonyms() {
        const AnonymizeOptions& anonymize = sink_.anonymize;
        if (anonymize.columns.empty()) {
            if (!anonymize.key_file.empty()) {
                fail("anonymize.key_file", "needs anonymize.columns");
            }
            return;
        }
        // The key file may be another machine's.
        AnonymizeOptions without_key = anonymize;
        without_key.key_file.clear();
        Result<std::unique_ptr<Anonymizer>> made =
            Anonymizer::open(without_key, checker_.parts().settings.meter);
        if (!made) {
            fail("anonymize.columns", made.error().message);
        } else if (format_of(sink_) == RecordFormat::kIpfix) {
            check_addresses(made.value()->columns());
        } else if (format_of(sink_) == RecordFormat::kProtobuf) {
            check_numbers(made.value()->columns());
        }
    }

    // The schema has a type for each field.
    void check_numbers(const std::vector<std::string>& columns) {
        for (const Column& column : all_columns()) {
            const bool is_text = column.type == ColumnType::kText ||
                                 column.type == ColumnType::kAddress ||
                                 column.type == ColumnType::kMac;
            if (!is_text && std::ranges::find(columns, column.name) != columns.end()) {
                fail(
                    "anonymize.columns",
                    std::string(column.name) + " is a number in protobuf; leave it out of columns"
                );
            }
        }
    }

    // Elements of addresses hold nothing else, and both ends of a flow are treated alike.
    void check_addresses(const std::vector<std::string>& columns) {
        const bool source = std::ranges::find(columns, "src_ip") != columns.end();
        const bool destination = std::ranges::find(columns, "dst_ip") != columns.end();
        if ((source || destination) && sink_.anonymize.method != AnonymizeMethod::kCryptoPan) {
            fail(
                "anonymize.method", "IPFIX has no place for the hash of an address; write cryptopan"
            );
        } else if (source != destination) {
            fail("anonymize.columns", "of src_ip and dst_ip, IPFIX takes both or none");
        }
    }

    void check_file() {
        const FileSettings& file = sink_.file;
        if (file.path.empty()) {
            if (!checker_.is_wrong(key_ + ".path")) {
                checker_.fail(key_, "needs path");
            }
        } else if (file.path.ends_with('/')) {
            fail("path", in_quotes(file.path) + " is a folder; add the name of a file");
        }
        constexpr std::chrono::seconds kShortest(1);
        constexpr std::uint64_t kSmallest = std::uint64_t{64} << 10;
        if (file.rotate_every.count() > 0 && file.rotate_every < kShortest) {
            fail("rotate_every", "must be 0s or at least 1s");
        }
        if (file.rotate_size > 0 && file.rotate_size < kSmallest) {
            fail("rotate_size", "must be 0B or at least 64KiB");
        }
        check_compression();
    }

    void check_compression() {
        const RecordFormat format = sink_.encoder.format;
        if ((format == RecordFormat::kIpfix || format == RecordFormat::kTable) &&
            compression_of(sink_) != Compression::kNone) {
            fail("compress", "is for csv, jsonl and parquet");
        }
    }

    void check_network() {
        const NetworkSettings& network = sink_.network;
        if (network.collectors.empty() && !checker_.is_wrong(key_ + ".collectors")) {
            checker_.fail(key_, "needs collectors");
        }
        for (const std::string& collector : network.collectors) {
            if (Result<CollectorAddress> address = parse_collector_address(collector); !address) {
                fail("collectors", address.error().message);
            }
        }
        const bool is_tls = network.protocol == NetworkProtocol::kTls;
        const TlsClientOptions& tls = network.tls;
        if (!is_tls && !(tls.ca_file + tls.cert_file + tls.key_file).empty()) {
            checker_.fail(key_ + ".tls", "is for transport: tls");
        }
        if (tls.cert_file.empty() != tls.key_file.empty()) {
            fail(
                tls.key_file.empty() ? "tls.cert_file" : "tls.key_file",
                tls.key_file.empty() ? "needs key_file" : "needs cert_file"
            );
        }
    }

    void check_kafka() {
        if (sink_.kafka.brokers.empty() && !checker_.is_wrong(key_ + ".brokers")) {
            checker_.fail(key_, "needs brokers");
        }
        if (format_of(sink_) == RecordFormat::kProtobuf && sink_.records_per_message > 1) {
            fail("records_per_message", "must be 1 with protobuf, whose messages have no end");
        }
        if (sink_.kafka.topic.empty() && !checker_.is_wrong(key_ + ".topic")) {
            checker_.fail(key_, "needs topic");
        }
    }

    Checker& checker_;
    const SinkSettings& sink_;
    std::string key_;
};

// Two sinks must not write the same thing.
template <typename Get>
void check_shared(
    Checker& checker, const std::vector<SinkSettings>& sinks, std::string_view key, Get get
) {
    for (std::size_t i = 0; i < sinks.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const std::string& place = get(sinks[i]);
            if (!place.empty() && place == get(sinks[j])) {
                checker.fail(
                    "sinks." + sinks[i].name + "." + std::string(key),
                    "is that of the sink " + sinks[j].name + ", too"
                );
            }
        }
    }
}

}  // namespace

void check_columns(Checker& checker, const std::string& columns, const std::string& key) {
    Result<std::vector<const Column*>> selected =
        select_columns(columns, checker.parts().settings.meter);
    if (!selected) {
        checker.fail(key, "columns", selected.error().message);
    }
}

void check_output_sink(Checker& checker, const SinkSettings& output) {
    SinkCheck(checker, output).check_output();
}

void check_sinks(Checker& checker) {
    const CheckedParts& parts = checker.parts();
    const std::vector<SinkSettings>& sinks = parts.settings.sinks;
    for (const SinkSettings& sink : sinks) {
        SinkCheck(checker, sink).check();
    }
    check_shared(checker, sinks, "path", [](const SinkSettings& sink) -> const std::string& {
        return sink.file.path;
    });
    check_shared(
        checker,
        sinks,
        "spool.directory",
        [](const SinkSettings& sink) -> const std::string& { return sink.spool.directory; }
    );
    const bool live = parts.sources.use == ConfigurationUse::kRun;
    if (sinks.empty() && live && parts.sources.supervised && !checker.is_assigned("output")) {
        checker.fail("sinks", "a service needs a sink: nobody reads its standard output");
    }
}

}  // namespace flowgauge
