// PcapFile: reads classic pcap, the format of draft-ietf-opsawg-pcap, in all its variants.
//
// Lenient where a writer's slip leaves no doubt: a record longer than the file's snapshot length, a
// wire length below the captured one, and a fraction of a second and more are all read.
#pragma once

#include "capture/byte_order.h"
#include "capture/capture_file.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace flowgauge {

// Thread and ownership: as CaptureFile.
class PcapFile final : public CaptureFile {
public:
    // Whether a file that starts with these four bytes is one of ours.
    [[nodiscard]] static bool recognises(const std::uint8_t* magic) noexcept;

    // Requires: recognises() the first bytes of `stream`. Errors: see CaptureFile::open().
    [[nodiscard]] static Result<std::unique_ptr<CaptureFile>> open(
        ByteStream stream, std::string name
    );

    [[nodiscard]] Status next(Frame& frame) override;

private:
    PcapFile(ByteStream stream, std::string name);

    [[nodiscard]] Result<void> read_header();
    [[nodiscard]] Status fail_short(std::uint64_t needed);
    [[nodiscard]] Place place() noexcept { return {"record", records_ + 1, stream().offset()}; }

    ByteOrder order_;
    LinkType link_type_ = LinkType::kEthernet;
    std::size_t record_header_bytes_ = 0;
    std::uint32_t ticks_per_second_ = 0;
    std::uint32_t nanoseconds_per_tick_ = 0;
    bool lengths_may_be_swapped_ = false;
    std::uint64_t records_ = 0;  // delivered
};

}  // namespace flowgauge
