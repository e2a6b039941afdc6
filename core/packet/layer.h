// Layer: where the decoder stands in a frame.
#pragma once

#include "core/base/byte_cursor.h"

#include <cstddef>
#include <cstdint>

namespace flowgauge {

// The bytes from the header that comes next to the end of what was captured, and how many there
// were on the wire. The two differ when the snapshot length cut the frame.
struct Layer {
    ByteCursor bytes;
    std::uint32_t wire_bytes = 0;

    // Moves both past `count` bytes. Returns false when they were not captured.
    [[nodiscard]] bool skip(std::size_t count) noexcept {
        if (!bytes.skip(count)) {
            return false;
        }
        wire_bytes -= wire_bytes < count ? wire_bytes : static_cast<std::uint32_t>(count);
        return true;
    }
};

// VLAN tags, MPLS labels, extension headers and IP headers inside each other that are followed; a
// frame with more is rejected as encapsulation_depth.
constexpr int kTagsMax = 16;
constexpr int kExtensionHeadersMax = 16;
constexpr std::uint8_t kEncapsulationsMax = 8;

}  // namespace flowgauge
