// The table of parameters: data, one row each, in the order of the help.
#include "config/parameter.h"
#include "config/value_text.h"
#include "core/record/column.h"

#include <algorithm>
#include <limits>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kNoMaximum = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kUint32Max = std::numeric_limits<std::uint32_t>::max();

Error usage(std::string message) {
    return {ErrorKind::kUsage, std::move(message)};
}

// Puts a parsed value into its place, or hands the error on.
template <typename T, typename Place>
Result<void> put(Result<T> parsed, Place& place) {
    if (!parsed) {
        return std::move(parsed).error();
    }
    place = static_cast<Place>(std::move(parsed).value());
    return {};
}

template <typename E>
struct Choice {
    std::string_view name;
    E value;
};

template <typename E, std::size_t N>
Result<void> choose(std::string_view text, const Choice<E> (&choices)[N], E& place) {
    std::string names;
    for (const Choice<E>& choice : choices) {
        if (choice.name == text) {
            place = choice.value;
            return {};
        }
        names += (names.empty() ? "" : ", ") + std::string(choice.name);
    }
    return usage("\"" + std::string(text) + "\" is none of " + names);
}

Result<void> idle_timeout(Settings& settings, std::string_view text) {
    return put(parse_duration(text, seconds(1)), settings.meter.flow.idle_timeout);
}

Result<void> active_timeout(Settings& settings, std::string_view text) {
    return put(parse_duration(text, seconds(1)), settings.meter.flow.active_timeout);
}

Result<void> end_on_tcp(Settings& settings, std::string_view text) {
    constexpr Choice<EndOnTcp> kChoices[] = {
        {"none", EndOnTcp::kNone}, {"fin_rst", EndOnTcp::kFinRst}};
    return choose(text, kChoices, settings.meter.flow.end_on_tcp);
}

Result<void> accounting_mode(Settings& settings, std::string_view text) {
    return put(parse_integer(text, 0, 3), settings.meter.flow.accounting_mode);
}

Result<void> decode_tunnels(Settings& settings, std::string_view text) {
    TunnelSet& tunnels = settings.meter.decode.decode_tunnels;
    constexpr Choice<TunnelSet> kChoices[] = {
        {"nfstream", TunnelSet::kNfstream}, {"all", TunnelSet::kAll}, {"none", TunnelSet::kNone}};
    if (Result<bool> on = parse_bool(text); on) {
        tunnels = on.value() ? TunnelSet::kNfstream : TunnelSet::kNone;
        return {};
    }
    return choose(text, kChoices, tunnels);
}

Result<void> fragments(Settings& settings, std::string_view text) {
    constexpr Choice<FragmentPolicy> kChoices[] = {
        {"reassemble", FragmentPolicy::kReassemble}, {"first_only", FragmentPolicy::kFirstOnly}};
    return choose(text, kChoices, settings.meter.decode.fragments);
}

Result<void> reassembly_memory(Settings& settings, std::string_view text) {
    constexpr std::uint64_t kMinimum = std::uint64_t{1} << 17;
    constexpr std::uint64_t kMaximum = std::uint64_t{64} << 30;
    Result<std::uint64_t> size = parse_size(text);
    if (size && (size.value() < kMinimum || size.value() > kMaximum)) {
        return usage("reassembly memory must be from 128KiB to 64GiB");
    }
    return put(std::move(size), settings.meter.decode.reassembly_memory);
}

Result<void> max_flows(Settings& settings, std::string_view text) {
    constexpr std::uint64_t kSlotsMax = std::uint64_t{1} << 31;
    return put(parse_integer(text, 1, kSlotsMax), settings.meter.flow.max_flows);
}

Result<void> max_nflows(Settings& settings, std::string_view text) {
    return put(parse_integer(text, 0, kNoMaximum), settings.max_nflows);
}

Result<void> n_dissections(Settings& settings, std::string_view text) {
    Result<std::uint64_t> packets = parse_integer(text, 0, 255);
    if (!packets) {
        return std::move(packets).error();
    }
    const auto limit = static_cast<std::uint32_t>(packets.value());
    settings.meter.dissection.enabled = limit > 0;
    settings.meter.dissection.limits = {.tcp = limit, .udp = limit, .other = limit};
    return {};
}

