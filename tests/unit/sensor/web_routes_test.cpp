#include "sensor/web_routes.h"

#include "telemetry/statistics_json.h"
#include "tests/support/sensor_sample.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

class WebRoutes : public testing::Test {
protected:
    WebRoutes() {
        WebSources sources;
        sources.statistics = [this] {
            return statistics_;
        };
        sources.flows =
            [this](std::size_t limit, const std::function<void(const FlowsSnapshot&)>& take) {
                limits_.push_back(limit);
                take(test::flows_sample());
            };
        sources.reload = [this](const std::function<void(ReloadAnswer)>& take) {
            ++reloads_;
            take(reload_answer_);
        };
        sources.page = "<!doctype html>";
        sources.applications = 1;
        handler_ = make_routes(std::move(sources));
    }

    HttpResponse ask(
        const std::string& method,
        const std::string& path,
        bool is_local = false,
        std::map<std::string, std::string> query = {}
    ) {
        std::optional<HttpResponse> answer;
        handler_(
            {.method = method,
             .path = path,
             .query = std::move(query),
             .accept = "",
             .is_local = is_local},
            [&](HttpResponse response) { answer = std::move(response); }
        );
        EXPECT_TRUE(answer) << path;
        return answer.value_or(HttpResponse{});
    }

    SensorStatistics statistics_ = test::sensor_sample();
    ReloadAnswer reload_answer_{.done = true, .body = "{}"};
    std::vector<std::size_t> limits_;
    int reloads_ = 0;

private:
    HttpHandler handler_;
};

TEST_F(WebRoutes, ServesMetricsInPrometheusFormat) {
    const HttpResponse response = ask("GET", "/metrics");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_NE(
        response.body.find("# TYPE flowgauge_packets_read_total counter\n"), std::string::npos
    );
}

TEST_F(WebRoutes, KeepsTheLabelsOfApplicationsFromOneScrapeToTheNext) {
    const auto has = [](const HttpResponse& response, const std::string& name) {
        const std::string series = "flowgauge_application_bytes_total{application=\"";
        return response.body.find(series + name + "\"}") != std::string::npos;
    };
    EXPECT_TRUE(has(ask("GET", "/metrics"), "TLS.Google"));
    statistics_.applications.insert(
        statistics_.applications.begin(), {.name = "BitTorrent", .bytes = 1'000'000'000'000}
    );
    const HttpResponse response = ask("GET", "/metrics");
    EXPECT_TRUE(has(response, "TLS.Google"));
    EXPECT_FALSE(has(response, "BitTorrent"));
}

// As many processes have a series as applications do; what is beyond is in "other".
TEST_F(WebRoutes, BoundsTheSeriesOfProcesses) {
    const auto has = [](const HttpResponse& response, const std::string& name) {
        const std::string series = "flowgauge_process_bytes_total{process=\"";
        return response.body.find(series + name + "\"}") != std::string::npos;
    };
    EXPECT_TRUE(has(ask("GET", "/metrics"), "firefox"));
    for (int i = 0; i < 200; ++i) {
        statistics_.processes.push_back({.name = "p" + std::to_string(i), .flows = 1, .bytes = 1});
    }
    const HttpResponse response = ask("GET", "/metrics");
    EXPECT_TRUE(has(response, "firefox"));
    EXPECT_TRUE(has(response, "other"));
    EXPECT_FALSE(has(response, "p199"));
    statistics_.visibility.state.on = false;
    statistics_.processes.clear();
    EXPECT_EQ(ask("GET", "/metrics").body.find("flowgauge_process_"), std::string::npos);
}

TEST_F(WebRoutes, AnswersHealthAndReadinessWithReasons) {
    EXPECT_EQ(ask("GET", "/healthz").status, 503U);  // a worker of the sample is stalled
    const HttpResponse response = ask("GET", "/readyz");
    EXPECT_EQ(response.status, 503U);
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_NE(response.body.find("less than 1 GiB free"), std::string::npos);
    for (WorkerStatistics& worker : statistics_.workers) {
        worker.stalled = false;
    }
    statistics_.not_ready.clear();
    EXPECT_EQ(ask("GET", "/healthz").status, 200U);
    EXPECT_EQ(ask("GET", "/readyz").status, 200U);
}

TEST_F(WebRoutes, ServesStatisticsAndFlowsAsJson) {
    EXPECT_EQ(ask("GET", "/api/v1/stats").body, to_json(statistics_));
    EXPECT_EQ(ask("HEAD", "/api/v1/stats").status, 200U);
    EXPECT_EQ(ask("GET", "/api/v1/flows").body, to_json(test::flows_sample()));
    EXPECT_EQ(ask("GET", "/api/v1/flows", false, {{"limit", "1000"}}).status, 200U);
    EXPECT_EQ(limits_, (std::vector<std::size_t>{100, 1000}));
}

TEST_F(WebRoutes, RefusesALimitThatItWillNotServe) {
    for (const std::string limit : {"", "0", "1001", "-1", "1e3", "10x", "99999999999999999999"}) {
        EXPECT_EQ(ask("GET", "/api/v1/flows", false, {{"limit", limit}}).status, 400U) << limit;
    }
    EXPECT_TRUE(limits_.empty());
}

TEST_F(WebRoutes, ReloadsForTheControlSocketAlone) {
    EXPECT_EQ(ask("POST", "/api/v1/reload", false).status, 403U);
    EXPECT_EQ(ask("GET", "/api/v1/reload", true).status, 405U);
    EXPECT_EQ(reloads_, 0);
    EXPECT_EQ(ask("POST", "/api/v1/reload", true).status, 200U);
    reload_answer_ = {.done = false, .body = "{\"ok\":false}"};
    const HttpResponse refused = ask("POST", "/api/v1/reload", true);
    EXPECT_EQ(refused.status, 422U);
    EXPECT_EQ(refused.body, "{\"ok\":false}");
    EXPECT_EQ(reloads_, 2);
}

TEST_F(WebRoutes, ServesThePage) {
    const HttpResponse response = ask("GET", "/");
    EXPECT_EQ(response.body, "<!doctype html>");
    EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
    EXPECT_EQ(response.headers.at(0).first, "Content-Security-Policy");
}

TEST_F(WebRoutes, SaysWhatThereIsForAnUnknownPathAndAnotherMethod) {
    for (const std::string path : {"/metrics/", "/Metrics", "/api/v1", "//", ""}) {
        EXPECT_EQ(ask("GET", path).status, 404U) << path;
    }
    const HttpResponse response = ask("POST", "/metrics");
    EXPECT_EQ(response.status, 405U);
    const std::pair<std::string, std::string> allow{"Allow", "GET, HEAD"};
    EXPECT_EQ(response.headers.at(0), allow);
}

}  // namespace
}  // namespace flowgauge
