// Settings: everything an operator can choose, in one struct of the parts' own options.
#pragma once

#include "capture/capture_options.h"
#include "core/export/encoder.h"
#include "core/meter/meter_options.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

// Whether `read` says on standard error how far it is.
enum class ProgressMode : std::uint8_t {
    kAuto,  // if that is a terminal
    kAlways,
    kNever,
};

struct OutputSettings {
    bool format_auto = true;  // encoder.format gives way to a table on a terminal
    EncoderOptions encoder;
    std::string columns = "all";  // all | nfstream | names
    std::string path = "-";       // "-" is standard output
    std::string summary_path;     // JSON of the counters at the end; empty for none
    std::string rejected_path;    // pcapng of the frames that are in no flow; empty for none
    ProgressMode progress = ProgressMode::kAuto;
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

    std::uint32_t system_visibility_mode = 0;  // NFStream's; only 0 is available

    OutputSettings output;

    // Names of parameters that were set although they mean nothing to the command.
    std::vector<std::string> without_effect;
};

}  // namespace flowgauge