Result<void> guess(Settings& settings, std::string_view text) {
    return put(parse_bool(text), settings.meter.dissection.guess);
}

Result<void> dissection_flows_max(Settings& settings, std::string_view text) {
    return put(parse_integer(text, 1, kUint32Max), settings.meter.dissection.flows_max);
}

Result<void> protocols_file(Settings& settings, std::string_view text) {
    settings.meter.dissection.protocols_file = text;
    return {};
}

Result<void> categories_file(Settings& settings, std::string_view text) {
    settings.meter.dissection.categories_file = text;
    return {};
}

Result<void> statistical_analysis(Settings& settings, std::string_view text) {
    return put(parse_bool(text), settings.meter.statistical_analysis);
}

Result<void> splt_analysis(Settings& settings, std::string_view text) {
    return put(parse_integer(text, 0, 65535), settings.meter.splt_analysis);
}

Result<void> bpf_filter(Settings& settings, std::string_view text) {
    settings.capture.bpf_filter = text;
    return {};
}

Result<void> promiscuous_mode(Settings& settings, std::string_view text) {
    return put(parse_bool(text), settings.capture.promiscuous_mode);
}

Result<void> snapshot_length(Settings& settings, std::string_view text) {
    if (text == "auto") {
        settings.capture.snapshot_length = 0;
        return {};
    }
    return put(parse_integer(text, 64, 262144), settings.capture.snapshot_length);
}

Result<void> socket_buffer_size(Settings& settings, std::string_view text) {
    return put(parse_size(text), settings.capture.socket_buffer_size);
}

Result<void> ring_retire(Settings& settings, std::string_view text) {
    Result<milliseconds> retire = parse_duration(text, milliseconds(1));
    if (retire && (retire.value() < milliseconds(1) || retire.value() > seconds(10))) {
        return usage("ring retire time must be from 1ms to 10s");
    }
    return put(std::move(retire), settings.capture.ring_retire);
}

Result<void> workers(Settings& settings, std::string_view text) {
    if (text == "auto") {
        settings.workers = 0;
        return {};
    }
    return put(parse_integer(text, 0, 64), settings.workers);
}

Result<void> handoff_packets(Settings& settings, std::string_view text) {
    return put(parse_integer(text, 1, std::uint64_t{1} << 22), settings.handoff_packets);
}

Result<void> performance_report(Settings& settings, std::string_view text) {
    Result<milliseconds> interval = parse_duration(text, seconds(1));
    if (!interval) {
        return std::move(interval).error();
    }
    if (interval.value() % seconds(1) != milliseconds(0)) {
        return usage("the interval must be whole seconds");
    }
    settings.performance_report = std::chrono::duration_cast<seconds>(interval.value());
    return {};
}

Result<void> system_visibility_mode(Settings& settings, std::string_view text) {
    return put(parse_integer(text, 0, 1), settings.system_visibility_mode);
}

Result<void> system_visibility_poll_ms(Settings& /*settings*/, std::string_view text) {
    if (Result<milliseconds> period = parse_duration(text, milliseconds(1)); !period) {
        return std::move(period).error();
    }
    return {};
}

Result<void> udps(Settings& /*settings*/, std::string_view text) {
    if (text.empty()) {
        return {};
    }
    return usage("this version loads no plugins; leave udps empty");
}

Result<void> time_unit(Settings& settings, std::string_view text) {
    constexpr Choice<TimeUnit> kChoices[] = {
        {"ms", TimeUnit::kMilliseconds},
        {"us", TimeUnit::kMicroseconds},
        {"ns", TimeUnit::kNanoseconds}};
    return choose(text, kChoices, settings.meter.flow.time_unit);
}

Result<void> format(Settings& settings, std::string_view text) {
    OutputSettings& output = settings.output;
    constexpr Choice<RecordFormat> kChoices[] = {
        {"auto", RecordFormat::kCsv},
        {"csv", RecordFormat::kCsv},
        {"jsonl", RecordFormat::kJsonLines},
        {"table", RecordFormat::kTable}};
    Result<void> chosen = choose(text, kChoices, output.encoder.format);
    if (chosen) {
        output.format_auto = text == "auto";
    }
    return chosen;
}

