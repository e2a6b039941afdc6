#include "sensor/reload.h"

#include "core/base/format.h"
#include "crypto/digest.h"
#include "service/log.h"

#include <chrono>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

std::int64_t now_ms() {
    using std::chrono::system_clock;
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               system_clock::now().time_since_epoch()
    )
        .count();
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        if (end != 0) {
            lines.emplace_back(text.substr(0, end));
        }
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

}  // namespace

Reload::Reload(
    LoadedConfiguration started, ConfigurationSources sources, std::vector<ReloadStep> steps
)
    : started_(std::move(started)),
      current_(started_),
      sources_(std::move(sources)),
      steps_(std::move(steps)) {
    statistics_.path = started_.path;
    statistics_.sha256 = sha256_of(started_.effective);
    statistics_.last_reload_ms = now_ms();
}

ReloadVerdict Reload::run() {
    ++statistics_.reloads;
    Result<LoadedConfiguration> fresh = load_configuration(sources_);
    if (!fresh) {
        return refuse(fresh.error().message);
    }
    for (const ReloadStep& step : steps_) {
        if (Result<void> valid = step.check(fresh.value().settings); !valid) {
            return refuse(valid.error().message);
        }
    }
    return accept(std::move(fresh).value());
}

ReloadVerdict Reload::refuse(const std::string& errors) {
    ++statistics_.reloads_refused;
    statistics_.last_reload_successful = false;
    statistics_.problem = errors;
    ReloadVerdict verdict{.ok = false, .applied = {}, .restart = {}, .errors = lines_of(errors)};
    log_error(
        format(
            "reload refused, {} error{}; everything goes on as before",
            verdict.errors.size(),
            verdict.errors.size() == 1 ? "" : "s"
        ),
        {{"EVENT", "reload_refused"}}
    );
    for (const std::string& line : verdict.errors) {
        log_error(line, {{"EVENT", "reload_refused"}});
    }
    return verdict;
}

ReloadVerdict Reload::accept(LoadedConfiguration fresh) {
    ReloadVerdict verdict{
        .ok = true,
        .applied = compare(current_, fresh).live_keys,
        .restart = compare(started_, fresh).restart_keys,
        .errors = {}};
    for (const ReloadStep& step : steps_) {
        step.apply(fresh.settings);
    }
    for (const std::string& warning : fresh.warnings) {
        log_warning(warning);
    }
    for (const std::string& key : verdict.restart) {
        log_warning(key + " differs from what is in force; it needs a restart");
    }
    current_ = std::move(fresh);
    statistics_.sha256 = sha256_of(current_.effective);
    statistics_.last_reload_successful = true;
    statistics_.last_reload_ms = now_ms();
    statistics_.restart_keys = verdict.restart;
    statistics_.problem.clear();
    log_info(
        format(
            "reloaded: {} changed, {} wait for a restart",
            verdict.applied.size(),
            verdict.restart.size()
        ),
        {{"EVENT", "reloaded"}}
    );
    return verdict;
}

}  // namespace flowgauge
