// JsonNames: what the fields of JSON records are called, and in which objects they stand.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace flowgauge {

enum class JsonNames : std::uint8_t {
    kNfstream,  // as the columns, in one object
    kEcs,       // Elastic Common Schema 8.17
    kOcsf,      // Open Cybersecurity Schema Framework 1.5, class Network Activity
};

// How a value is written. Forms of ECS and OCSF leave out what is empty.
enum class JsonForm : std::uint8_t {
    kPlain,        // as it is
    kText,         // text, or a number in quotes, because readers are exact to 53 bits only
    kNotZero,      // a number in quotes, left out when it is 0
    kLowerCase,    // text in lower case
    kTime,         // a time as 2026-01-31T12:00:00.000Z, with as many digits as it has
    kTimeMs,       // a time in milliseconds since 1970 UTC
    kDurationNs,   // a duration in nanoseconds
    kDurationMs,   // a duration in milliseconds
    kMac,          // a MAC address as 00-00-5E-00-53-23, left out when there is none
    kIpVersion,    // 4 as ipv4
    kTransport,    // 6 as tcp; left out when the number has no name
    kTlsNumber,    // TLSv1.3 as 1.3
    kTlsProtocol,  // TLSv1.3 as tls
    kFingerprint,  // an object with a digest of MD5
    kKnown,        // a number, left out when it is negative: not known
    kKnownText,    // the same in quotes
    kProfiles,     // OCSF's profiles that have the fields of a process, whatever the value
};

// When a field is written: columns of the dissection say different things of TLS and of others, and
// a container may be known without the process in it.
enum class JsonWhen : std::uint8_t { kAlways, kTls, kNotTls, kProcess, kNoProcess };

// A column's place. A column may have several.
struct JsonPlace {
    std::string_view column;  // as in the table of columns, with "{unit}"
    std::string_view path;    // keys, between them dots
    JsonForm form = JsonForm::kPlain;
    JsonWhen when = JsonWhen::kAlways;
};

// What each record of a schema says, as JSON.
struct JsonConstant {
    std::string_view path;
    std::string_view json;
};

[[nodiscard]] std::span<const JsonPlace> json_places(JsonNames names) noexcept;
[[nodiscard]] std::span<const JsonConstant> json_constants(JsonNames names) noexcept;

// The object of columns that have no place; empty for none.
[[nodiscard]] std::string_view json_rest(JsonNames names) noexcept;

}  // namespace flowgauge
