// What an operator set about a file sink, as the parts of export understand it.
#pragma once

#include "config/settings.h"
#include "core/base/result.h"
#include "export/file/file_rotation.h"
#include "export/sink/transport.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace flowgauge {

// Why a sink does not work at present; empty: it does. Thread: any.
class SinkProblem {
public:
    void set(std::string text);
    [[nodiscard]] std::string text() const;

private:
    mutable std::mutex mutex_;
    std::string text_;
};

// What may change while records flow (Sink::change). `rotate_files` limits the number of files with
// `flows_per_file`, `keep` always; the smaller one holds.
[[nodiscard]] FileRotation rotation_of(const FileSinkSettings& settings);

// Opens the output of a file sink; "-" is standard output. What happens to it later is logged, and
// said in `problem` while it lasts. Errors: kOutput with place, cause and remedy; kUsage for a
// format that is not made of lines.
[[nodiscard]] Result<std::unique_ptr<Transport>> make_file_transport(
    const FileSinkSettings& settings, std::shared_ptr<SinkProblem> problem = nullptr
);

// Records that may be under way from one worker to its sink, when those of all workers may take
// `memory` bytes: a power of two, within the bounds of a queue.
[[nodiscard]] std::size_t queue_records(
    std::uint64_t memory, std::size_t cold_bytes, std::uint32_t workers
);

}  // namespace flowgauge
