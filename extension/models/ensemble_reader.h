// Reads flowgauge's tree-ensemble file (docs/MODELS.md).
#pragma once

#include "core/base/result.h"
#include "extension/models/ensemble.h"

#include <memory>
#include <string>
#include <string_view>

namespace flowgauge {

// The text of a file. Errors (kUsage): the line, what is wrong with it and what would be right.
// Bounds: EnsembleBounds; memory beside the text at most 16 bytes a node and 8 bytes a leaf value
// that the text holds. Nothing is executed.
[[nodiscard]] Result<std::shared_ptr<const Ensemble>> read_ensemble(std::string_view text);

// Errors: as above, and a file that is not there, none, or too large, with its name.
[[nodiscard]] Result<std::shared_ptr<const Ensemble>> load_ensemble(const std::string& file);

}  // namespace flowgauge
