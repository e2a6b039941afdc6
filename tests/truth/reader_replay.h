// Reads a capture as nDPI's own reader does: with its packet limits, no timeouts, its tunnels and
// its rules for frames. Only public options of the libraries are used.
#pragma once

#include "core/base/result.h"
#include "core/dpi/application.h"
#include "core/flow/flow.h"
#include "core/meter/meter_options.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace flowgauge::truth {

constexpr int kSkipped = 77;

[[nodiscard]] MeterOptions reader_options(const std::string& protocols_file);

using EachFlow =
    std::function<void(const Flow&, const Application&, const ApplicationNames& names)>;

// Calls `each` for every flow of the capture, dissected by a module of its own. Errors: a file that
// cannot be read, or nDPI cannot start.
[[nodiscard]] Result<void> replay(
    const std::filesystem::path& capture, const MeterOptions& options, const EachFlow& each
);

// The captures X in `captures` with a file X.out in `expected`, sorted.
[[nodiscard]] std::vector<std::filesystem::path> captures_with_results(
    const std::filesystem::path& captures, const std::filesystem::path& expected
);

// X.out in `expected`.
[[nodiscard]] std::filesystem::path result_of(
    const std::filesystem::path& capture, const std::filesystem::path& expected
);

}  // namespace flowgauge::truth
