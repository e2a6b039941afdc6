#include "config/configuration.h"
#include "config/parameter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using Keys = std::vector<std::string>;

LoadedConfiguration load(const std::string& text) {
    ConfigurationSources sources;
    sources.path = "f.yaml";
    sources.text = "version: 1\n" + text;
    Result<LoadedConfiguration> loaded = read_configuration(sources);
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
    return loaded ? std::move(loaded).value() : LoadedConfiguration();
}

TEST(ConfigurationChange, IsNoneForOtherWordsOfTheSame) {
    const ConfigurationChange change = compare(
        load("flows: {idle_timeout: 120s}\n"),
        load("flows: {idle_timeout: 2m, decode_tunnels: true}\n")
    );
    EXPECT_EQ(change.live_keys, Keys{});
    EXPECT_EQ(change.restart_keys, Keys{});
}

TEST(ConfigurationChange, TellsLiveKeysFromThoseThatNeedARestart) {
    const ConfigurationChange change = compare(
        load("inputs: [{name: edge, interface: a, workers: 1}]\n"
             "sinks: [{name: disk, path: a, keep: 3}]\n"),
        load("inputs: [{name: edge, interface: a, workers: 2, bpf_filter: udp}]\n"
             "flows: {idle_timeout: 1s, max_flows: 7}\n"
             "sinks: [{name: disk, path: b, keep: 4}]\n"
             "metrics: {basic_auth: {user: a, password_file: b}}\nlogging: {level: debug}\n")
    );
    EXPECT_EQ(
        change.live_keys,
        (Keys{
            "inputs.edge.bpf_filter",
            "flows.idle_timeout",
            "metrics.basic_auth.user",
            "metrics.basic_auth.password_file",
            "logging.level",
            "sinks.disk.keep"})
    );
    EXPECT_EQ(
        change.restart_keys, (Keys{"inputs.edge.workers", "flows.max_flows", "sinks.disk.path"})
    );
}

TEST(ConfigurationChange, NamesElementsThatAreNewOrGone) {
    const ConfigurationChange change = compare(
        load("inputs: [{name: a, interface: x}, {name: b, interface: x}]\n"),
        load("inputs: [{name: b, interface: x}, {name: c, interface: x}]\n"
             "sinks: [{name: disk, path: a}]\n")
    );
    EXPECT_EQ(change.live_keys, Keys{});
    EXPECT_EQ(change.restart_keys, (Keys{"inputs.a", "inputs.c", "sinks.disk"}));
}

// Those that the example configuration marks.
TEST(ConfigurationChange, IsLiveForTheseKeys) {
    Keys live;
    for (const Parameter& parameter : all_parameters()) {
        if (parameter.live) {
            live.emplace_back(parameter.path);
        }
    }
    EXPECT_EQ(
        live,
        (Keys{
            "inputs[].bpf_filter",
            "flows.idle_timeout",
            "flows.active_timeout",
            "visibility.system_visibility_poll_ms",
            "models[].file",
            "sinks[].when",
            "sinks[].rotate_every",
            "sinks[].rotate_size",
            "sinks[].keep",
            "metrics.tls.cert_file",
            "metrics.tls.key_file",
            "metrics.tls.client_ca_file",
            "metrics.basic_auth.user",
            "metrics.basic_auth.password_file",
            "logging.level"})
    );
}

}  // namespace
}  // namespace flowgauge
