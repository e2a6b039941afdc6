// Rows of `flows`, `dissection`, `statistics` and `visibility`: what records say.
#include "config/tables.h"

namespace flowgauge {
namespace {

constexpr std::string_view kFlows = "Flows";
constexpr std::string_view kDissection = "Dissection";
constexpr std::string_view kStatistics = "Statistics";
constexpr std::string_view kVisibility = "Visibility";

// NFStream's decode_tunnels is a bool.
constexpr Choice kTunnels[] = {
    {"nfstream", number_of(TunnelSet::kNfstream)},
    {"all", number_of(TunnelSet::kAll)},
    {"none", number_of(TunnelSet::kNone)},
    {"true", number_of(TunnelSet::kNfstream)},
    {"false", number_of(TunnelSet::kNone)}};
constexpr Choice kFragments[] = {
    {"reassemble", number_of(FragmentPolicy::kReassemble)},
    {"first_only", number_of(FragmentPolicy::kFirstOnly)}};
constexpr Choice kTcpEnds[] = {
    {"none", number_of(EndOnTcp::kNone)}, {"fin_rst", number_of(EndOnTcp::kFinRst)}};
constexpr Choice kTimeUnits[] = {
    {"ms", number_of(TimeUnit::kMilliseconds)},
    {"us", number_of(TimeUnit::kMicroseconds)},
    {"ns", number_of(TimeUnit::kNanoseconds)}};
constexpr Choice kEvents[] = {
    {"auto", number_of(VisibilityEvents::kAuto)},
    {"perf", number_of(VisibilityEvents::kPerf)},
    {"bpf", number_of(VisibilityEvents::kBpf)},
    {"off", number_of(VisibilityEvents::kOff)}};
constexpr Choice kNamespaces[] = {{"all", 0}, {"own", 1}};

// NFStream's one number is the limit of every transport protocol, and 0 is none of it.
constexpr Field kDissections{
    .set =
        [](Parts& parts, const Value& value) {
            const auto limit = static_cast<std::uint32_t>(value.number);
            parts.settings.meter.dissection.enabled = limit > 0;
            parts.settings.meter.dissection.limits = {.tcp = limit, .udp = limit, .other = limit};
        },
    .get =
        [](const Parts& parts) {
            const DissectionOptions& options = parts.settings.meter.dissection;
            return Value{
                .number = options.enabled ? options.limits.tcp : 0, .text = {}, .items = {}};
        }};

// Events make looks less urgent, unless somebody chose their period.
constexpr Field kPoll{
    .set =
        [](Parts& parts, const Value& value) {
            parts.settings.visibility.poll =
                std::chrono::milliseconds(static_cast<std::int64_t>(value.number / kMillisecond));
            parts.settings.visibility.poll_is_default = false;
        },
    .get =
        [](const Parts& parts) {
            const auto milliseconds = parts.settings.visibility.poll.count();
            return Value{
                .number = static_cast<std::uint64_t>(milliseconds) * kMillisecond,
                .text = {},
                .items = {}};
        }};

// clang-format off
constexpr Parameter kParameters[] = {
    {.path = "flows.idle_timeout", .option = "idle_timeout", .group = kFlows, .live = true, .type = duration(kSecond),
     .field = field<&Settings::meter, &MeterOptions::flow, &FlowOptions::idle_timeout>(), .value_name = "SECONDS",
     .help = "a flow without a packet for this long is over"},
    {.path = "flows.active_timeout", .option = "active_timeout", .group = kFlows, .live = true, .type = duration(kSecond),
     .field = field<&Settings::meter, &MeterOptions::flow, &FlowOptions::active_timeout>(), .value_name = "SECONDS",
     .help = "a flow is cut when it has lasted this long"},
    {.path = "flows.accounting_mode", .option = "accounting_mode", .group = kFlows, .type = integer(0, 3),
     .field = field<&Settings::meter, &MeterOptions::flow, &FlowOptions::accounting_mode>(), .value_name = "0..3",
     .help = "size of a packet: 0 frame, 1 IP packet, 2 transport segment, 3 payload"},
    {.path = "flows.decode_tunnels", .option = "decode_tunnels", .group = kFlows, .type = choice(kTunnels),
     .field = field<&Settings::meter, &MeterOptions::decode, &DecodeOptions::decode_tunnels>(), .value_name = "TUNNELS",
     .help = "nfstream or true: flows inside GTP-U, CAPWAP and TZSP; all: also inside L2TP, VXLAN, GENEVE, GRE, ERSPAN and "
             "Teredo; none or false: outside"},
    {.path = "flows.fragments", .option = "fragments", .group = kFlows, .type = choice(kFragments),
     .field = field<&Settings::meter, &MeterOptions::decode, &DecodeOptions::fragments>(), .value_name = "POLICY",
     .help = "reassemble IP fragments, or first_only: the first stands for all"},
    {.path = "flows.end_on_tcp", .option = "end_on_tcp", .group = kFlows, .type = choice(kTcpEnds),
     .field = field<&Settings::meter, &MeterOptions::flow, &FlowOptions::end_on_tcp>(), .value_name = "EVENT",
     .help = "fin_rst: a TCP flow ends 5 s after RST or both FINs acknowledged; none: by timeouts alone"},
    {.path = "flows.max_flows", .option = "max_flows", .group = kFlows, .type = integer(1, std::uint64_t{1} << 31),
     .field = field<&Settings::meter, &MeterOptions::flow, &FlowOptions::max_flows>(),
     .help = "flows at one time over all workers; the longest idle one gives way"},
    {.path = "flows.max_nflows", .option = "max_nflows", .group = kFlows, .type = integer(0, kNoMaximum),
     .field = field<&Settings::max_nflows>(),
     .help = "stop after N records, 0 for never"},
    {.path = "flows.reassembly_memory", .option = "reassembly_memory", .group = kFlows, .type = size(128 * kKiB, 64 * kGiB),
     .field = field<&Settings::meter, &MeterOptions::decode, &DecodeOptions::reassembly_memory>(),
     .help = "bytes of fragments held: of a worker live, of the reader with files"},
    {.path = "flows.handoff_packets", .option = "handoff_packets", .group = kFlows, .scope = Scope::kRun,
     .type = integer(1, std::uint64_t{1} << 22), .field = field<&Settings::handoff_packets>(),
     .help = "room for packets between two workers"},
    {.path = "flows.time_unit", .option = "time_unit", .group = kFlows, .type = choice(kTimeUnits),
     .field = field<&Settings::meter, &MeterOptions::flow, &FlowOptions::time_unit>(), .value_name = "UNIT",
     .help = "unit of times and of the names of their columns: ms, us or ns"},

    {.path = "dissection.n_dissections", .option = "n_dissections", .group = kDissection, .type = integer(0, 255),
     .field = kDissections, .value_name = "0..255",
     .help = "packets of a flow that nDPI sees, 0 for none"},
    {.path = "dissection.guess", .option = "guess", .group = kDissection, .type = kBool,
     .field = field<&Settings::meter, &MeterOptions::dissection, &DissectionOptions::guess>(),
     .help = "let nDPI guess by port and address"},
    {.path = "dissection.flows_max", .option = "dissection_flows_max", .group = kDissection, .type = integer(1, kUint32Max),
     .field = field<&Settings::meter, &MeterOptions::dissection, &DissectionOptions::flows_max>(),
     .help = "flows under dissection at one time, each worker"},
    {.path = "dissection.shed", .option = "dissection_shed", .group = kDissection, .type = kBool,
     .field = field<&Settings::meter, &MeterOptions::dissection, &DissectionOptions::shed>(),
     .help = "spend less on dissection while overloaded"},
    {.path = "dissection.protocols_file", .option = "protocols_file", .group = kDissection, .type = kPath,
     .field = field<&Settings::meter, &MeterOptions::dissection, &DissectionOptions::protocols_file>(),
     .help = "custom protocols in nDPI's format"},
    {.path = "dissection.categories_file", .option = "categories_file", .group = kDissection, .type = kPath,
     .field = field<&Settings::meter, &MeterOptions::dissection, &DissectionOptions::categories_file>(),
     .help = "custom categories in nDPI's format"},

    {.path = "statistics.statistical_analysis", .option = "statistical_analysis", .group = kStatistics, .type = kBool,
     .field = field<&Settings::meter, &MeterOptions::statistical_analysis>(),
     .help = "48 columns on sizes, inter-arrival times and flags"},
    {.path = "statistics.splt_analysis", .option = "splt_analysis", .group = kStatistics, .type = integer(0, 65535),
     .field = field<&Settings::meter, &MeterOptions::splt_analysis>(), .value_name = "0..65535",
     .help = "direction, size and time of the first N packets"},

    {.path = "visibility.system_visibility_mode", .option = "system_visibility_mode", .group = kVisibility, .scope = Scope::kLive,
     .type = integer(0, 1), .field = field<&Settings::visibility, &VisibilitySettings::mode>(), .value_name = "0|1",
     .help = "1 adds the process that owned the socket of a flow; of interfaces, not of files"},
    {.path = "visibility.system_visibility_poll_ms", .option = "system_visibility_poll_ms", .group = kVisibility,
     .scope = Scope::kLive, .live = true, .type = duration(kMillisecond, 0, 3600 * kSecond),
     .field = kPoll, .value_name = "MS",
     .help = "period of looking at sockets, with system_visibility_mode; with events the default is 1 s"},
    {.path = "visibility.events", .option = "visibility_events", .group = kVisibility, .scope = Scope::kLive,
     .type = choice(kEvents), .field = field<&Settings::visibility, &VisibilitySettings::events>(),
     .help = "what tells of new sockets between two looks, with system_visibility_mode"},
    {.path = "visibility.max_cpu_percent", .option = "visibility_max_cpu_percent", .group = kVisibility, .scope = Scope::kLive,
     .type = integer(0, 100), .field = field<&Settings::visibility, &VisibilitySettings::max_cpu_percent>(),
     .help = "of one processor: the period is stretched to stay below, with system_visibility_mode; 0: no bound"},
    {.path = "visibility.cmdline", .option = "visibility_cmdline", .group = kVisibility, .scope = Scope::kLive, .type = kBool,
     .field = field<&Settings::visibility, &VisibilitySettings::cmdline>(),
     .help = "command lines of processes, with system_visibility_mode"},
    {.path = "visibility.namespaces", .option = "visibility_namespaces", .group = kVisibility, .scope = Scope::kLive,
     .type = choice(kNamespaces), .field = field<&Settings::visibility, &VisibilitySettings::own_namespace_only>(),
     .help = "sockets of all network namespaces or of the own, with system_visibility_mode"},
};
// clang-format on

}  // namespace

std::span<const Parameter> metering_parameters() noexcept {
    return kParameters;
}

}  // namespace flowgauge
