// Messages of the running program to the operator: to the journal under systemd, as text elsewhere.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

enum class Severity : std::uint8_t { kError, kWarning, kInfo, kDebug };

enum class LogFormat : std::uint8_t {
    kAuto,     // the journal if standard error is connected to it, else text
    kJournal,  // journal fields FLOWGAUGE_*
    kText,     // "flowgauge: TEXT" on standard error
};

// Something that a program may want to find messages by: becomes FLOWGAUGE_<NAME> in the journal,
// and stays out of the text, which must say it in words.
struct LogField {
    std::string_view name;  // upper case: INPUT, INTERFACE, SINK, EVENT
    std::string_view value;
};

struct LogOptions {
    Severity level = Severity::kInfo;
    LogFormat format = LogFormat::kAuto;
    std::uint32_t rate_limit = 10;  // messages a second that differ in digits only; 0: no limit
};

// Thread: any. Never called for a packet. Where no journal takes a message, it becomes text.
void set_log_options(const LogOptions& options);
void log_message(
    Severity severity, std::string_view text, std::initializer_list<LogField> fields = {}
);

inline void log_error(std::string_view text, std::initializer_list<LogField> fields = {}) {
    log_message(Severity::kError, text, fields);
}
inline void log_warning(std::string_view text, std::initializer_list<LogField> fields = {}) {
    log_message(Severity::kWarning, text, fields);
}
inline void log_info(std::string_view text, std::initializer_list<LogField> fields = {}) {
    log_message(Severity::kInfo, text, fields);
}

// What was said last, for `flowgauge status`: errors and warnings, newest first, a bounded number.
struct LoggedMessage {
    std::int64_t time_ms = 0;  // since 1970 UTC
    Severity severity = Severity::kError;
    std::string text;
    std::uint64_t times = 1;  // that the same was said in a row
};
[[nodiscard]] std::vector<LoggedMessage> recent_messages();

// Says how many messages the rate limit left out in seconds that are over, each text once. Every
// message does so too; called about once a second, it is said also when no message follows.
void log_left_out();

// Messages that the rate limit left out since the start.
[[nodiscard]] std::uint64_t messages_suppressed() noexcept;

}  // namespace flowgauge
