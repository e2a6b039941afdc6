// Rows of `metrics`, `control` and `logging`: how the service talks to operators.
#include "config/tables.h"

namespace flowgauge {
namespace {

constexpr Choice kLevels[] = {
    {"error", number_of(Severity::kError)},
    {"warn", number_of(Severity::kWarning)},
    {"info", number_of(Severity::kInfo)},
    {"debug", number_of(Severity::kDebug)}};
constexpr Choice kFormats[] = {
    {"auto", number_of(LogFormat::kAuto)},
    {"journal", number_of(LogFormat::kJournal)},
    {"text", number_of(LogFormat::kText)}};

// An address that somebody chose must be free; the default gives way to what has its port.
constexpr Field kListen{
    .set =
        [](Parts& parts, const Value& value) {
            parts.settings.http.listen = value.text;
            parts.settings.http.listen_is_default = false;
        },
    .get =
        [](const Parts& parts) {
            return Value{.number = 0, .text = parts.settings.http.listen, .items = {}};
        }};

// clang-format off
constexpr Parameter kParameters[] = {
    {.path = "metrics.listen", .type = kText, .field = kListen,
     .help = "address and port of metrics, health, API and page; empty: off"},
    {.path = "metrics.tls.cert_file", .live = true, .type = kPath, .field = field<&Settings::http, &HttpSettings::tls, &TlsSettings::cert_file>(),
     .help = "certificate in PEM; empty: no TLS"},
    {.path = "metrics.tls.key_file", .live = true, .type = kPath, .field = field<&Settings::http, &HttpSettings::tls, &TlsSettings::key_file>(),
     .help = "its key in PEM"},
    {.path = "metrics.tls.client_ca_file", .live = true, .type = kPath,
     .field = field<&Settings::http, &HttpSettings::tls, &TlsSettings::client_ca_file>(),
     .help = "clients must show a certificate of this authority; empty: they need none"},
    {.path = "metrics.basic_auth.user", .live = true, .type = kText, .field = field<&Settings::http, &HttpSettings::user>(),
     .help = "name that clients must give; empty: none"},
    {.path = "metrics.basic_auth.password_file", .live = true, .type = kPath, .field = field<&Settings::http, &HttpSettings::password_file>(),
     .help = "file whose first line is the password"},
    {.path = "metrics.applications", .type = integer(0, 1000), .field = field<&Settings::http, &HttpSettings::applications>(),
     .help = "applications, and as many processes, with a label of their own; the rest is other"},

    {.path = "control.socket", .type = kText, .field = field<&Settings::control, &ControlSettings::socket>(),
     .help = "unix socket of `flowgauge status`, `top` and `reload`; auto: control.sock in the runtime directory; empty: off"},

    {.path = "logging.level", .live = true, .type = choice(kLevels), .field = field<&Settings::logging, &LogSettings::level>(),
     .help = "the least severe message that is written"},
    {.path = "logging.format", .type = choice(kFormats), .field = field<&Settings::logging, &LogSettings::format>(),
     .help = "journal fields, or text on standard error; auto: what standard error is"},
    {.path = "logging.rate_limit", .type = integer(1, 1'000'000), .field = field<&Settings::logging, &LogSettings::rate_limit>(),
     .help = "how often a message is written, a second; the rest is counted"},
    {.path = "logging.performance_report", .option = "performance_report", .group = "Capture", .scope = Scope::kLive,
     .type = duration(kSecond), .field = field<&Settings::performance_report>(), .value_name = "SECONDS",
     .help = "a line of JSON with the counters at this interval on standard error, 0s for none"},
};
// clang-format on

}  // namespace

std::span<const Parameter> service_parameters() noexcept {
    return kParameters;
}

}  // namespace flowgauge
