// SensorClient: asks the running sensor over its control socket.
#pragma once

#include "core/base/result.h"
#include "telemetry/reload_verdict.h"
#include "telemetry/sensor_statistics.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace flowgauge {

// `asked`, or the socket that a sensor with `control.socket: auto` has: control.sock in
// $RUNTIME_DIRECTORY, else in /run/flowgauge.
[[nodiscard]] std::string control_socket(const std::string& asked);

// Thread: any; each call blocks for its time-out at most. Errors: what failed, and what to do.
class SensorClient {
public:
    explicit SensorClient(std::string socket) : socket_(std::move(socket)) {}

    // The bodies as the sensor sent them, and what they say.
    [[nodiscard]] Result<std::string> statistics_json() const;
    [[nodiscard]] Result<SensorStatistics> statistics() const;
    [[nodiscard]] Result<FlowsSnapshot> flows(std::size_t limit) const;

    // A refused configuration is a verdict and no error.
    [[nodiscard]] Result<ReloadVerdict> reload(std::chrono::milliseconds timeout) const;

private:
    [[nodiscard]] Result<std::string> body_of(std::string_view target) const;

    std::string socket_;
};

}  // namespace flowgauge
