#include "command/sensor_client.h"

#include "control/http_client.h"
#include "core/base/format.h"
#include "export/terminal/terminal_text.h"
#include "telemetry/statistics_json.h"

#include <cstdlib>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::chrono::seconds kTimeout{5};
constexpr unsigned kOk = 200;

// What an answer that is none of ours says about itself.
Error refused(std::string_view what, const HttpResponse& response) {
    constexpr std::size_t kShownMax = 200;
    return {
        ErrorKind::kSystem,
        format(
            "the sensor refuses {} with status {}: {}",
            what,
            response.status,
            printable(std::string_view(response.body).substr(0, kShownMax))
        )};
}

}  // namespace

std::string control_socket(const std::string& asked) {
    if (!asked.empty()) {
        return asked;
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
    const char* folder = std::getenv("RUNTIME_DIRECTORY");
    const std::string_view given = folder == nullptr ? "" : folder;
    return std::string(given.empty() ? "/run/flowgauge" : given) + "/control.sock";
}

Result<std::string> SensorClient::body_of(std::string_view target) const {
    Result<HttpResponse> response = http_request(socket_, "GET", target, kTimeout);
    if (!response) {
        return std::move(response).error();
    }
    if (response.value().status != kOk) {
        return refused(target, response.value());
    }
    return std::move(response).value().body;
}

Result<std::string> SensorClient::statistics_json() const {
    return body_of("/api/v1/stats");
}

Result<SensorStatistics> SensorClient::statistics() const {
    Result<std::string> body = statistics_json();
    return body ? statistics_of_json(body.value()) : std::move(body).error();
}

Result<FlowsSnapshot> SensorClient::flows(std::size_t limit) const {
    Result<std::string> body = body_of(format("/api/v1/flows?limit={}", limit));
    return body ? flows_of_json(body.value()) : std::move(body).error();
}

Result<ReloadVerdict> SensorClient::reload(std::chrono::milliseconds timeout) const {
    constexpr std::string_view kTarget = "/api/v1/reload";
    Result<HttpResponse> response = http_request(socket_, "POST", kTarget, timeout);
    if (!response) {
        return std::move(response).error();
    }
    Result<ReloadVerdict> verdict = reload_verdict_of_json(response.value().body);
    if (!verdict && response.value().status != kOk) {
        return refused(kTarget, response.value());
    }
    return verdict;
}

}  // namespace flowgauge
