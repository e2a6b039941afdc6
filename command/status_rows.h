// The lines that `flowgauge status` is made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

enum class StatusTone : std::uint8_t { kPlain, kHeading, kGood, kWarning, kBad };

struct StatusLine {
    std::string text;
    StatusTone tone = StatusTone::kPlain;
};

// One count of a block, below each other: "  read   30,000,000  98.0%  3300/s  more".
struct StatusRow {
    std::string_view label;
    std::string total;
    std::string share;
    std::string rate;
    std::string detail;
    StatusTone tone = StatusTone::kPlain;
};
[[nodiscard]] StatusLine line_of(const StatusRow& row);

struct NamedCount {
    std::string name;
    std::uint64_t count = 0;
};

// "arp 900,000, malformed_ip 60, 2 more 12": the largest first, without those that are 0.
[[nodiscard]] std::string counts_text(std::vector<NamedCount> counts);

// share_text(), but what there is at all is not shown as nothing.
[[nodiscard]] std::string visible_share(std::uint64_t part, std::uint64_t whole);

}  // namespace flowgauge
