#include "service/log.h"

#include "core/base/format.h"
#include "service/journal.h"
#include "service/message.h"
#include "service/message_limit.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <mutex>

namespace flowgauge {
namespace {

constexpr std::size_t kRecentMax = 20;

bool wants_journal(LogFormat format) {
    if (format == LogFormat::kAuto) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this program writes the environment
        const char* stream = std::getenv("JOURNAL_STREAM");
        return stream != nullptr && leads_to_journal(STDERR_FILENO, stream);
    }
    return format == LogFormat::kJournal;
}

struct LogState {
    std::mutex mutex;
    Severity level = Severity::kInfo;
    bool to_journal = wants_journal(LogFormat::kAuto);
    MessageLimit limit;
    std::deque<LoggedMessage> recent;
    std::atomic<std::uint64_t> suppressed{0};
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

void write(
    bool to_journal, Severity severity, std::string_view text, std::span<const LogField> fields
) {
    if (!to_journal || !send_to_journal(severity, text, fields)) {
        print_message(text);
    }
}

void write_left_out(bool to_journal, const std::vector<MessageLimit::LeftOut>& left_out) {
    for (const MessageLimit::LeftOut& one : left_out) {
        write(
            to_journal,
            one.severity,
            format("{} … {} more like it left out", one.text, one.count),
            {}
        );
    }
}

}  // namespace

void set_log_options(const LogOptions& options) {
    const std::lock_guard lock(state().mutex);
    state().level = options.level;
    state().to_journal = wants_journal(options.format);
    state().limit.set_rate(options.rate_limit);
}

void log_message(Severity severity, std::string_view text, std::initializer_list<LogField> fields) {
    const auto now = std::chrono::steady_clock::now();
    bool admitted = false;
    bool to_journal = false;
    std::vector<MessageLimit::LeftOut> left_out;
    {
        const std::lock_guard lock(state().mutex);
        if (severity <= Severity::kWarning) {
            remember(state(), severity, text);
        }
        if (severity > state().level) {
            return;
        }
        admitted = state().limit.admit(severity, text, now);
        left_out = state().limit.take_left_out(now);
        to_journal = state().to_journal;
    }
    // Outside the lock: a standard error that nobody reads holds up this thread alone.
    write_left_out(to_journal, left_out);
    if (admitted) {
        write(to_journal, severity, text, {fields.begin(), fields.size()});
    } else {
        state().suppressed.fetch_add(1, std::memory_order_relaxed);
    }
}

void log_left_out() {
    bool to_journal = false;
    std::vector<MessageLimit::LeftOut> left_out;
    {
        const std::lock_guard lock(state().mutex);
        left_out = state().limit.take_left_out(std::chrono::steady_clock::now());
        to_journal = state().to_journal;
    }
    write_left_out(to_journal, left_out);
}

std::vector<LoggedMessage> recent_messages() {
    const std::lock_guard lock(state().mutex);
    return {state().recent.begin(), state().recent.end()};
}

std::uint64_t messages_suppressed() noexcept {
    return state().suppressed.load(std::memory_order_relaxed);
}

}  // namespace flowgauge
