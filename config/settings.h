// Settings: everything an operator can choose, in one struct of the parts' own options.
#pragma once

#include "capture/capture_options.h"
#include "config/sink_settings.h"
#include "core/meter/meter_options.h"
#include "extension/features/feature_settings.h"
#include "extension/models/model_settings.h"
#include "extension/plugins/plugin_settings.h"
#include "service/log.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {

// Whether `read` says on standard error how far it is.
enum class ProgressMode : std::uint8_t {
    kAuto,  // if that is a terminal
    kAlways,
    kNever,
};

// Where records of `read` and `run` go that no sink takes.
struct OutputSettings {
    bool format_auto = true;  // sink.encoder.format gives way to a table on a terminal
    SinkSettings sink = sink_of_output();
    std::string summary_path;   // JSON of the counters at the end; empty for none
    std::string rejected_path;  // pcapng of the frames that are in no flow; empty for none
    ProgressMode progress = ProgressMode::kAuto;
};

// Where packets come from: interfaces, or files. Of `interface` and `files` one is set.
struct InputSettings {
    std::string name;                // unique; the label `input` of metrics
    std::string interface;           // a name, a glob, or "auto"
    std::vector<std::string> files;  // paths, globs, directories
    bool watch = false;              // files that appear later are read as well

    // How long the start waits for a missing interface; nothing: for ever, and capture begins when
    // it is there. 0: a missing interface is an error at once.
    std::optional<std::chrono::milliseconds> wait_for;

    std::uint32_t workers = 0;        // 0: as many as there are CPUs, at most 8; files: 1
    std::vector<std::uint32_t> cpus;  // one a worker, or empty
    FanoutMode fanout = FanoutMode::kAddresses;
    std::chrono::microseconds busy_poll{0};
    CaptureOptions capture;  // interface and workers in it are set for each interface
};

// How new sockets and processes are noticed.
enum class VisibilityEvents : std::uint8_t { kAuto, kPerf, kBpf, kOff };

// Which processes the flows belong to.
struct VisibilitySettings {
    std::uint32_t mode = 0;  // NFStream's system_visibility_mode; 0 where all inputs are files
    std::chrono::milliseconds poll{100};
    bool poll_is_default = true;  // with events it stands for a second
    VisibilityEvents events = VisibilityEvents::kAuto;
    std::uint32_t max_cpu_percent = 5;
    bool cmdline = false;
    bool own_namespace_only = false;
};

struct TlsSettings {
    std::string cert_file;  // PEM; empty: no TLS
    std::string key_file;
    std::string client_ca_file;  // clients must show a certificate of it
};

// The HTTP server: metrics, health, api and the page.
struct HttpSettings {
    std::string listen = "127.0.0.1:9477";  // empty: off
    bool listen_is_default = true;          // a port in use is then a warning
    TlsSettings tls;
    std::string user;           // basic authentication; empty: none
    std::string password_file;  // first line
    std::uint32_t applications = 50;
};

// The unix socket of `flowgauge status`, `top` and `reload`.
struct ControlSettings {
    std::string socket = "auto";  // auto: control.sock in the runtime directory; empty: off
};

struct LogSettings {
    Severity level = Severity::kInfo;
    LogFormat format = LogFormat::kAuto;
    std::uint32_t rate_limit = 10;  // of one message, a second
};

struct Settings {
    // Capture files ("-" is standard input) for `read`, interfaces for `run`.
    std::vector<std::string> sources;

    MeterOptions meter;
    CaptureOptions capture;  // interface and workers are set per source

    std::uint32_t workers = 0;                   // 0: as many as there are CPUs, at most 8
    std::uint32_t handoff_packets = 4096;        // room between two live workers
    std::uint64_t max_nflows = 0;                // stop after that many records; 0: never
    std::chrono::seconds performance_report{0};  // 0: none

    OutputSettings output;

    // Of the configuration file. Without inputs there, `sources` say what to capture; without
    // sinks, `output` says where records go.
    std::string sensor = "auto";  // names this sensor; auto: the host's name
    std::vector<InputSettings> inputs;
    std::vector<FeatureSettings> features;  // in the order of their columns
    std::vector<PluginSettings> plugins;
    std::vector<std::string> udps;  // more of them, from the command line: built in, or files
    std::vector<ModelSettings> models;
    std::vector<SinkSettings> sinks;
    VisibilitySettings visibility;
    HttpSettings http;
    ControlSettings control;
    LogSettings logging;

    // Names of parameters that were set although they mean nothing to the command.
    std::vector<std::string> without_effect;
};

}  // namespace flowgauge
