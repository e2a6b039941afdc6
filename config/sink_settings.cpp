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

}  // namespace flowgauge
