// Rows of `inputs`: where packets come from.
#include "config/tables.h"

namespace flowgauge {
namespace {

constexpr std::string_view kGroup = "Capture";

constexpr Choice kFanouts[] = {
    {"addresses", number_of(FanoutMode::kAddresses)}, {"cpu", number_of(FanoutMode::kCpu)}};

// clang-format off
constexpr Parameter kParameters[] = {
    {.path = "inputs[].name", .type = kText, .field = field<&InputSettings::name>(),
     .help = "unique; the label input= of metrics"},
    {.path = "inputs[].interface", .type = kText, .field = field<&InputSettings::interface>(),
     .help = "a name, a glob, or auto: the interface of the default route, else every one but loopback that is up"},
    {.path = "inputs[].files", .type = kTexts, .field = field<&InputSettings::files>(),
     .help = "instead of an interface: capture files, globs, or a directory"},
    {.path = "inputs[].watch", .type = kBool, .field = field<&InputSettings::watch>(),
     .help = "files that appear later are read as well"},
    {.path = "inputs[].wait_for", .type = or_word(duration(kSecond), "infinity", kNever), .field = field<&InputSettings::wait_for>(),
     .help = "how long the start waits for a missing interface; 0s: it fails at once"},
    {.path = "inputs[].workers", .option = "workers", .group = kGroup, .type = or_word(integer(0, 64), "auto", 0),
     .field = field<&InputSettings::workers>(), .value_name = "N",
     .help = "worker threads, of each interface; auto: one a CPU, at most 8"},
    {.path = "inputs[].cpus", .type = {.kind = ValueKind::kIntegers, .maximum = 4095}, .field = field<&InputSettings::cpus>(),
     .help = "the CPU of each worker, or nothing"},
    {.path = "inputs[].fanout", .type = choice(kFanouts), .field = field<&InputSettings::fanout>(),
     .help = "how the kernel spreads packets: by addresses, or by the CPU that received them, which is right only with symmetric RSS"},
    {.path = "inputs[].busy_poll", .type = duration(kMicrosecond, 0, kSecond), .field = field<&InputSettings::busy_poll>(),
     .help = "how long a worker asks the device before it sleeps; 0us: never"},
    {.path = "inputs[].socket_buffer_size", .option = "socket_buffer_size", .group = kGroup, .scope = Scope::kLive, .type = size(),
     .field = field<&InputSettings::capture, &CaptureOptions::socket_buffer_size>(),
     .help = "ring memory of each worker; 0B: 64MiB, less where memory is short"},
    {.path = "inputs[].ring_retire", .option = "ring_retire", .group = kGroup, .scope = Scope::kRun,
     .type = duration(kMillisecond, kMillisecond, 10 * kSecond), .field = field<&InputSettings::capture, &CaptureOptions::ring_retire>(),
     .help = "longest time that the kernel keeps a packet to itself"},
    {.path = "inputs[].snapshot_length", .option = "snapshot_length", .group = kGroup, .scope = Scope::kLive,
     .type = or_word(size(64, 256 * kKiB), "auto", 0), .field = field<&InputSettings::capture, &CaptureOptions::snapshot_length>(),
     .help = "bytes kept of each packet; auto: 1536B, 65535B on loopback"},
    {.path = "inputs[].promiscuous_mode", .option = "promiscuous_mode", .group = kGroup, .scope = Scope::kLive, .type = kBool,
     .field = field<&InputSettings::capture, &CaptureOptions::promiscuous_mode>(),
     .help = "also packets for other hosts"},
    {.path = "inputs[].bpf_filter", .option = "bpf_filter", .group = kGroup, .live = true, .type = kText,
     .field = field<&InputSettings::capture, &CaptureOptions::bpf_filter>(), .value_name = "FILTER",
     .help = "only packets that tcpdump's FILTER selects"},
};
// clang-format on

}  // namespace

std::span<const Parameter> input_parameters() noexcept {
    return kParameters;
}

}  // namespace flowgauge
