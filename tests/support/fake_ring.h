// FakeRing: a ring in plain memory that a test fills in the kernel's place, with whatever bytes and
// times it wants, and that a RingSource reads as it reads the kernel's.
#pragma once

#include "capture/ring_source.h"
#include "core/base/file_descriptor.h"
#include "tests/support/packet_builder.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace flowgauge::test {

// 512 KiB.
inline const RingGeometry kFakeRing = {.block_bytes = 64 * 1024, .block_count = 8, .note = {}};

struct FakeFrame {
    Bytes bytes;
    CaptureTime time;
    std::uint32_t cut_bytes = 0;  // of the wire, beyond `bytes`
    // A VLAN tag that the kernel would have taken out.
    std::optional<std::uint16_t> tci = std::nullopt;
};

// Thread: one thread fills, and another one may read. Must outlive its source.
class FakeRing {
public:
    explicit FakeRing(const RingGeometry& geometry = kFakeRing);

    // The reading side. Call once.
    [[nodiscard]] RingSource source(LinkType link_type = LinkType::kEthernet) const;

    // Writes the frames into the next block, hands it over and wakes the reader. Returns false, and
    // writes nothing, while the reader has not given that block back, and when they do not fit.
    [[nodiscard]] bool put(std::span<const FakeFrame> frames);
    [[nodiscard]] bool put(const FakeFrame& frame) { return put(std::span(&frame, 1)); }

    // Whether the reader has given all blocks back.
    [[nodiscard]] bool is_read() const noexcept;

private:
    [[nodiscard]] std::uint8_t* block(std::uint32_t index) const noexcept {
        return memory_.get() + std::size_t{index} * geometry_.block_bytes;
    }

    RingGeometry geometry_;
    std::unique_ptr<std::uint8_t[]> memory_;
    FileDescriptor ready_;
    std::uint32_t next_block_ = 0;
};

}  // namespace flowgauge::test