Result<void> table_rows(Settings& settings, std::string_view text) {
    return put(parse_integer(text, 1, 10'000), settings.output.encoder.table.rows);
}

Result<void> csv_dialect(Settings& settings, std::string_view text) {
    constexpr Choice<CsvDialect> kChoices[] = {
        {"rfc4180", CsvDialect::kRfc4180}, {"nfstream", CsvDialect::kNfstream}};
    return choose(text, kChoices, settings.output.encoder.csv_dialect);
}

Result<void> columns(Settings& settings, std::string_view text) {
    settings.output.columns = text;
    return {};
}

Result<void> output(Settings& settings, std::string_view text) {
    settings.output.path = text;
    return {};
}

Result<void> summary(Settings& settings, std::string_view text) {
    settings.output.summary_path = text;
    return {};
}

Result<void> rejected(Settings& settings, std::string_view text) {
    if (text.empty() || text == "-") {
        return Error{ErrorKind::kUsage, "needs the name of a file; standard output is for records"};
    }
    settings.output.rejected_path = text;
    return {};
}

Result<void> progress(Settings& settings, std::string_view text) {
    constexpr Choice<ProgressMode> kChoices[] = {
        {"auto", ProgressMode::kAuto},
        {"always", ProgressMode::kAlways},
        {"never", ProgressMode::kNever}};
    return choose(text, kChoices, settings.output.progress);
}

// One row a parameter, however long.
// clang-format off
constexpr Parameter kParameters[] = {
    {"idle_timeout", "SECONDS", "Flows", Scope::kBoth,
     "a flow without a packet for this long is over (120)", idle_timeout},
    {"active_timeout", "SECONDS", "Flows", Scope::kBoth,
     "a flow is cut when it has lasted this long (1800)", active_timeout},
    {"end_on_tcp", "EVENT", "Flows", Scope::kBoth,
     "fin_rst: a TCP flow ends 5 s after RST or both FINs acknowledged; none: by timeouts alone (none)", end_on_tcp},
    {"accounting_mode", "0..3", "Flows", Scope::kBoth,
     "size of a packet: 0 frame, 1 IP packet, 2 transport segment, 3 payload (0)", accounting_mode},
    {"decode_tunnels", "TUNNELS", "Flows", Scope::kBoth,
     "nfstream or true: flows inside GTP-U, CAPWAP and TZSP; all: also inside L2TP, VXLAN, GENEVE, GRE, ERSPAN and "
     "Teredo; none or false: outside (nfstream)", decode_tunnels},
    {"fragments", "POLICY", "Flows", Scope::kBoth,
     "reassemble IP fragments, or first_only: the first stands for all (reassemble)", fragments},
    {"reassembly_memory", "SIZE", "Flows", Scope::kBoth,
     "bytes of fragments held: of a worker live, of the reader with files (16MiB)", reassembly_memory},
    {"max_flows", "N", "Flows", Scope::kBoth,
     "flows at one time over all workers; the longest idle one gives way (1000000)", max_flows},
    {"max_nflows", "N", "Flows", Scope::kBoth,
     "stop after N records, 0 for never (0)", max_nflows},
    {"time_unit", "UNIT", "Flows", Scope::kBoth,
     "unit of times and of the names of their columns: ms, us or ns (ms)", time_unit},
    {"n_dissections", "0..255", "Dissection", Scope::kBoth,
     "packets of a flow that nDPI sees, 0 for none (20)", n_dissections},
    {"guess", "BOOL", "Dissection", Scope::kBoth,
     "let nDPI guess by port and address (true)", guess},
    {"dissection_flows_max", "N", "Dissection", Scope::kBoth,
     "flows under dissection at one time, each worker (65536)", dissection_flows_max},
    {"protocols_file", "FILE", "Dissection", Scope::kBoth,
     "custom protocols in nDPI's format", protocols_file},
    {"categories_file", "FILE", "Dissection", Scope::kBoth,
     "custom categories in nDPI's format", categories_file},
    {"statistical_analysis", "BOOL", "Statistics", Scope::kBoth,
     "48 columns on sizes, inter-arrival times and flags (false)", statistical_analysis},
    {"splt_analysis", "0..65535", "Statistics", Scope::kBoth,
     "direction, size and time of the first N packets (0)", splt_analysis},
    {"bpf_filter", "FILTER", "Capture", Scope::kBoth,
     "only packets that tcpdump's FILTER selects", bpf_filter},
    {"promiscuous_mode", "BOOL", "Capture", Scope::kLive,
     "also packets for other hosts (true)", promiscuous_mode},
    {"snapshot_length", "BYTES", "Capture", Scope::kLive,
     "bytes kept of each packet; auto: 1536, 65535 on loopback (auto)", snapshot_length},
    {"socket_buffer_size", "SIZE", "Capture", Scope::kLive,
     "ring memory of each worker; 0: 64MiB, less where memory is short (0)", socket_buffer_size},
    {"ring_retire", "TIME", "Capture", Scope::kRun,
     "longest time that the kernel keeps a packet to itself (60ms)", ring_retire},
    {"workers", "N", "Capture", Scope::kBoth,
     "worker threads, of each interface; auto: one a CPU, at most 8 (auto)", workers},
    {"n_meters", "N", "Capture", Scope::kBoth,
     "another name of workers", workers},
    {"handoff_packets", "N", "Capture", Scope::kRun,
     "room for packets between two workers (4096)", handoff_packets},
    {"performance_report", "SECONDS", "Capture", Scope::kLive,
     "a line of JSON with the counters each SECONDS on standard error, 0 for none (0)", performance_report},
    {"system_visibility_mode", "0|1", "Capture", Scope::kLive,
     "1 would add processes, which this version cannot (0)", system_visibility_mode},
    {"system_visibility_poll_ms", "MS", "Capture", Scope::kLive,
     "period of looking at sockets, with system_visibility_mode (100)", system_visibility_poll_ms},
    {"udps", "PLUGINS", "Capture", Scope::kBoth,
     "plugins, which this version has none of", udps},
    {"format", "FORMAT", "Output", Scope::kBoth,
     "csv, jsonl, or table for people; auto: table on a terminal without --columns, else csv (auto)", format},
    {"table_rows", "N", "Output", Scope::kBoth,
     "rows of each list of a table (20)", table_rows},
    {"csv_dialect", "DIALECT", "Output", Scope::kBoth,
     "quotes in text: rfc4180 doubles them, nfstream writes a backslash (rfc4180)", csv_dialect},
    {"columns", "COLUMNS", "Output", Scope::kBoth,
     "all, nfstream, or names with commas; see `flowgauge fields` (all)", columns},
    {"output", "PATH", "Output", Scope::kBoth,
     "file for the records, - for standard output (-)", output},
    {"summary", "PATH", "Output", Scope::kBoth,
     "file for the final counters as JSON, - for standard output", summary},
    {"rejected", "PATH", "Output", Scope::kRead,
     "pcapng file for the frames that are in no flow, each with its reason as comment", rejected},
    {"progress", "WHEN", "Output", Scope::kRead,
     "how far the reading is, on standard error: auto (on a terminal), always or never (auto)", progress},
};
// clang-format on

}  // namespace

std::span<const Parameter> all_parameters() noexcept {
    return kParameters;
}

std::string option_name(const Parameter& parameter) {
    std::string name = "--" + std::string(parameter.name);
    std::ranges::replace(name, '_', '-');
    return name;
}

Result<void> validate(const Settings& settings) {
    Result<std::vector<const Column*>> selected =
        select_columns(settings.output.columns, settings.meter);
    if (!selected) {
        return std::move(selected).error().within("columns");
    }
    if (settings.output.encoder.format == RecordFormat::kTable &&
        settings.output.columns != "all") {
        return usage("columns: a table has its own; leave --columns out, or write --format csv");
    }
    return {};
}

}  // namespace flowgauge
