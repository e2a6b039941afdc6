// Application: what dissection found out about a flow. Free of nDPI, so that columns and sinks can
// read it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

// How sure the answer is; the numbers are those of NFStream's application_confidence.
enum class Confidence : std::uint8_t {
    kUnknown = 0,
    kByPort = 1,
    kNbpf = 2,
    kPartial = 3,
    kPartialCache = 4,
    kCache = 5,
    kDissected = 6,
    kByIp = 7,  // beyond NFStream's list: nDPI 4.2 can say so
};

// Text from the traffic, UTF-8 without what is not. Absent fields are empty.
struct ApplicationMetadata {
    std::string requested_server_name;
    std::string client_fingerprint;
    std::string server_fingerprint;
    std::string user_agent;
    std::string content_type;
    std::string alpn;  // separated by commas
    std::string tls_version;
};

// Numbers of protocols, categories and risks are nDPI's of this process; only ApplicationNames
// gives them meaning. 0 is unknown.
struct Application {
    std::uint16_t master = 0;  // the carrying protocol, as TLS in TLS.Google
    std::uint16_t app = 0;
    std::uint16_t category = 0;
    Confidence confidence = Confidence::kUnknown;
    bool guessed = false;
    std::uint64_t risks = 0;                        // bit N is risk N
    std::unique_ptr<ApplicationMetadata> metadata;  // null when all of it is empty
};

// The names of one nDPI library. Immutable. Thread: any.
class ApplicationNames {
public:
    ApplicationNames(
        std::vector<std::string> protocols,
        std::vector<std::string> categories,
        std::vector<std::string> risks
    )
        : protocols_(std::move(protocols)),
          categories_(std::move(categories)),
          risks_(std::move(risks)) {}

    // "TLS.Google", "DNS", "Unknown": as ndpi_protocol2name writes it.
    [[nodiscard]] std::string application(const Application& application) const;

    // The same, put behind `out`, which allocates nothing while it has room.
    void append_application(const Application& application, std::string& out) const;

    // The most specific protocol alone: "Google".
    [[nodiscard]] const std::string& protocol(const Application& application) const;

    [[nodiscard]] const std::string& category(const Application& application) const;

    // "Obsolete TLS Version (1.1 or older)|TLS Fatal Alert": the names of all risks, in the order
    // of their numbers. The separator is in no name of nDPI's.
    [[nodiscard]] std::string risks(const Application& application) const;
    void append_risks(const Application& application, std::string& out) const;

    // By number.
    [[nodiscard]] const std::vector<std::string>& protocols() const noexcept { return protocols_; }

private:
    std::vector<std::string> protocols_;   // by number; at least one
    std::vector<std::string> categories_;  // by number; at least one
    std::vector<std::string> risks_;       // by number
};

}  // namespace flowgauge
