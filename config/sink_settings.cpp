#include "config/sink_settings.h"

namespace flowgauge {

std::string_view to_string(SinkType type) noexcept {
    switch (type) {
    case SinkType::kFile:
        return "file";
    case SinkType::kIpfix:
        return "ipfix";
    case SinkType::kKafka:
        return "kafka";
    case SinkType::kSyslog:
        return "syslog";
    case SinkType::kSocket:
        return "socket";
    }
    return "";
}

SinkSettings sink_of_output() {
    SinkSettings sink;
    sink.name = "output";
    sink.encoder.format = RecordFormat::kCsv;
    // Whoever reads waits for it, so that it need not bridge anything.
    sink.queue_memory = std::uint64_t{16} << 20;
    sink.file = {
        .path = "-",
        .rotate_every = std::chrono::milliseconds(0),
        .rotate_size = 0,
        .keep = 0,
        .min_free = 0,
        .is_replaced = true,
        .sync = FileSync::kNone};
    return sink;
}

RecordFormat format_of(const SinkSettings& sink) noexcept {
    if (sink.encoder.format != RecordFormat::kAuto) {
        return sink.encoder.format;
    }
    switch (sink.type) {
    case SinkType::kFile:
        return RecordFormat::kCsv;
    case SinkType::kIpfix:
        return RecordFormat::kIpfix;
    case SinkType::kKafka:
    case SinkType::kSyslog:
    case SinkType::kSocket:
        break;
    }
    return RecordFormat::kJsonLines;
}

Compression compression_of(const SinkSettings& sink) noexcept {
    switch (sink.file.compression) {
    case FileCompression::kAuto:
        break;
    case FileCompression::kNone:
        return Compression::kNone;
    case FileCompression::kZstd:
        return Compression::kZstd;
    case FileCompression::kGzip:
        return Compression::kGzip;
    }
    return format_of(sink) == RecordFormat::kParquet ? Compression::kZstd : Compression::kNone;
}

}  // namespace flowgauge
