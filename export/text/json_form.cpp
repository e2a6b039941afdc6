#include "export/text/json_form.h"

#include "export/text/json_text.h"
#include "export/text/number_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <string>

namespace flowgauge {
namespace {

// Keywords of IANA's protocol numbers, in lower case.
std::string_view transport_of(std::uint64_t protocol) noexcept {
    struct Row {
        std::uint8_t number;
        std::string_view keyword;
    };
    constexpr std::array kRows{Row{1, "icmp"},       Row{2, "igmp"},   Row{4, "ipv4"},
                               Row{6, "tcp"},        Row{8, "egp"},    Row{17, "udp"},
                               Row{33, "dccp"},      Row{41, "ipv6"},  Row{46, "rsvp"},
                               Row{47, "gre"},       Row{50, "esp"},   Row{51, "ah"},
                               Row{58, "ipv6-icmp"}, Row{88, "eigrp"}, Row{89, "ospfigp"},
                               Row{97, "etherip"},   Row{103, "pim"},  Row{112, "vrrp"},
                               Row{115, "l2tp"},     Row{132, "sctp"}, Row{136, "udplite"}};
    const auto* row =
        std::ranges::find_if(kRows, [=](const Row& each) { return each.number == protocol; });
    return row == kRows.end() ? std::string_view{} : row->keyword;
}

// Digits of a fraction of a second.
constexpr int digits_of(TimeUnit unit) noexcept {
    switch (unit) {
    case TimeUnit::kMilliseconds:
        return 3;
    case TimeUnit::kMicroseconds:
        return 6;
    case TimeUnit::kNanoseconds:
        return 9;
    }
    return 3;
}

char* put_digits(char* out, std::uint64_t value, int digits) noexcept {
    for (int i = digits - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    return out + digits;
}

Tick floor_divide(Tick value, Tick by) noexcept {
    return value / by - (value % by < 0 ? 1 : 0);
}

// "2026-01-31T12:00:00.000Z" (RFC 3339).
char* put_rfc3339(char* out, Tick time, TimeUnit unit) noexcept {
    constexpr Tick kDay = 86'400;
    const Tick second = floor_divide(time, ticks_per_second(unit));
    const Tick day = floor_divide(second, kDay);
    const std::chrono::year_month_day date{
        std::chrono::sys_days{std::chrono::days{static_cast<int>(day)}}};
    const auto of_day = static_cast<std::uint64_t>(second - day * kDay);
    out = put_digits(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
    *out++ = '-';
    out = put_digits(out, static_cast<unsigned>(date.month()), 2);
    *out++ = '-';
    out = put_digits(out, static_cast<unsigned>(date.day()), 2);
    *out++ = 'T';
    out = put_digits(out, of_day / 3600, 2);
    *out++ = ':';
    out = put_digits(out, of_day / 60 % 60, 2);
    *out++ = ':';
    out = put_digits(out, of_day % 60, 2);
    *out++ = '.';
    const Tick fraction = time - second * ticks_per_second(unit);
    out = put_digits(out, static_cast<std::uint64_t>(fraction), digits_of(unit));
    *out++ = 'Z';
    return out;
}

Tick to_nanoseconds(Tick duration, TimeUnit unit) noexcept {
    const Tick factor = 1'000'000'000 / ticks_per_second(unit);
    return duration > kTickMax / factor ? kTickMax : duration * factor;
}

Tick to_milliseconds(Tick time, TimeUnit unit) noexcept {
    return floor_divide(time, ticks_per_second(unit) / 1'000);
}

// The name and the number of "TLSv1.3 (draft)".
std::string_view tls_protocol(std::string_view version) noexcept {
    return version.substr(0, version.find('v'));
}

std::string_view tls_number(std::string_view version) noexcept {
    version.remove_prefix(std::min(version.find('v'), version.size() - 1) + 1);
    return version.substr(0, version.find_first_not_of("0123456789."));
}

}  // namespace

void FormedJsonValue::unsigned_integer(std::uint64_t value) {
    switch (form_) {
    case JsonForm::kText:
        return put_quoted(value);
    case JsonForm::kNotZero:
        return value == 0 ? void() : put_quoted(value);
    case JsonForm::kTransport:
        return put_quoted(transport_of(value));
    case JsonForm::kIpVersion:
        return put_quoted(value == 4 ? "ipv4" : "ipv6");
    default:
        plain_.unsigned_integer(value);
    }
}

void FormedJsonValue::integer(std::int64_t value) {
    switch (form_) {
    case JsonForm::kTime:
        return put_time(value);
    case JsonForm::kTimeMs:
    case JsonForm::kDurationMs:
        return plain_.integer(to_milliseconds(value, unit_));
    case JsonForm::kDurationNs:
        return plain_.integer(to_nanoseconds(value, unit_));
    case JsonForm::kKnown:
        return value < 0 ? void() : plain_.integer(value);
    case JsonForm::kKnownText:
        return value < 0 ? void() : put_quoted(static_cast<std::uint64_t>(value));
    default:
        plain_.integer(value);
    }
}

// JSON has no place for what is no number.
void FormedJsonValue::real(double value) {
    if (std::isfinite(value)) {
        plain_.real(value);
    }
}

void FormedJsonValue::text(std::string_view value) {
    if (value.empty()) {
        return;
    }
    switch (form_) {
    case JsonForm::kLowerCase:
        return put_lower_case(value);
    case JsonForm::kTlsProtocol:
        return put_lower_case(tls_protocol(value));
    case JsonForm::kTlsNumber:
        return put_quoted(tls_number(value));
    case JsonForm::kFingerprint:
        return put_fingerprint(value);
    case JsonForm::kProfiles:
        return put_profiles();
    default:
        plain_.text(value);
    }
}

void FormedJsonValue::mac(const MacAddress& value, std::size_t bytes) {
    if (form_ != JsonForm::kMac) {
        return plain_.mac(value, bytes);
    }
    if (std::ranges::all_of(value, [](std::uint8_t byte) { return byte == 0; })) {
        return;
    }
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    out_.make_room(3 * bytes + 3);
    out_.put('"');
    for (std::size_t i = 0; i < bytes; ++i) {
        out_.put(i == 0 ? "" : "-");
        out_.put(kDigits[value[i] >> 4]);
        out_.put(kDigits[value[i] & 0x0f]);
    }
    out_.put("\",");
}

// Of a word of ours; an empty one is left out.
void FormedJsonValue::put_quoted(std::string_view word) {
    if (word.empty()) {
        return;
    }
    out_.make_room(word.size() + 3);
    out_.put('"');
    out_.put(word);
    out_.put("\",");
}

void FormedJsonValue::put_quoted(std::uint64_t number) {
    out_.make_room(kNumberTextMax + 3);
    out_.put('"');
    out_.advance_to(write_number(out_.at(), number));
    out_.put("\",");
}

void FormedJsonValue::put_time(Tick time) {
    constexpr std::size_t kLongest = 40;
    out_.make_room(kLongest);
    out_.put('"');
    out_.advance_to(put_rfc3339(out_.at(), time, unit_));
    out_.put("\",");
}

// Letters of ASCII alone: names are.
void FormedJsonValue::put_lower_case(std::string_view text) {
    const std::size_t begin = out_.size();
    plain_.text(text);
    char* end = out_.at();
    std::transform(end - (out_.size() - begin), end, end - (out_.size() - begin), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
}

void FormedJsonValue::put_profiles() {
    constexpr std::string_view kProfiles = R"(["host","container"],)";
    out_.make_room(kProfiles.size());
    out_.put(kProfiles);
}

// The object `fingerprint`; algorithm 1 is MD5.
void FormedJsonValue::put_fingerprint(std::string_view digest) {
    constexpr std::string_view kHead = R"({"algorithm_id":1,"algorithm":"MD5","value":)";
    out_.make_room(kHead.size());
    out_.put(kHead);
    plain_.text(digest);
    out_.last() = '}';
    out_.make_room(1);
    out_.put(',');
}

}  // namespace flowgauge
