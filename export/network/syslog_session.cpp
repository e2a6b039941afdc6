#include "export/network/syslog_session.h"

#include "core/base/format.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kHostNameMax = 255;  // RFC 5424 section 6
constexpr std::size_t kAppNameMax = 48;

// PRINTUSASCII without blanks, or the nil value.
std::string header_field(std::string text, std::size_t size_max) {
    std::replace_if(
        text.begin(), text.end(), [](char letter) { return letter <= ' ' || letter >= 0x7f; }, '_'
    );
    text.resize(std::min(text.size(), size_max));
    return text.empty() ? "-" : text;
}

std::string machine_name() {
    std::array<char, kHostNameMax + 1> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// 2026-01-02T03:04:05.678901Z (RFC 3339).
void write_stamp(std::chrono::system_clock::time_point time, std::string& out) {
    using std::chrono::duration_cast;
    using std::chrono::microseconds;
    const std::int64_t us = duration_cast<microseconds>(time.time_since_epoch()).count();
    const std::time_t seconds = us / 1'000'000;
    std::tm date{};
    ::gmtime_r(&seconds, &date);
    out.clear();
    format_to(
        std::back_inserter(out),
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
        date.tm_year + 1900,
        date.tm_mon + 1,
        date.tm_mday,
        date.tm_hour,
        date.tm_min,
        date.tm_sec,
        us % 1'000'000
    );
}

}  // namespace

SyslogSession::SyslogSession(const SyslogOptions& options, Clock clock)
    : clock_(std::move(clock)),
      priority_(format("<{}>1 ", options.facility * 8 + options.severity)),
      origin_(format(
          " {} {} {} - - ",
          header_field(
              options.host_name.empty() ? machine_name() : options.host_name, kHostNameMax
          ),
          header_field(options.app_name, kAppNameMax),
          ::getpid()
      )) {
    write_stamp(clock_(), stamp_);
}

// A preamble, the header of CSV, would be an entry that is no record. Its columns are known to
// whoever reads the entries, or the format is JSON.
void SyslogSession::
    prepare(const Preamble* /*preamble*/, SteadyTime /*now*/, WireMessages& /*out*/) {
    write_stamp(clock_(), stamp_);
}

void SyslogSession::put(std::string_view unit, std::uint32_t /*records*/, WireMessages& out) {
    while (unit.ends_with('\n') || unit.ends_with('\r')) {
        unit.remove_suffix(1);
    }
    entry_.clear();
    entry_.append(priority_).append(stamp_).append(origin_).append(unit);
    if (!counts_octets_) {
        out.add(entry_);
        return;
    }
    frame_.clear();
    format_to(std::back_inserter(frame_), "{} ", entry_.size());
    frame_.append(entry_);
    out.add(frame_);
}

}  // namespace flowgauge
