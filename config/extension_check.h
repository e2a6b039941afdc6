// What must hold of plugins, features and models, which are made to see it.
#pragma once

#include "config/checker.h"
#include "core/extension/part_list.h"

#include <memory>

namespace flowgauge {

// Returns all that the settings add to records, null for nothing, without those that have a
// problem. Loads plugins and models: files are read, and code of plugins runs.
[[nodiscard]] std::shared_ptr<const PartList> check_extension(Checker& checker);

}  // namespace flowgauge
