// SyslogSession: each unit as the message of a syslog entry (RFC 5424).
#pragma once

#include "export/network/session_protocol.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace flowgauge {

struct SyslogOptions {
    std::uint8_t facility = 16;  // local0 (RFC 5424 section 6.2.1), 0 to 23
    std::uint8_t severity = 6;   // informational, 0 to 7
    std::string app_name = "flowgauge";
    std::string host_name;  // empty: that of the machine
};

// Datagrams hold one entry each (RFC 5426, and /dev/log). In streams each stands behind its length
// (octet counting, RFC 6587 section 3.4.1 and RFC 5425). The line break at the end of a unit is
// left out. The time stamp is the time of sending. Thread: that of the sink.
class SyslogSession final : public SessionProtocol {
public:
    using Clock = std::function<std::chrono::system_clock::time_point()>;

    explicit SyslogSession(
        const SyslogOptions& options, Clock clock = std::chrono::system_clock::now
    );

    void begin(bool datagrams) override { counts_octets_ = !datagrams; }
    void prepare(const Preamble* preamble, SteadyTime now, WireMessages& out) override;
    [[nodiscard]] SteadyTime next_repeat() const noexcept override { return SteadyTime::max(); }
    void put(std::string_view unit, std::uint32_t records, WireMessages& out) override;

private:
    Clock clock_;
    std::string priority_;  // "<134>1 "
    std::string origin_;    // " host app pid - - "
    bool counts_octets_ = false;
    std::string stamp_;
    std::string entry_;
    std::string frame_;
};

}  // namespace flowgauge
