// A sensor that captures nothing: serves the statistics of tests/support/sensor_sample.h, growing
// with time, through the real server. Prints the port, and ends with its standard input.
//
//     sample_sensor [CERT KEY CLIENT_CA USER PASSWORD_FILE]
#include "control/event_loop.h"
#include "control/http_server.h"
#include "sensor/web_routes.h"
#include "telemetry/statistics_json.h"
#include "tests/support/sensor_sample.h"
#include "web/page.h"

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

HttpServerOptions options_of(const std::vector<std::string>& arguments) {
    HttpServerOptions options;
    options.listen = "127.0.0.1:0";
    if (arguments.size() == 5) {
        options.tls = {
            .cert_file = arguments[0], .key_file = arguments[1], .client_ca_file = arguments[2]};
        options.user = arguments[3];
        options.password_file = arguments[4];
    }
    return options;
}

int serve(const std::vector<std::string>& arguments) {
    using Clock = std::chrono::steady_clock;
    EventLoop loop;
    std::unique_ptr<HttpServer> server;
    const Clock::time_point start = Clock::now();
    WebSources sources;
    sources.statistics = [&] {
        const std::chrono::duration<double> passed = Clock::now() - start;
        SensorStatistics statistics = test::sensor_sample_after(passed.count());
        statistics.http = server->statistics();
        return statistics;
    };
    sources.flows = [](std::size_t, const std::function<void(const FlowsSnapshot&)>& take) {
        take(test::flows_sample());
    };
    sources.reload = [](const std::function<void(ReloadAnswer)>& take) {
        take(
            {.done = true,
             .body = to_json(ReloadVerdict{.ok = true, .applied = {}, .restart = {}, .errors = {}})}
        );
    };
    sources.page = page_html();
    Result<std::unique_ptr<HttpServer>> opened =
        HttpServer::open(loop, options_of(arguments), make_routes(std::move(sources)));
    if (!opened) {
        std::cerr << opened.error().message << "\n";
        return 1;
    }
    server = std::move(opened).value();
    std::cout << server->port() << std::endl;
    loop.on_readable(STDIN_FILENO, [&loop] { loop.stop(); });
    loop.run();
    server.reset();
    return 0;
}

}  // namespace
}  // namespace flowgauge

int main(int argc, char** argv) {
    return flowgauge::serve({argv + 1, argv + argc});
}
