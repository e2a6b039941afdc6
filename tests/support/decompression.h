// Reads back what was compressed, by the libraries and by the tools that people use.
#pragma once

#include "export/compression/compressor.h"

#include <optional>
#include <string>
#include <string_view>

namespace flowgauge::test {

// The content of frames one behind the other; "damaged" behind what could be read.
[[nodiscard]] std::string decompressed(Compression compression, std::string_view frames);

// What `TOOL -dc` says to them; nothing when there is no such program.
[[nodiscard]] std::optional<std::string> decompressed_by(
    const std::string& tool, std::string_view frames
);

}  // namespace flowgauge::test
