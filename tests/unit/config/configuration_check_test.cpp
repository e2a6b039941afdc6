#include "config/configuration.h"
#include "tests/unit/config/loaded.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge {
namespace {

// One mistake, one message with its place.
TEST(ConfigurationErrors, SaysWhereAValueIsWrong) {
    struct Row {
        const char* text;
        const char* errors;
    };
    for (const Row& row : std::vector<Row>{
             {"flows: {idle_timout: 1s}",
              "2:9: flows.idle_timout: no such key (did you mean idle_timeout?)"},
             {"idle_timeout: 1s",
              "2:1: idle_timeout: no such key (did you mean flows.idle_timeout?)"},
             {"xyzzy: 1", "2:1: xyzzy: no such key"},
             {"flows:\n  max_flows: 1\n  max_flows: 2",
              "4:3: flows.max_flows: is there twice; first at f.yaml:3:3"},
             {"flows: {}\nflows: {}", "3:1: flows: is there twice; first at f.yaml:2:1"},
             {"flows: 1", "2:8: flows: takes keys, such as idle_timeout, not a value"},
             {"flows: {idle_timeout: 120}",
              "2:23: flows.idle_timeout: \"120\" has no unit; write it as 120s, 500ms, 2m, 1h or "
              "1d"},
             {"flows: {idle_timeout: 1us}", "2:23: flows.idle_timeout: must be a multiple of 1ms"},
             {"flows: {idle_timeout: }", "2:9: flows.idle_timeout: has no value"},
             {"flows: {idle_timeout: [1s]}",
              "2:23: flows.idle_timeout: takes one value, not a list"},
             {"flows: {idle_timeout: {a: 1}}", "2:23: flows.idle_timeout: takes a value, not keys"},
             {"flows: {reassembly_memory: 1KiB}",
              "2:28: flows.reassembly_memory: \"1KiB\" is not from 128KiB to 64GiB"},
             {"flows: {fragments: some}",
              "2:20: flows.fragments: \"some\" is none of reassemble, first_only"},
             {"flows: {max_flows: 010x}",
              "2:20: flows.max_flows: \"010x\" is not a whole number from 1 to 2147483648"},
             {"sensor: \"a\\x01b\"", "2:9: sensor: holds a control character"},
             {"? [a]\n: 1", "2:3: a key must be plain text"},
             {"<<: {a: 1}", "2:1: merge keys (<<) are not supported; write the keys out"},
             {"sensor: !secret x", "2:9: tags are not supported; write the value without it"},
             {"sensor: *a", "2:9: the referenced anchor is not defined"},
             {"sensor: \"a", "2:11: illegal EOF in scalar"},
             {"flows:\n\tmax_flows: 1", "3:11: illegal map value"},
             {"---\nversion: 1", "1:1: more than one document; leave out what follows \"---\""},
             {"inputs: {name: a}",
              "2:9: inputs: takes a list; begin each element with \"- name:\""},
             {"inputs: [a]", "2:10: inputs: an element takes keys, such as name"},
             {"inputs: [{interface: a}]", "2:10: inputs[0]: has no name"},
             {"inputs: [{name: a b, interface: a}]",
              "2:10: inputs.a b: a name is one word of at most 64 bytes without __, quotes and "
              "backslashes"},
             {"inputs: [{name: a, interface: b}, {name: a, interface: c}]",
              "2:35: inputs.a: the name is already taken at f.yaml:2:10"},
             {"inputs: [{name: a}]", "2:10: inputs.a: needs interface or files"},
             {"inputs: [{name: a, interface: b, files: [c]}]",
              "2:10: inputs.a: has interface and files; write one of them"},
             {"inputs: [{name: a, interface: b, watch: true}]",
              "2:41: inputs.a.watch: needs files"},
             {"inputs: [{name: a, interface: b, workers: 3, cpus: [0, 1]}]",
              "2:52: inputs.a.cpus: names 2 CPUs for 3 workers; name one each"},
             {"inputs: [{name: a, interface: b, cpus: [x]}]",
              "2:40: inputs.a.cpus: \"x\" is not a whole number from 0 to 4095"},
             {"inputs: [{name: a, files: [[b]]}]",
              "2:28: inputs.a.files: an element of the list is not plain text"},
             {"inputs: [{name: a, interface: b, snapshot_length: 1536}]",
              "2:51: inputs.a.snapshot_length: \"1536\" has no unit; write it as 64MiB, 512KiB, "
              "1GiB or 100B, or auto"},
             {"inputs: [{name: a, interface: b, wait_for: ever}]",
              "2:44: inputs.a.wait_for: \"ever\" is not a duration; write it as 120s, 500ms, 2m, "
              "1h or 1d, or infinity"},
             {"inputs: [{name: a, interface: b, bpf_filter: tcp prot 1}]",
              "2:46: inputs.a.bpf_filter: filter \"tcp prot 1\": can't parse filter expression: "
              "syntax error"},
             {"sinks: [{name: a}]", "2:9: sinks.a: needs path"},
             {"sinks: [{name: a, path: /x/}]",
              "2:25: sinks.a.path: \"/x/\" is a folder; add the name of a file"},
             {"sinks: [{name: a, path: b, format: protobuf}]",
              "2:36: sinks.a.format: a sink of type file writes auto, csv, jsonl, ipfix, parquet"},
             {"sinks: [{name: a, type: kafka, topic: t}]", "2:9: sinks.a: needs brokers"},
             {"sinks: [{name: a, type: kafka, brokers: [b]}]", "2:9: sinks.a: needs topic"},
             {"sinks: [{name: a, type: kafka, brokers: [b], topic: t, path: c}]",
              "2:62: sinks.a.path: means nothing to a sink of type kafka"},
             {"sinks: [{name: a, type: kafka, brokers: [b], topic: t, properties: {x: {y: 1}}}]",
              "2:69: sinks.a.properties.x: takes plain text"},
             {"sinks: [{name: a, type: ipfix}]", "2:9: sinks.a: needs collectors"},
             {"sinks: [{name: a, type: ipfix, collectors: [\"b:1\"], tls: {ca_file: c}}]",
              "2:9: sinks.a.tls: is for transport: tls"},
             {"sinks: [{name: a, type: ipfix, collectors: [\"b:1\"], transport: tls, "
              "tls: {cert_file: c}}]",
              "2:86: sinks.a.tls.cert_file: needs key_file"},
             {"sinks: [{name: a, type: ipfix, collectors: [\"b:1\"], "
              "anonymize: {columns: [src_ip, dst_ip]}}]",
              "2:9: sinks.a.anonymize.method: IPFIX has no place for the hash of an address; write "
              "cryptopan"},
             {"sinks: [{name: a, type: ipfix, collectors: [\"b:1\"], "
              "anonymize: {columns: [src_ip], method: cryptopan}}]",
              "2:74: sinks.a.anonymize.columns: of src_ip and dst_ip, IPFIX takes both or none"},
             {"sinks: [{name: a, path: b, when: x > 1}]",
              "2:34: sinks.a.when: at column 1: unknown column \"x\"; `flowgauge fields` lists "
              "them, and text stands in quotes"},
             {"sinks: [{name: a, path: b, spool: {directory: c}}]",
              "2:47: sinks.a.spool.directory: is for queue.when_full: spool"},
             {"sinks: [{name: a, path: b, format: ipfix, compress: zstd}]",
              "2:53: sinks.a.compress: is for csv, jsonl and parquet"},
             {"sinks: [{name: a, path: b, queue: {when_full: spool}}]",
              "2:47: sinks.a.queue.when_full: spool needs spool.directory"},
             {"sinks: [{name: a, path: b, columns: [id, nope]}]",
              "2:37: sinks.a.columns: unknown column \"nope\"; `flowgauge fields` lists them"},
             {"sinks: [{name: a, path: b, rotate_every: 1ms}]",
              "2:42: sinks.a.rotate_every: must be 0s or at least 1s"},
             {"sinks: [{name: a, path: b, rotate_size: 1KiB}]",
              "2:41: sinks.a.rotate_size: must be 0B or at least 64KiB"},
             {"sinks: [{name: a, path: b}, {name: c, path: b}]",
              "2:45: sinks.c.path: is that of the sink a, too"},
             {"features: {a: b}",
              "2:15: features.a: at column 1: unknown column \"b\"; `flowgauge fields` lists them, "
              "and text stands in quotes"},
             {"features: {a: [1, 2]}", "2:12: features.a: takes plain text"},
             {"features: a", "2:11: features: takes keys with expressions, in a file"},
             {"plugins: [a]", "2:11: plugins: an element takes keys, such as name"},
             {"plugins: [{name: a}]", "2:11: plugins.a: needs builtin or file"},
             {"plugins: [{name: a, builtin: b, file: c}]",
              "2:11: plugins.a: has builtin and file; write one of them"},
             {"plugins: [{name: a, builtin: mdns, budget: 0ms}]",
              "2:44: plugins.a.budget: \"0ms\" is not from 1ms to 60s"},
             {"models: [{name: a}]", "2:10: models.a: needs file"},
             {"models: [{name: a, when: 0}]",
              "2:10: models.a: needs file\n"
              "f.yaml:2:26: models.a.when: \"0\" is not a whole number from 1 to 4294967295, or "
              "expire"},
             {"visibility: {max_cpu_percent: 101}",
              "2:31: visibility.max_cpu_percent: \"101\" is not a whole number from 0 to 100"},
             {"metrics: {listen: nowhere}",
              "2:19: metrics.listen: \"nowhere\" is no address and port; write 127.0.0.1:9477 or "
              "[::1]:9477"},
             {"metrics: {listen: \"::1:9477\"}",
              "2:19: metrics.listen: \"::1:9477\" is no address and port; write 127.0.0.1:9477 or "
              "[::1]:9477"},
             {"metrics: {tls: {cert_file: a}}", "2:28: metrics.tls.cert_file: needs key_file"},
             {"metrics: {tls: {client_ca_file: a}}",
              "2:33: metrics.tls.client_ca_file: needs cert_file and key_file"},
             {"metrics: {basic_auth: {user: a}}",
              "2:30: metrics.basic_auth.user: needs password_file"},
             {"metrics: {basic_auth: {user: a:b, password_file: c}}",
              "2:30: metrics.basic_auth.user: cannot hold a colon"},
             {"control: {socket: here}",
              "2:19: control.socket: write auto, \"\" for none, or an absolute path of at most 107 "
              "bytes"},
             {"include: a.yaml", "2:10: include: needs a file whose folder it begins in"},
         }) {
        EXPECT_EQ(errors_of(row.text), row.errors) << row.text;
    }
}

TEST(ConfigurationErrors, TellsAllErrorsInTheOrderOfTheFile) {
    EXPECT_EQ(
        errors_of(
            sources_of("flows: {idle_timeout: 1}\nmetrics: {applications: x}\nversion: 3\nfoo: 1\n")
        ),
        "f.yaml:1:23: flows.idle_timeout: \"1\" has no unit; write it as 120s, 500ms, 2m, 1h or "
        "1d\n"
        "f.yaml:2:25: metrics.applications: \"x\" is not a whole number from 0 to 1000\n"
        "f.yaml:3:10: version: \"3\" is not 1\n"
        "f.yaml:4:1: foo: no such key"
    );
}

TEST(ConfigurationErrors, BoundsWhatAFileMayHold) {
    std::string deep = "a: ";
    for (int i = 0; i < 5000; ++i) {
        deep += "[";
    }
    EXPECT_NE(errors_of(deep), "");
    EXPECT_EQ(
        errors_of("a: " + std::string(20, '[') + std::string(20, ']')), "2:19: more than 16 levels"
    );
    // Each line has the one before it ten times: ten thousand millions of texts.
    std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 10; ++i) {
        const std::string before = "*a" + std::to_string(i - 1);
        laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
        for (int n = 0; n < 9; ++n) {
            laughs += ", " + before;
        }
        laughs += "]\n";
    }
    EXPECT_NE(
        errors_of(laughs).find("more than 20000 values, aliases included"), std::string::npos
    );
    EXPECT_EQ(errors_of("a: &a [*a]"), "2:8: an alias inside of what it stands for");
    std::string inputs = "inputs:\n";
    for (int i = 0; i < 65; ++i) {
        inputs += "  - {name: i" + std::to_string(i) + ", interface: x}\n";
    }
    EXPECT_EQ(errors_of(inputs), "67:5: inputs: more than 64");
    std::string unknown;
    for (int i = 0; i < 150; ++i) {
        unknown += "zzzzz" + std::to_string(i) + ": 1\n";
    }
    EXPECT_TRUE(errors_of(unknown).ends_with("\nand 50 more"));
}

