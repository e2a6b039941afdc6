// TableOptions: how the table for people looks, and what it says about its own limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

// Columns that a table needs; a narrower terminal wraps it.
constexpr std::size_t kTableColumnsMin = 80;

struct TableOptions {
    std::size_t rows = 20;                   // of each list, at most
    std::size_t columns = kTableColumnsMin;  // of the terminal; fewer than the minimum count as it
    bool unicode = false;                    // the terminal shows UTF-8
    bool bold = false;                       // headings
    bool live = false;                       // the end of a run is its plan, not a cut
    std::uint64_t records_max = 0;           // records at which the run ends; 0 for no limit
    std::vector<std::string> notes{};        // what the table covers, one line each
};

}  // namespace flowgauge
