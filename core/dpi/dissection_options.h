// How much of a flow nDPI gets to see.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace flowgauge {

constexpr std::uint32_t kDissectWithoutLimit = std::numeric_limits<std::uint32_t>::max();

// Packets of a flow given to nDPI before it must answer, by transport protocol. NFStream's
// n_dissections sets all three; nDPI's own reader uses 81 for TCP, 25 for UDP and no limit else.
struct DissectionLimits {
    std::uint32_t tcp = 20;
    std::uint32_t udp = 20;
    std::uint32_t other = 20;
};

struct DissectionOptions {
    bool enabled = true;  // n_dissections > 0
    DissectionLimits limits;

    // Ask nDPI to guess by port and address when its dissectors found nothing.
    bool guess = true;

    // Flows under dissection at one time in a worker; flows beyond it stay Unknown, and are
    // counted.
    std::uint32_t flows_max = 65536;

    // Whether applications are counted (core/dpi/application_tally.h), for who shows them while it
    // runs.
    bool count_applications = false;

    // Whether a worker that cannot keep up dissects no further flows until it can.
    bool shed = false;

    // nDPI's own files of custom protocols and categories; empty for none.
    std::string protocols_file;
    std::string categories_file;
};

}  // namespace flowgauge
