// RecordLayout: where in the cold bytes of a record each observer left its columns.
#pragma once

#include "core/meter/meter_options.h"

#include <cstddef>
#include <optional>

namespace flowgauge {

// Byte offsets; absent for what is not configured. `bytes` is the sum.
struct RecordLayout {
    std::optional<std::size_t> statistics;
    std::optional<std::size_t> layer_octets;
    std::optional<std::size_t> sequence;
    std::optional<std::size_t> application;
    std::optional<std::size_t> extension;    // of features, plugins and models
    std::optional<std::size_t> attribution;  // an Attribution, made by whoever takes the record
    std::size_t bytes = 0;
};

// The layout of every record that a Meter with these options makes.
[[nodiscard]] RecordLayout layout_of(const MeterOptions& options) noexcept;

}  // namespace flowgauge