TEST(ConfigurationErrors, OfAServiceNeedsASink) {
    ConfigurationSources sources = sources_of("version: 1\n");
    EXPECT_EQ(errors_of(sources), "");
    sources.supervised = true;
    EXPECT_EQ(
        errors_of(sources),
        "f.yaml: sinks: a service needs a sink: nobody reads its standard output"
    );
    sources.assignments = {{.option = "output", .text = "x"}};
    EXPECT_EQ(errors_of(sources), "");
    sources.assignments.clear();
    sources.text = "version: 1\nsinks: [{name: a, path: b}]";
    EXPECT_EQ(errors_of(sources), "");
}

TEST(ConfigurationErrors, WarnsOfFiltersThatLookAtPorts) {
    const auto warnings = [](const std::string& filter) {
        return load("version: 1\ninputs: [{name: a, interface: b, bpf_filter: " + filter + "}]")
            .warnings;
    };
    EXPECT_EQ(
        warnings("not port 22"),
        std::vector<std::string>{
            "f.yaml:2:46: inputs.a.bpf_filter: looks at ports, so it drops later fragments of a "
            "datagram, which have none"}
    );
    EXPECT_EQ(warnings("(udp portrange 1-9)").size(), 1U);
    EXPECT_TRUE(warnings("host 10.0.0.1").empty());
    // Only live, only on some link types.
    EXPECT_TRUE(warnings("inbound and udp").empty());
    EXPECT_TRUE(warnings("wlan type mgt").empty());
}

}  // namespace
}  // namespace flowgauge
