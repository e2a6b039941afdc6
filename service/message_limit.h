// MessageLimit: how often messages that read alike may appear, and how many were left out.
#pragma once

#include "service/log.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// Messages read alike when they differ in digits only: "ring 3 lost 17 frames". Two that do not,
// but share a hash, share a limit. Thread: one at a time. Bound: 256 texts; the one whose second
// began first gives way, and what it has left out is reported.
class MessageLimit {
public:
    using Time = std::chrono::steady_clock::time_point;

    struct LeftOut {
        Severity severity = Severity::kInfo;
        std::string text;  // of the last one, cut to kTextBytes
        std::uint64_t count = 0;
    };

    static constexpr std::size_t kTextsMax = 256;
    static constexpr std::size_t kTextBytes = 200;

    // `rate` messages of one text a second; 0: no limit.
    void set_rate(std::uint32_t rate) noexcept { rate_ = rate; }

    // Whether the message may appear; else it is counted.
    [[nodiscard]] bool admit(Severity severity, std::string_view text, Time now);

    // What was left out in seconds that are over, each once. Requires: called after each admit(),
    // so that nothing gathers.
    [[nodiscard]] std::vector<LeftOut> take_left_out(Time now);

private:
    struct Entry {
        std::uint64_t pattern = 0;
        Time begin;  // of its second
        std::uint32_t admitted = 0;
        LeftOut left_out;
    };

    [[nodiscard]] Entry& find(std::uint64_t pattern, Time now);

    std::uint32_t rate_ = 10;
    std::vector<Entry> entries_;
    std::vector<LeftOut> due_;
};

}  // namespace flowgauge
