// Which format the records get, and how a table of them looks.
#pragma once

#include "command/terminal.h"
#include "config/settings.h"

namespace flowgauge {

enum class InputKind : std::uint8_t { kFiles, kLive };

// Settles what the operator left to the program: `auto` becomes a table where a person reads, on a
// terminal at standard output, unless columns or a dialect of CSV were asked for. Tells the table
// how wide it may be and what it covers. `out` is standard output.
void settle_format(Settings& settings, const Terminal& out, InputKind input);

// Whether records go to standard output, and that is a terminal.
[[nodiscard]] bool writes_to_terminal(const Settings& settings, const Terminal& out) noexcept;

}  // namespace flowgauge
