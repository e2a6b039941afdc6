// What a sink is made of, by what the operator set.
#pragma once

#include "config/settings.h"
#include "core/base/result.h"
#include "core/dpi/application.h"
#include "export/anonymize/anonymizer.h"
#include "export/file/rotating_file.h"
#include "export/ipfix/options_data.h"
#include "export/sink/sink.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace flowgauge {

// The last thing that went wrong with the output of a sink: why it does not work, if it does not.
// Thread: any.
class SinkProblem {
public:
    void set(std::string text);
    [[nodiscard]] std::string text() const;

private:
    mutable std::mutex mutex_;
    std::string text_;
};

// What parts of a sink need that is not in its settings.
struct SinkSurroundings {
    const Settings& settings;
    std::shared_ptr<const ApplicationNames> application_names;  // null without dissection
    bool may_wait = false;                                      // for whoever reads a pipe
    std::shared_ptr<SinkProblem> problem;
    std::function<ExporterStatistics()> statistics;    // called on the thread of the sink
    std::shared_ptr<const InterfaceTable> interfaces;  // null for files
    std::shared_ptr<const Anonymizer> anonymizer;      // null: everything is said as it is
};

struct OpenedTransport {
    std::unique_ptr<Transport> transport;
    RotatingFile* file = nullptr;  // the transport, if it is one
};

// "/var/log/flowgauge/flows.csv", "192.0.2.1:4739, 192.0.2.2:4739".
[[nodiscard]] std::string destination_of(const SinkSettings& sink);

// A word for people: "file", "stdout", "ipfix".
[[nodiscard]] std::string type_of(const SinkSettings& sink);

// Errors of all: kUsage and kOutput, with cause and remedy.
[[nodiscard]] Result<std::unique_ptr<RecordFilter>> make_filter(
    const std::string& when, const MeterOptions& meter
);
[[nodiscard]] Result<std::shared_ptr<const Anonymizer>> open_anonymizer(
    const SinkSettings& sink, const MeterOptions& meter
);

// The encoder keeps the anonymizer.
[[nodiscard]] Result<std::unique_ptr<RecordEncoder>> make_encoder(
    const SinkSettings& sink, const SinkSurroundings& around
);
[[nodiscard]] Result<OpenedTransport> open_transport(
    const SinkSettings& sink, const SinkSurroundings& around
);
// Null unless the sink spools.
[[nodiscard]] Result<std::unique_ptr<BlockStore>> open_store(const SinkSettings& sink);

// What may change while records flow. `rotate_files` limits the number of files with
// `flows_per_file`, `keep` always; the smaller one holds.
[[nodiscard]] FileRotation rotation_of(const FileSettings& settings);

}  // namespace flowgauge
