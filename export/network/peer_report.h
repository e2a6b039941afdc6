// PeerReport: what the operator is told of one collector.
#pragma once

#include "export/sink/sink_numbers.h"

#include <cstdint>
#include <functional>
#include <string>

namespace flowgauge {

// Tells a reason once until it changes. Keeps `working`, `errors`, `connections` and
// `last_success_ms` of the numbers. Thread: one.
class PeerReport {
public:
    PeerReport(std::string peer, std::function<void(const std::string& text)> tell);

    void connected();
    void failed(const std::string& reason);

    // What was taken may not have arrived; the transport goes on, and counts errors itself.
    void refused(const std::string& reason);
    void works_again();

    // Bytes were accepted, now.
    void wrote(std::uint64_t bytes);

    OutputNumbers numbers;

private:
    std::string peer_;
    std::function<void(const std::string& text)> tell_;
    std::string told_;  // the reason that was told last; empty: connected
};

}  // namespace flowgauge
