#include "sensor/web_routes.h"

#include "core/base/format.h"

#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include "telemetry/application_labels.h"
#include "telemetry/health.h"
#include "telemetry/metrics_text.h"
#include "telemetry/statistics_json.h"

namespace flowgauge {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::size_t kFlowsDefault = 100;
constexpr std::size_t kFlowsMax = 1000;

// The page loads nothing from elsewhere, and nobody frames it.
constexpr std::string_view kPagePolicy =
    "default-src 'self' 'unsafe-inline' data:; frame-ancestors 'none'; base-uri 'none'";

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

class Routes {
public:
    explicit Routes(WebSources sources)
        : sources_(std::move(sources)),
          labels_(sources_.applications) {}

    void answer(const HttpRequest& request, HttpRespond respond) {
        const Route* const route = find(request.path);
        if (route == nullptr) {
            respond(text_of(
                404,
                "unknown path; there are / /metrics /healthz /readyz /api/v1/stats /api/v1/flows "
                "and /api/v1/reload"
            ));
            return;
        }
        const bool fits = route->is_action ? request.method == "POST"
                                           : request.method == "GET" || request.method == "HEAD";
        if (!fits) {
            const std::string_view allowed = route->is_action ? "POST" : "GET, HEAD";
            HttpResponse response = text_of(405, format("this path takes {}", allowed));
            response.headers.emplace_back("Allow", allowed);
            respond(std::move(response));
            return;
        }
        (this->*route->answer)(request, std::move(respond));
    }

private:
    struct Route {
        std::string_view path;
        bool is_action;  // changes something: POST
        void (Routes::*answer)(const HttpRequest& request, HttpRespond respond);
    };
    static const Route kRoutes[];

    static const Route* find(std::string_view path);

    void page(const HttpRequest& /*request*/, HttpRespond respond) {
        HttpResponse response =
            response_of(200, "text/html; charset=utf-8", std::string(sources_.page));
        response.headers.emplace_back("Content-Security-Policy", kPagePolicy);
        respond(std::move(response));
    }

    void metrics(const HttpRequest& /*request*/, HttpRespond respond) {
        SensorStatistics statistics = sources_.statistics();
        statistics.applications = labels_.select(statistics.applications);
        respond(response_of(200, kMetricsContentType, metrics_text(statistics)));
    }

    void health(const HttpRequest& /*request*/, HttpRespond respond) {
        respond(response_of(health_of(sources_.statistics())));
    }

    void readiness(const HttpRequest& /*request*/, HttpRespond respond) {
        respond(response_of(readiness_of(sources_.statistics())));
    }

    void statistics(const HttpRequest& /*request*/, HttpRespond respond) {
        respond(response_of(200, kJson, to_json(sources_.statistics())));
    }

    void flows(const HttpRequest& request, HttpRespond respond) {
        const std::optional<std::size_t> limit = flows_limit(request);
        if (!limit) {
            respond(text_of(400, format("limit is a number from 1 to {}", kFlowsMax)));
            return;
        }
        sources_.flows(*limit, [respond = std::move(respond)](const FlowsSnapshot& snapshot) {
            respond(response_of(200, kJson, to_json(snapshot)));
        });
    }

    void reload(const HttpRequest& request, HttpRespond respond) {
        if (!request.is_local) {
            respond(text_of(
                403, "reload is for the control socket: flowgauge reload, or systemctl reload"
            ));
            return;
        }
        sources_.reload([respond = std::move(respond)](ReloadAnswer verdict) {
            respond(response_of(verdict.done ? 200 : 422, kJson, std::move(verdict.body)));
        });
    }

    WebSources sources_;
    ApplicationLabels labels_;
};

const Routes::Route Routes::kRoutes[] = {
    {"/", false, &Routes::page},
    {"/metrics", false, &Routes::metrics},
    {"/healthz", false, &Routes::health},
    {"/readyz", false, &Routes::readiness},
    {"/api/v1/stats", false, &Routes::statistics},
    {"/api/v1/flows", false, &Routes::flows},
    {"/api/v1/reload", true, &Routes::reload}};

const Routes::Route* Routes::find(std::string_view path) {
    for (const Route& route : kRoutes) {
        if (route.path == path) {
            return &route;
        }
    }
    return nullptr;
}

}  // namespace

HttpHandler make_routes(WebSources sources) {
    // Shared, because a std::function is copied.
    auto routes = std::make_shared<Routes>(std::move(sources));
    return [routes = std::move(routes)](const HttpRequest& request, HttpRespond respond) {
        routes->answer(request, std::move(respond));
    };
}

}  // namespace flowgauge
