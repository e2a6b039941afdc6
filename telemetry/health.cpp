#include "telemetry/health.h"

#include "core/base/format.h"

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

HealthAnswer answer(
    std::string_view word, SensorState state, const std::vector<std::string>& reasons
) {
    const bool good = reasons.empty();
    const nlohmann::ordered_json body{
        {word, good}, {"state", to_string(state)}, {"reasons", reasons}};
    return {
        .good = good,
        .body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n"};
}

}  // namespace

HealthAnswer health_of(const SensorStatistics& statistics) {
    std::vector<std::string> reasons;
    for (const WorkerStatistics& worker : statistics.workers) {
        if (worker.stalled) {
            reasons.push_back(
                format("worker {} of input {} stands still", worker.worker, worker.input)
            );
        }
    }
    return answer("healthy", statistics.state, reasons);
}

HealthAnswer readiness_of(const SensorStatistics& statistics) {
    std::vector<std::string> reasons = statistics.not_ready;
    if (statistics.state == SensorState::kStarting || statistics.state == SensorState::kStopping) {
        reasons.insert(reasons.begin(), format("it is {}", to_string(statistics.state)));
    }
    return answer("ready", statistics.state, reasons);
}

}  // namespace flowgauge
