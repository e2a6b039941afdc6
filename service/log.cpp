#include "service/log.h"

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>

#include "service/message.h"

namespace flowgauge {
namespace {

constexpr std::size_t kRecentMax = 20;

struct LogState {
    std::mutex mutex;
    LogOptions options;
    std::deque<LoggedMessage> recent;
};

LogState& state() {
    static LogState the_state;
    return the_state;
}

std::int64_t now_ms() {
    using std::chrono::system_clock;
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               system_clock::now().time_since_epoch()
    )
        .count();
}

void remember(LogState& log, Severity severity, std::string_view text) {
    if (!log.recent.empty() && log.recent.front().text == text) {
        log.recent.front().time_ms = now_ms();
        ++log.recent.front().times;
        return;
    }
    log.recent.push_front({.time_ms = now_ms(), .severity = severity, .text = std::string(text)});
    if (log.recent.size() > kRecentMax) {
        log.recent.pop_back();
    }
}

}  // namespace

void set_log_options(const LogOptions& options) {
    const std::lock_guard lock(state().mutex);
    state().options = options;
}

void log_message(
    Severity severity, std::string_view text, std::initializer_list<LogField> /*fields*/
) {
    const std::lock_guard lock(state().mutex);
    if (severity <= Severity::kWarning) {
        remember(state(), severity, text);
    }
    if (severity <= state().options.level) {
        print_message(text);
    }
}

std::vector<LoggedMessage> recent_messages() {
    const std::lock_guard lock(state().mutex);
    return {state().recent.begin(), state().recent.end()};
}

std::uint64_t messages_suppressed() noexcept {
    return 0;
}

}  // namespace flowgauge
