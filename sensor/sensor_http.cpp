// The HTTP side of the sensor: where it listens, and what its paths are made of.
#include "core/base/format.h"
#include "sensor/control_socket.h"
#include "sensor/sensor.h"
#include "sensor/web_routes.h"
#include "service/log.h"
#include "telemetry/statistics_json.h"
#include "web/page.h"

namespace flowgauge {

// What is taken is an error where the operator named it. What nobody named gives way: whoever tries
// something at a terminal may have the service running.
Result<void> Sensor::open_http() {
    HttpServerOptions options{
        .listen = settings_.http.listen,
        .unix_socket = control_socket_path(settings_.control.socket),
        .tls =
            {.cert_file = settings_.http.tls.cert_file,
             .key_file = settings_.http.tls.key_file,
             .client_ca_file = settings_.http.tls.client_ca_file},
        .user = settings_.http.user,
        .password_file = settings_.http.password_file,
        .limits = {}};
    const bool socket_may_give_way = is_ad_hoc_ && settings_.control.socket == "auto";
    const bool port_may_give_way = is_ad_hoc_ && settings_.http.listen_is_default;
    std::vector<HttpServerOptions> attempts{options};
    if (port_may_give_way) {
        attempts.push_back(options);
        attempts.back().listen.clear();
    }
    if (socket_may_give_way) {
        attempts.push_back(options);
        attempts.back().unix_socket.clear();
    }
    return open_first(attempts, port_may_give_way && socket_may_give_way);
}

Result<void> Sensor::open_first(
    const std::vector<HttpServerOptions>& attempts, bool may_go_without
) {
    for (std::size_t i = 0; i < attempts.size(); ++i) {
        const HttpServerOptions& options = attempts[i];
        if (options.listen.empty() && options.unix_socket.empty()) {
            return {};
        }
        Result<std::unique_ptr<HttpServer>> server = HttpServer::open(loop_, options, routes());
        if (!server && i + 1 == attempts.size() && !may_go_without) {
            return std::move(server).error();
        }
        if (!server) {
            log_warning(server.error().message + "; going on without it");
            continue;
        }
        server_ = std::move(server).value();
        if (server_->port() != 0) {
            log_info(format(
                "metrics on http{}://{}/metrics",
                options.tls.cert_file.empty() ? "" : "s",
                options.listen
            ));
        }
        return {};
    }
    return {};
}

HttpHandler Sensor::routes() {
    return make_routes(
        {.statistics = [this] { return statistics(); },
         .flows = [this](
                      std::size_t limit, std::function<void(const FlowsSnapshot&)> take
                  ) { answer_flows(limit, std::move(take)); },
         .reload =
             [this](const std::function<void(ReloadAnswer)>& take) {
                 const ReloadVerdict verdict = reload();
                 take({.done = verdict.ok, .body = to_json(verdict)});
             },
         .page = page_html(),
         .applications = settings_.http.applications}
    );
}

}  // namespace flowgauge
