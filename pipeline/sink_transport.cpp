// The transports of sinks.
#include "export/disk/disk_writer.h"
#include "export/file/compressed_framing.h"
#include "export/file/file_transport.h"
#include "export/file/line_framing.h"
#include "export/file/message_framing.h"
#include "export/ipfix/ipfix_session.h"
#include "export/kafka/kafka_transport.h"
#include "export/network/network_transport.h"
#include "export/network/plain_session.h"
#include "export/network/syslog_session.h"
#include "export/parquet/parquet_framing.h"
#include "export/spool/spool.h"
#include "pipeline/sink_parts.h"
#include "service/log.h"
#include "service/sensor_name.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace flowgauge {
namespace {

// So much a collector with the buffer that Linux gives by default can take.
constexpr std::uint64_t kRateOfFiles = std::uint64_t{32} << 20;

void warn(const std::string& sink, const std::string& text) {
    log_warning("sink " + sink + ": " + text, {{.name = "SINK", .value = sink}});
}

void say(const std::string& sink, SinkProblem& problem, FileNews news, const std::string& text) {
    switch (news) {
    case FileNews::kFailing:
        problem.set(text);
        log_error("sink " + sink + ": " + text, {{.name = "SINK", .value = sink}});
        break;
    case FileNews::kWorking:
        problem.set({});
        log_info("sink " + sink + ": " + text, {{.name = "SINK", .value = sink}});
        break;
    case FileNews::kNote:
        warn(sink, text);
        break;
    }
}

std::uint32_t export_time() {
    using std::chrono::duration_cast;
    using std::chrono::seconds;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint32_t>(duration_cast<seconds>(now).count());
}

IpfixSessionOptions session_options(const SinkSettings& sink, const SinkSurroundings& around) {
    return {
        .observation_domain = sink.ipfix.observation_domain,
        .template_refresh = sink.template_refresh,
        .clock = export_time,
        .statistics = around.statistics,
        .interfaces = around.interfaces};
}

// What makes a file of the units that the encoder of this sink gives.
std::unique_ptr<FileFraming> framing_of(const SinkSettings& sink, const SinkSurroundings& around) {
    const RecordFormat format = format_of(sink);
    if (format == RecordFormat::kIpfix) {
        return std::make_unique<MessageFraming>(
            std::make_unique<IpfixSession>(session_options(sink, around))
        );
    }
    if (format == RecordFormat::kParquet) {
        return std::make_unique<ParquetFraming>();
    }
    const bool csv = format == RecordFormat::kCsv;
    const bool doubled = sink.encoder.csv_dialect == CsvDialect::kRfc4180;
    const LineFormat lines{.quoted_newlines = csv && doubled, .has_head = csv};
    if (const Compression compression = compression_of(sink); compression != Compression::kNone) {
        return std::make_unique<CompressedFraming>(compression, lines);
    }
    return std::make_unique<LineFraming>(lines);
}

Result<OpenedTransport> open_stream(
    const std::string& path, bool may_wait, std::unique_ptr<FileFraming> framing
) {
    Result<std::unique_ptr<FileTransport>> opened =
        FileTransport::open({.path = path, .may_wait = may_wait}, std::move(framing));
    if (!opened) {
        return std::move(opened).error();
    }
    return OpenedTransport{.transport = std::move(opened).value()};
}

Result<OpenedTransport> open_file(const SinkSettings& sink, const SinkSurroundings& around) {
    const FileSettings& file = sink.file;
    std::unique_ptr<FileFraming> framing = framing_of(sink, around);
    const bool is_rotated = file.flows_per_file != 0 || !file.is_replaced;
    if (is_stream(file.path) || !is_rotated) {
        return open_stream(file.path, around.may_wait, std::move(framing));
    }
    Result<std::unique_ptr<RotatingFile>> opened = RotatingFile::open(
        {.path = file.path,
         .rotation = rotation_of(file),
         .flows_per_file = file.flows_per_file,
         .min_free = file.min_free,
         .sync = file.sync,
         .tell =
             [name = sink.name, problem = around.problem](FileNews news, const std::string& text) {
                 say(name, *problem, news, text);
             }},
        std::move(framing),
        DiskWriter::open()
    );
    if (!opened) {
        return std::move(opened).error();
    }
    RotatingFile* rotating = opened.value().get();
    return OpenedTransport{.transport = std::move(opened).value(), .file = rotating};
}

SessionFactory session_factory(const SinkSettings& sink, const SinkSurroundings& around) {
    switch (sink.type) {
    case SinkType::kIpfix:
        return [options = session_options(sink, around)] {
            return std::make_unique<IpfixSession>(options);
        };
    case SinkType::kSyslog: {
        SyslogOptions options = sink.syslog;
        if (options.host_name.empty()) {
            options.host_name = sensor_name(around.settings.sensor);
        }
        return [options] {
            return std::make_unique<SyslogSession>(options);
        };
    }
    default:
        return [] {
            return std::make_unique<PlainSession>();
        };
    }
}

Result<OpenedTransport> open_collectors(const SinkSettings& sink, const SinkSurroundings& around) {
    NetworkOptions options;
    options.protocol = sink.network.protocol;
    options.distribute = sink.network.distribute;
    options.tls = sink.network.tls;
    for (const std::string& collector : sink.network.collectors) {
        Result<CollectorAddress> address = parse_collector_address(collector);
        if (!address) {
            return std::move(address).error().within("collectors");
        }
        options.collectors.push_back(std::move(address).value());
    }
    options.stream.replay_size = sink.network.replay_size;
    options.datagram.may_fragment = sink.type != SinkType::kIpfix;
    const bool is_auto = sink.network.rate == kRateAuto;
    options.datagram.rate = is_auto ? (around.may_wait ? kRateOfFiles : 0) : sink.network.rate;
    options.tell = [name = sink.name, problem = around.problem](const std::string& text) {
        problem->set(text);
        warn(name, text);
    };
    Result<std::unique_ptr<Transport>> opened =
        open_network(options, session_factory(sink, around));
    if (!opened) {
        return std::move(opened).error();
    }
    return OpenedTransport{.transport = std::move(opened).value()};
}

Result<OpenedTransport> open_kafka(const SinkSettings& sink, const SinkSurroundings& around) {
    KafkaOptions options = sink.kafka;
    options.sensor = sensor_name(around.settings.sensor);
    options.content_type = format_of(sink) == RecordFormat::kProtobuf ? "protobuf" : "json";
    // Without a spool a message waits a minute for its brokers; the queue behind it is what is
    // lost.
    constexpr std::chrono::milliseconds kWithoutSpool{60'000};
    options.message_timeout =
        sink.when_full == WhenFull::kSpool ? std::chrono::milliseconds(0) : kWithoutSpool;
    options.tell = [name = sink.name, problem = around.problem](const std::string& text) {
        problem->set(text);
        warn(name, text);
    };
    Result<std::unique_ptr<KafkaTransport>> opened = KafkaTransport::open(std::move(options));
    if (!opened) {
        return std::move(opened).error();
    }
    return OpenedTransport{.transport = std::move(opened).value()};
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) {
        out += (out.empty() ? "" : ", ") + word;
    }
    return out;
}

}  // namespace

