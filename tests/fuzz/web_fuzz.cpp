// web_fuzz: from the target of a request to its answer.
//
// The input is one byte of method and place (the unix socket or not), and the target. Beside what
// the sanitizers see: each request is answered exactly once, with a status that the routes have,
// and nothing reloads but a POST over the unix socket.
#include "control/http_target.h"
#include "sensor/web_routes.h"
#include "tests/support/sensor_sample.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

bool may_reload = false;

void require(bool law) {
    if (!law) {
        std::abort();
    }
}

HttpHandler routes() {
    WebSources sources;
    sources.statistics = [] {
        return test::sensor_sample();
    };
    sources.flows = [](std::size_t limit, const std::function<void(const FlowsSnapshot&)>& take) {
        require(limit >= 1 && limit <= 1000);
        take(test::flows_sample());
    };
    sources.reload = [](const std::function<void(ReloadAnswer)>& take) {
        require(may_reload);
        take({.done = true, .body = "{}"});
    };
    sources.page = "<!doctype html>";
    return make_routes(std::move(sources));
}

void ask(const HttpHandler& handler, std::uint8_t how, std::string_view target) {
    constexpr std::array<std::string_view, 4> kMethods{"GET", "HEAD", "POST", "BREW"};
    std::optional<HttpTarget> split = split_target(target);
    if (!split) {
        return;
    }
    require(!split->path.empty() && split->path.size() <= target.size());
    HttpRequest request;
    request.method = kMethods.at(how & 3U);
    request.path = std::move(split->path);
    request.query = std::move(split->query);
    request.is_local = (how & 4U) != 0;
    may_reload = request.is_local && request.method == "POST";
    int answers = 0;
    handler(request, [&answers](const HttpResponse& response) {
        static const std::set<unsigned> kStatuses{200, 400, 403, 404, 405, 503};
        require(kStatuses.contains(response.status) && !response.body.empty());
        ++answers;
    });
    require(answers == 1);
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks this name up
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const flowgauge::HttpHandler kHandler = flowgauge::routes();
    if (size > 0) {
        const std::string target(data + 1, data + size);
        flowgauge::ask(kHandler, data[0], target);
    }
    return 0;
}
