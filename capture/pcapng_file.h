// PcapngFile: reads pcapng (draft-ietf-opsawg-pcapng), with any number of sections and interfaces.
//
// Every block that is not a packet, an interface or a section is skipped, however long.
#pragma once

#include "capture/byte_order.h"
#include "capture/capture_file.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// Thread and ownership: as CaptureFile.
class PcapngFile final : public CaptureFile {
public:
    // Whether a file that starts with these four bytes is one of ours.
    [[nodiscard]] static bool recognises(const std::uint8_t* magic) noexcept;

    // Requires: recognises() the first bytes of `stream`. Errors: see CaptureFile::open().
    [[nodiscard]] static Result<std::unique_ptr<CaptureFile>> open(
        ByteStream stream, std::string name
    );

    // See CaptureFile. A time before 1970 becomes 0, and so does that of a Simple Packet Block,
    // which has none; what is finer than a nanosecond is cut off. Also kDamaged: a time resolution
    // finer than 10^-19 s or 2^-63 s, a packet of more than 16 MiB, and more than 65,536 interfaces
    // in a section.
    [[nodiscard]] Status next(Frame& frame) override;

private:
    // One block, without its type and lengths; `body` is empty for a skipped type.
    struct Block {
        std::uint32_t type = 0;
        std::span<const std::uint8_t> body;
    };

    // What an Interface Description Block says.
    struct Interface {
        LinkType link_type = LinkType::kEthernet;
        std::uint32_t snapshot_bytes = 0;  // 0: no limit
        std::uint64_t ticks_per_second = 1'000'000;
        std::uint64_t nanoseconds_per_tick = 1'000;  // 0: not a whole number
        std::int64_t offset_seconds = 0;
    };

    PcapngFile(ByteStream stream, std::string name);

    // Each returns false, with the status set, if there is nothing to go on with.
    [[nodiscard]] bool read_block(Block& block);
    [[nodiscard]] bool read_byte_order();
    [[nodiscard]] bool check_length(std::uint32_t type, std::uint32_t length);
    [[nodiscard]] bool skip_block(std::uint32_t length);
    [[nodiscard]] bool stop_short(std::uint64_t needed);
    bool stop_damaged(std::string_view what);

    // Acts on a block; returns whether it gave a frame.
    [[nodiscard]] bool take(const Block& block, Frame& frame);
    void start_section(std::span<const std::uint8_t> body);
    void add_interface(std::span<const std::uint8_t> body);
    void read_interface_options(std::span<const std::uint8_t> options, Interface& interface);
    [[nodiscard]] bool take_packet(const Block& block, Frame& frame);
    [[nodiscard]] bool take_simple_packet(std::span<const std::uint8_t> body, Frame& frame);
    [[nodiscard]] const Interface* find_interface(std::uint32_t number);

    // Sets the resolution from the value of an if_tsresol option. Returns false if it is too fine.
    [[nodiscard]] static bool set_resolution(std::uint8_t option, Interface& interface) noexcept;
    [[nodiscard]] static CaptureTime
    to_time(std::uint64_t ticks, const Interface& interface) noexcept;

    ByteOrder order_;
    std::vector<Interface> interfaces_;  // of the section
    Place place_{"block", 0, 0};         // the block last read
};

}  // namespace flowgauge
