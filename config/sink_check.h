// What must hold of sinks.
#pragma once

#include "config/checker.h"

#include <string>

namespace flowgauge {

// Adds a problem at `key` for names that are no columns, or not with these settings.
void check_columns(Checker& checker, const std::string& columns, const std::string& key);

void check_sinks(Checker& checker);

// Where records go without sinks; problems point at its options.
void check_output_sink(Checker& checker, const SinkSettings& output);

}  // namespace flowgauge
