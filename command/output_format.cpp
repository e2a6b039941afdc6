#include "command/output_format.h"

#include <array>
#include <string_view>

namespace flowgauge {
namespace {

// What a reader of the table could not know.
std::vector<std::string> notes_of(const Settings& settings) {
    std::vector<std::string> notes;
    if (!settings.capture.bpf_filter.empty()) {
        notes.push_back("only packets that match: " + settings.capture.bpf_filter);
    }
    constexpr std::array<std::string_view, 4> kSizes{
        "", "IP packets", "transport segments", "payloads"};
    const auto mode = static_cast<std::size_t>(settings.meter.flow.accounting_mode);
    if (mode > 0) {
        notes.push_back("bytes of " + std::string(kSizes[mode]) + " (--accounting-mode)");
    }
    return notes;
}

// Whether nothing was asked for that a table has not.
bool suits_table(const SinkSettings& sink) {
    const SinkSettings plain = sink_of_output();
    return sink.columns == plain.columns && sink.anonymize.columns.empty() &&
           sink.encoder.csv_dialect == plain.encoder.csv_dialect &&
           sink.encoder.names == plain.encoder.names &&
           sink.file.compression == plain.file.compression;
}

}  // namespace

void settle_format(Settings& settings, const Terminal& out, InputKind input) {
    OutputSettings& output = settings.output;
    const bool to_terminal = writes_to_terminal(settings, out);
    if (output.format_auto) {
        output.sink.encoder.format =
            to_terminal && suits_table(output.sink) ? RecordFormat::kTable : RecordFormat::kCsv;
        output.format_auto = false;
    }
    TableOptions& table = output.sink.encoder.table;
    table.columns = out.columns;
    table.unicode = out.unicode;
    table.bold = to_terminal && out.bold;
    table.live = input == InputKind::kLive;
    table.records_max = settings.max_nflows;
    table.notes = notes_of(settings);
}

bool writes_to_terminal(const Settings& settings, const Terminal& out) noexcept {
    return settings.output.sink.file.path == "-" && out.present;
}

}  // namespace flowgauge
