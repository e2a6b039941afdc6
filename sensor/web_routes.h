// The paths of the HTTP server: metrics, health, api and the page.
#pragma once

#include "control/http_message.h"
#include "telemetry/sensor_statistics.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace flowgauge {

struct ReloadAnswer {
    bool done = false;  // false: refused, and nothing has changed
    std::string body;   // JSON
};

// Where answers come from. Thread: all of it on the control thread.
struct WebSources {
    std::function<SensorStatistics()> statistics;

    // Gives the `limit` largest active flows to `take`, at once or later.
    std::function<void(std::size_t limit, std::function<void(const FlowsSnapshot&)> take)> flows;

    // Loads the configuration anew and gives the verdict to `take`, at once or later.
    std::function<void(std::function<void(ReloadAnswer)> take)> reload;

    std::string_view page;            // HTML of `/`; outlives the handler
    std::uint32_t applications = 50;  // metrics.applications, of processes as well
};

// Answers GET and HEAD of / /metrics /healthz /readyz /api/v1/stats /api/v1/flows?limit=K, and POST
// of /api/v1/reload, the last over the unix socket only. Elsewhere 404; 405 with what is allowed.
[[nodiscard]] HttpHandler make_routes(WebSources sources);

}  // namespace flowgauge
