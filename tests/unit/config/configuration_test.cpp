#include "config/configuration.h"

#include "config/configuration_text.h"
#include "tests/unit/config/loaded.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Configuration, HasDefaultsForEverythingButItsVersion) {
    const LoadedConfiguration loaded = load("version: 1\n");
    EXPECT_EQ(loaded.effective, effective_text({}));
    EXPECT_TRUE(loaded.settings.inputs.empty());
    EXPECT_TRUE(loaded.settings.sinks.empty());
    EXPECT_TRUE(loaded.settings.http.listen_is_default);
    EXPECT_TRUE(loaded.settings.visibility.poll_is_default);
    EXPECT_TRUE(loaded.warnings.empty());
    EXPECT_EQ(load(ConfigurationSources()).effective, loaded.effective);
    EXPECT_EQ(errors_of(sources_of("")), "f.yaml:1:1: version: must be there; write version: 1");
    EXPECT_EQ(errors_of(sources_of("version: 2")), "f.yaml:1:10: version: \"2\" is not 1");
}

TEST(Configuration, FilesHaveNoProcesses) {
    const std::string on = "version: 1\nvisibility: {system_visibility_mode: 1}\n";
    const LoadedConfiguration files = load(on + "inputs: [{name: a, files: [b.pcap]}]\n");
    EXPECT_EQ(files.settings.visibility.mode, 0U);
    EXPECT_FALSE(files.settings.meter.attribution);
    EXPECT_EQ(
        files.warnings,
        (std::vector<std::string>{
            "system_visibility_mode: files do not tell which process it was; it is off"})
    );
    const LoadedConfiguration both =
        load(on + "inputs: [{name: a, files: [b.pcap]}, {name: c, interface: lo}]\n");
    EXPECT_EQ(both.settings.visibility.mode, 1U);
    EXPECT_TRUE(both.settings.meter.attribution);
    EXPECT_TRUE(both.warnings.empty());
    EXPECT_FALSE(load("version: 1\ninputs: [{name: c, interface: lo}]\n").settings.meter.attribution
    );
}

