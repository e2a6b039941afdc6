#include "sensor/web_routes.h"

#include "core/base/format.h"
#include "telemetry/health.h"
#include "telemetry/metrics_text.h"
#include "telemetry/statistics_json.h"
#include "telemetry/traffic_labels.h"
#include "web/page.h"

#include <charconv>
#include <memory>
#include <optional>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::size_t kFlowsDefault = 100;
constexpr std::size_t kFlowsMax = 1000;

HttpResponse response_of(unsigned status, std::string_view type, std::string body) {
    return {
        .status = status,
        .content_type = std::string(type),
        .body = std::move(body),
        .headers = {}};
}

HttpResponse text_of(unsigned status, std::string_view text) {
    return response_of(status, "text/plain; charset=utf-8", std::string(text) + "\n");
}

HttpResponse response_of(HealthAnswer answer) {
    return response_of(answer.good ? 200 : 503, kJson, std::move(answer.body));
}

std::optional<std::size_t> flows_limit(const HttpRequest& request) {
    const auto found = request.query.find("limit");
    if (found == request.query.end()) {
        return kFlowsDefault;
    }
    const std::string& text = found->second;
    std::size_t limit = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    const bool good = error == std::errc{} && end == text.data() + text.size() && limit >= 1 &&
                      limit <= kFlowsMax;
    return good ? std::optional(limit) : std::nullopt;
}

// What the answers are made of. Labels live as long as the routes.
struct Web {
    WebSources sources;
    TrafficLabels applications;
    TrafficLabels processes;
};

void page(Web& web, const HttpRequest& /*request*/, const HttpRespond& respond) {
    HttpResponse response =
        response_of(200, "text/html; charset=utf-8", std::string(web.sources.page));
    response.headers.emplace_back("Content-Security-Policy", page_policy());
    respond(std::move(response));
}

void metrics(Web& web, const HttpRequest& /*request*/, const HttpRespond& respond) {
    SensorStatistics statistics = web.sources.statistics();
    statistics.applications = web.applications.select(statistics.applications);
    if (statistics.visibility.state.on) {
        statistics.processes = web.processes.select(statistics.processes);
    }
    respond(response_of(200, kMetricsContentType, metrics_text(statistics)));
}

void health(Web& web, const HttpRequest& /*request*/, const HttpRespond& respond) {
    respond(response_of(health_of(web.sources.statistics())));
}

void readiness(Web& web, const HttpRequest& /*request*/, const HttpRespond& respond) {
    respond(response_of(readiness_of(web.sources.statistics())));
}

void statistics(Web& web, const HttpRequest& /*request*/, const HttpRespond& respond) {
    respond(response_of(200, kJson, to_json(web.sources.statistics())));
}

void flows(Web& web, const HttpRequest& request, const HttpRespond& respond) {
    const std::optional<std::size_t> limit = flows_limit(request);
    if (!limit) {
        respond(text_of(400, format("limit is a number from 1 to {}", kFlowsMax)));
        return;
    }
    web.sources.flows(*limit, [respond](const FlowsSnapshot& snapshot) {
        respond(response_of(200, kJson, to_json(snapshot)));
    });
}

void reload(Web& web, const HttpRequest& request, const HttpRespond& respond) {
    if (!request.is_local) {
        respond(
            text_of(403, "reload is for the control socket: flowgauge reload, or systemctl reload")
        );
        return;
    }
    web.sources.reload([respond](ReloadAnswer verdict) {
        respond(response_of(verdict.done ? 200 : 422, kJson, std::move(verdict.body)));
    });
}

struct Route {
    std::string_view path;
    bool is_action;  // changes something: POST
    void (*answer)(Web& web, const HttpRequest& request, const HttpRespond& respond);
};

constexpr Route kRoutes[] = {
    {"/", false, page},
    {"/metrics", false, metrics},
    {"/healthz", false, health},
    {"/readyz", false, readiness},
    {"/api/v1/stats", false, statistics},
    {"/api/v1/flows", false, flows},
    {"/api/v1/reload", true, reload}};

const Route* find_route(std::string_view path) {
    for (const Route& route : kRoutes) {
        if (route.path == path) {
            return &route;
        }
    }
    return nullptr;
}

void answer(Web& web, const HttpRequest& request, const HttpRespond& respond) {
    const Route* const route = find_route(request.path);
    if (route == nullptr) {
        respond(text_of(
            404,
            "unknown path; there are / /metrics /healthz /readyz /api/v1/stats /api/v1/flows and "
            "/api/v1/reload"
        ));
        return;
    }
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (route->is_action ? request.method != "POST" : !reads) {
        const std::string_view allowed = route->is_action ? "POST" : "GET, HEAD";
        HttpResponse response = text_of(405, format("this path takes {}", allowed));
        response.headers.emplace_back("Allow", allowed);
        respond(std::move(response));
        return;
    }
    route->answer(web, request, respond);
}

}  // namespace

HttpHandler make_routes(WebSources sources) {
    const std::size_t labels = sources.applications;
    // Shared, because a std::function is copied.
    auto web = std::make_shared<Web>(Web{
        std::move(sources), TrafficLabels(labels), TrafficLabels(labels)});
    return [web = std::move(web)](const HttpRequest& request, const HttpRespond& respond) {
        answer(*web, request, respond);
    };
}

}  // namespace flowgauge
