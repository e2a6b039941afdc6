// Computed features: expressions over the columns of a flow that has ended and over its packets.
// Language: docs/FEATURES.md.
#pragma once

#include "core/base/result.h"
#include "core/extension/extension_part.h"
#include "core/meter/meter_options.h"
#include "extension/features/feature_settings.h"

#include <memory>

namespace flowgauge {

// The part of one feature: one column, or three where its name has "{direction}". It may read the
// columns of `options`, also those of the parts that `options.extension` has so far; these outlive
// it. Errors (kUsage): "features.NAME: at column 12: ...", one line.
[[nodiscard]] Result<std::unique_ptr<ExtensionPart>> make_feature(
    const FeatureSettings& settings, const MeterOptions& options
);

}  // namespace flowgauge