TEST(Configuration, SetsWhatTheExampleShows) {
    const LoadedConfiguration loaded = load(R"(
version: 1
sensor: lab
inputs:
  - name: edge
    interface: eth*
    wait_for: 5s
    cpus: [2, 3]
    fanout: cpu
    busy_poll: 50us
    socket_buffer_size: 8MiB
    ring_retire: 20ms
    snapshot_length: 96B
    promiscuous_mode: false
  - {name: replay, files: [/srv/a.pcap, b.pcapng], watch: true, bpf_filter: "not host 10.0.0.1"}
flows: {idle_timeout: 1500ms, max_flows: 10, accounting_mode: 3}
dissection: {n_dissections: 0, shed: true}
visibility: {system_visibility_poll_ms: 1s, events: off, namespaces: own}
sinks:
  - name: disk
    type: file
    format: jsonl
    columns: [id, src_ip]
    path: /x/flows.jsonl
    rotate_every: 0s
    keep: 3
    fsync: interval
    queue: {memory: 1MiB, when_full: drop_newest}
metrics:
  listen: ""
  tls: {cert_file: c, key_file: k}
control: {socket: ""}
logging: {level: warn, performance_report: 10s}
)");
    const Settings& settings = loaded.settings;
    EXPECT_EQ(settings.sensor, "lab");
    ASSERT_EQ(settings.inputs.size(), 2U);
    const InputSettings& edge = settings.inputs[0];
    EXPECT_EQ(edge.name, "edge");
    EXPECT_EQ(edge.interface, "eth*");
    EXPECT_EQ(edge.wait_for, milliseconds(5000));
    EXPECT_EQ(edge.cpus, (std::vector<std::uint32_t>{2, 3}));
    EXPECT_EQ(edge.workers, 2U);  // one a CPU
    EXPECT_EQ(edge.fanout, FanoutMode::kCpu);
    EXPECT_EQ(edge.busy_poll, std::chrono::microseconds(50));
    EXPECT_EQ(edge.capture.socket_buffer_size, 8U << 20);
    EXPECT_EQ(edge.capture.ring_retire, milliseconds(20));
    EXPECT_EQ(edge.capture.snapshot_length, 96U);
    EXPECT_FALSE(edge.capture.promiscuous_mode);
    EXPECT_EQ(settings.inputs[1].files, (std::vector<std::string>{"/srv/a.pcap", "b.pcapng"}));
    EXPECT_TRUE(settings.inputs[1].watch);
    EXPECT_EQ(settings.inputs[1].wait_for, std::nullopt);
    EXPECT_EQ(settings.inputs[1].capture.bpf_filter, "not host 10.0.0.1");
    EXPECT_EQ(settings.meter.flow.idle_timeout, milliseconds(1500));
    EXPECT_EQ(settings.meter.flow.accounting_mode, AccountingMode::kPayload);
    EXPECT_FALSE(settings.meter.dissection.enabled);
    EXPECT_TRUE(settings.meter.dissection.shed);
    EXPECT_EQ(settings.visibility.poll, seconds(1));
    EXPECT_FALSE(settings.visibility.poll_is_default);
    EXPECT_EQ(settings.visibility.events, VisibilityEvents::kOff);
    EXPECT_TRUE(settings.visibility.own_namespace_only);
    ASSERT_EQ(settings.sinks.size(), 1U);
    const SinkSettings& disk = settings.sinks[0];
    EXPECT_EQ(disk.encoder.format, RecordFormat::kJsonLines);
    EXPECT_EQ(disk.columns, "id,src_ip");
    EXPECT_EQ(disk.file.rotate_every, milliseconds(0));
    EXPECT_EQ(disk.file.rotate_size, std::uint64_t{512} << 20);
    EXPECT_EQ(disk.file.keep, 3U);
    EXPECT_EQ(disk.file.sync, FileSync::kInterval);
    EXPECT_EQ(disk.queue_memory, 1U << 20);
    EXPECT_EQ(settings.http.listen, "");
    EXPECT_FALSE(settings.http.listen_is_default);
    EXPECT_EQ(settings.http.tls.key_file, "k");
    EXPECT_EQ(settings.control.socket, "");
    EXPECT_EQ(settings.logging.level, Severity::kWarning);
    EXPECT_EQ(settings.performance_report, seconds(10));
    // The effective text says the same.
    const LoadedConfiguration again = load(loaded.effective);
    EXPECT_EQ(again.effective, loaded.effective);
    EXPECT_TRUE(compare(loaded, again).live_keys.empty());
    EXPECT_TRUE(compare(loaded, again).restart_keys.empty());
}

TEST(Configuration, TakesEmptySectionsAndAliases) {
    const LoadedConfiguration loaded =
        load("version: 1\nflows:\ninputs:\nfeatures: {}\nplugins: []\nmodels:\n"
             "sinks:\n  - {name: &name disk, path: *name, when: \"\"}\n");
    EXPECT_EQ(loaded.settings.sinks.at(0).file.path, "disk");
}