void SinkProblem::set(std::string text) {
    const std::lock_guard lock(mutex_);
    text_ = std::move(text);
}

std::string SinkProblem::text() const {
    const std::lock_guard lock(mutex_);
    return text_;
}

std::string destination_of(const SinkSettings& sink) {
    switch (sink.type) {
    case SinkType::kFile:
        return sink.file.path;
    case SinkType::kKafka:
        return joined(sink.kafka.brokers) + " " + sink.kafka.topic;
    case SinkType::kIpfix:
    case SinkType::kSyslog:
    case SinkType::kSocket:
        break;
    }
    return joined(sink.network.collectors);
}

std::string type_of(const SinkSettings& sink) {
    return sink.type == SinkType::kFile && sink.file.path == "-"
               ? "stdout"
               : std::string(to_string(sink.type));
}

Result<OpenedTransport> open_transport(const SinkSettings& sink, const SinkSurroundings& around) {
    switch (sink.type) {
    case SinkType::kFile:
        return open_file(sink, around);
    case SinkType::kKafka:
        return open_kafka(sink, around);
    case SinkType::kIpfix:
    case SinkType::kSyslog:
    case SinkType::kSocket:
        break;
    }
    return open_collectors(sink, around);
}

Result<std::unique_ptr<BlockStore>> open_store(const SinkSettings& sink) {
    if (sink.when_full != WhenFull::kSpool) {
        return std::unique_ptr<BlockStore>();
    }
    Result<std::unique_ptr<Spool>> opened = Spool::open(
        {.directory = sink.spool.directory,
         .size = sink.spool.size,
         .tell =
             [name = sink.name](const std::string& text) {
                 warn(name, text);
             }}
    );
    if (!opened) {
        return std::move(opened).error().within("spool");
    }
    return std::unique_ptr<BlockStore>(std::move(opened).value());
}

FileRotation rotation_of(const FileSettings& settings) {
    std::uint32_t keep = settings.keep;
    if (settings.flows_per_file != 0 && settings.rotate_files != 0) {
        keep = keep == 0 ? settings.rotate_files : std::min(keep, settings.rotate_files);
    }
    return {
        .rotate_every = settings.rotate_every, .rotate_size = settings.rotate_size, .keep = keep};
}

}  // namespace flowgauge
