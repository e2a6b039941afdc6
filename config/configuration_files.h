// Finds and reads the files of a configuration.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <string>
#include <vector>

namespace flowgauge {

// Reads a regular file of at most `bytes_max`. A pipe or device is refused, because reading it may
// take for ever. Errors: kUsage, with the reason; the name is left to the caller, who has its
// place.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path, std::size_t bytes_max);

// The files that `pattern` names, beside the file `beside` unless it is absolute, in lexical order.
// Only the last part may have wildcards; hidden files do not match. With wildcards it may be none.
[[nodiscard]] Result<std::vector<std::string>> matching_files(
    const std::string& beside, const std::string& pattern
);

}  // namespace flowgauge