TEST(Configuration, ExpandsVariablesInValuesAfterParsing) {
    ConfigurationSources sources =
        sources_of("version: 1\nsensor: \"${HOST}-${NONE:-x}${EMPTY:-y}$${HOST} $5\"\n"
                   "inputs:\n  - {name: \"${HOST}\", files: [\"${EVIL}\"]}\n");
    sources.environment = {{"HOST", "lab"}, {"EMPTY", ""}, {"EVIL", "a\nsensor: b"}};
    const LoadedConfiguration loaded = load(sources);
    EXPECT_EQ(loaded.settings.sensor, "lab-xy${HOST} $5");
    EXPECT_EQ(loaded.settings.inputs.at(0).name, "lab");
    EXPECT_EQ(loaded.settings.inputs.at(0).files.at(0), "a\nsensor: b");
    EXPECT_EQ(load(loaded.effective).settings.sensor, loaded.settings.sensor);
    EXPECT_EQ(
        errors_of("sensor: ${NO_SUCH}"),
        "2:9: sensor: the variable NO_SUCH is not set; write ${NO_SUCH:-default} if it may be "
        "missing"
    );
    for (const char* text :
         {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xa9"}) {
        sources.environment["HOST"] = text;
        EXPECT_NE(
            errors_of(sources).find("the variable HOST does not hold UTF-8"), std::string::npos
        );
    }
    sources.environment["HOST"] = "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
    EXPECT_EQ(errors_of(sources), "");
    EXPECT_EQ(errors_of("sensor: ${A"), "2:9: sensor: a ${ has no }; write $${ for ${ itself");
    EXPECT_EQ(
        errors_of("sensor: ${a-b}"),
        "2:9: sensor: \"a-b\" is no variable; write ${NAME} or ${NAME:-default}, and $${ for ${"
    );
}

TEST(Configuration, IsOverriddenByTheEnvironment) {
    ConfigurationSources sources = sources_of(
        "version: 1\nflows: {idle_timeout: 5s}\ninputs: [{name: edge-1, interface: lo}]\n"
        "sinks: [{name: disk, path: a}]\n"
    );
    sources.environment = {
        {"FLOWGAUGE__flows__idle_timeout", "7s"},
        {"FLOWGAUGE__inputs__edge_1__cpus", "1,2"},
        {"FLOWGAUGE__sinks__disk__queue__memory", "2MiB"},
        {"FLOWGAUGE_SHARED", "not for us"}};
    const Settings settings = load(sources).settings;
    EXPECT_EQ(settings.meter.flow.idle_timeout, seconds(7));
    EXPECT_EQ(settings.inputs.at(0).cpus, (std::vector<std::uint32_t>{1, 2}));
    EXPECT_EQ(settings.sinks.at(0).queue_memory, 2U << 20);
    sources.environment = {
        {"FLOWGAUGE__flow__idle_timeout", "1s"},
        {"FLOWGAUGE__flows", "1s"},
        {"FLOWGAUGE__flows__max_flows", "x"},
        {"FLOWGAUGE__sinks__dsk__path", "x"},
        {"FLOWGAUGE__sinks__disk__name", "x"},
        {"FLOWGAUGE__version", "1"}};
    EXPECT_EQ(
        errors_of(sources),
        "FLOWGAUGE__flow__idle_timeout: flow: no such key (did you mean flows?)\n"
        "FLOWGAUGE__flows: flows: is a section; name a key of it\n"
        "FLOWGAUGE__sinks__disk__name: sinks.disk.name: can only be set in a file\n"
        "FLOWGAUGE__sinks__dsk__path: sinks: no file names \"dsk\" (did you mean disk?)\n"
        "FLOWGAUGE__version: version: can only be set in a file\n"
        "FLOWGAUGE__flows__max_flows: flows.max_flows: \"x\" is not a whole number from 1 to "
        "2147483648"
    );
}

TEST(Configuration, IsOverriddenByTheCommandLineLast) {
    ConfigurationSources sources =
        sources_of("version: 1\nflows: {idle_timeout: 5s}\n"
                   "inputs: [{name: a, interface: lo, workers: 2}, {name: b, interface: eth0}]\n"
                   "sinks: [{name: disk, path: a, columns: nfstream}]\n");
    sources.environment = {{"FLOWGAUGE__flows__idle_timeout", "7s"}};
    sources.assignments = {
        {.option = "idle_timeout", .text = "9"},
        {.option = "workers", .text = "4"},
        {.option = "format", .text = "jsonl"},
        {.option = "columns", .text = "id"}};
    const Settings settings = load(sources).settings;
    EXPECT_EQ(settings.meter.flow.idle_timeout, seconds(9));
    EXPECT_EQ(settings.inputs.at(0).workers, 4U);
    EXPECT_EQ(settings.inputs.at(1).workers, 4U);
    EXPECT_EQ(settings.workers, 4U);
    EXPECT_EQ(settings.sinks.at(0).encoder.format, RecordFormat::kJsonLines);
    EXPECT_EQ(settings.sinks.at(0).columns, "id");
    sources.assignments = {
        {.option = "format", .text = "table"}, {.option = "max_flows", .text = "0"}};
    EXPECT_EQ(
        errors_of(sources),
        "--format: \"table\" is none of auto, csv, jsonl, ipfix, parquet, protobuf\n"
        "--max-flows: \"0\" is not a whole number from 1 to 2147483648"
    );
}

TEST(Configuration, GivesInterfacesAndOutputOfTheCommandLineThePlaceOfItsOwn) {
    ConfigurationSources sources = sources_of(
        "version: 1\ninputs: [{name: a, interface: lo}]\nsinks: [{name: disk, path: a}]\n"
    );
    sources.names = {"eth0", "eth1"};
    sources.assignments = {
        {.option = "output", .text = "x.csv"}, {.option = "snapshot_length", .text = "96"}};
    const LoadedConfiguration loaded = load(sources);
    ASSERT_EQ(loaded.settings.inputs.size(), 2U);
    EXPECT_EQ(loaded.settings.inputs[1].name, "eth1");
    EXPECT_EQ(loaded.settings.inputs[1].interface, "eth1");
    EXPECT_EQ(loaded.settings.inputs[1].wait_for, milliseconds(0));
    EXPECT_EQ(loaded.settings.inputs[1].capture.snapshot_length, 96U);
    EXPECT_TRUE(loaded.settings.sinks.empty());
    EXPECT_EQ(loaded.settings.output.sink.file.path, "x.csv");
    EXPECT_EQ(
        loaded.warnings,
        (std::vector<std::string>{
            "--interface takes the place of the inputs of f.yaml",
            "--output takes the place of the sinks of f.yaml"})
    );
    sources.names = {"lo", "lo"};
    EXPECT_EQ(errors_of(sources), "--interface: lo is named twice");
}

TEST(Configuration, OfFilesLeavesOutWhatIsForRunAndSaysSoOnce) {
    ConfigurationSources sources =
        sources_of("version: 1\ninputs: [{name: a, interface: lo}]\nmetrics: {listen: "
                   "\"\"}\ncontrol: {socket: \"\"}\n"
                   "flows: {idle_timeout: 5s}\nsinks: [{name: disk, path: a}]\n");
    sources.use = ConfigurationUse::kRead;
    sources.names = {"x.pcap"};
    sources.assignments = {{.option = "promiscuous_mode", .text = "false"}};
    const LoadedConfiguration loaded = load(sources);
    EXPECT_EQ(
        loaded.warnings, std::vector<std::string>{"f.yaml: `read` ignores inputs, metrics, control"}
    );
    EXPECT_TRUE(loaded.settings.inputs.empty());
    EXPECT_EQ(loaded.settings.sources, std::vector<std::string>{"x.pcap"});
    EXPECT_EQ(loaded.settings.sinks.size(), 1U);
    EXPECT_EQ(loaded.settings.meter.flow.idle_timeout, seconds(5));
    EXPECT_EQ(loaded.settings.without_effect, std::vector<std::string>{"--promiscuous-mode"});
}

TEST(Configuration, ThatThePackageInstallsIsRight) {
    ConfigurationSources sources = sources_of(std::string(packaged_configuration()));
    sources.supervised = true;
    const LoadedConfiguration loaded = load(sources);
    EXPECT_TRUE(loaded.warnings.empty());
    ASSERT_EQ(loaded.settings.inputs.size(), 1U);
    EXPECT_EQ(loaded.settings.inputs[0].interface, "auto");
    EXPECT_EQ(loaded.settings.inputs[0].wait_for, std::nullopt);
    ASSERT_EQ(loaded.settings.sinks.size(), 1U);
    const SinkSettings& disk = loaded.settings.sinks[0];
    EXPECT_EQ(disk.file.path, "/var/log/flowgauge/flows.csv");
    EXPECT_EQ(disk.encoder.format, RecordFormat::kCsv);
    EXPECT_EQ(disk.file.rotate_every, std::chrono::hours(1));
    EXPECT_EQ(disk.file.rotate_size, std::uint64_t{512} << 20);
    EXPECT_EQ(disk.file.keep, 24U);
    EXPECT_EQ(disk.file.min_free, std::uint64_t{1} << 30);
    EXPECT_EQ(loaded.settings.http.listen, "127.0.0.1:9477");
}

}  // namespace
}  // namespace flowgauge
