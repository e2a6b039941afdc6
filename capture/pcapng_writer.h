// PcapngWriter: writes frames into a pcapng file (draft-ietf-opsawg-pcapng) as they were captured,
// each with a comment.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"
#include "core/packet/frame.h"

#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// Link type, captured bytes, wire length and time are kept exactly; only a time of 2^63 s and more
// loses its fraction. A stripped VLAN tag, which frames of files do not have, is not put back.
// An interface is described for each link type (and for each kind of time that needs its own) when
// its first frame comes. The file is little-endian, whatever the host.
//
// Ownership: owns the file. Thread: one. Cost: a copy of the frame into a buffer; a system call a
// buffer. Memory: the buffer, and a table of at most 65,536 interfaces; then a new section begins.
class PcapngWriter {
public:
    // Begins the file; what it held before is gone. Errors: kOutput with path and reason.
    [[nodiscard]] static Result<PcapngWriter> open(std::string path);

    // Appends `frame`, with `comment` (up to 65,535 bytes of UTF-8; none if empty). A failure is
    // kept for close(); after it nothing more is written.
    void write(const Frame& frame, std::string_view comment);

    // Writes what is in the buffer. Returns the first failure of all, kOutput with path and reason.
    [[nodiscard]] Result<void> close();

private:
    // What the frames of one interface share. A time of it is `offset_seconds` and ticks of 10^-9 s
    // or, with `whole_seconds`, of 1 s.
    struct Interface {
        LinkType link_type = LinkType::kEthernet;
        std::uint64_t offset_seconds = 0;
        bool whole_seconds = false;

        friend auto operator<=>(const Interface&, const Interface&) = default;
    };

    PcapngWriter(FileDescriptor file, std::string path);

    [[nodiscard]] static Interface interface_of(const Frame& frame) noexcept;
    [[nodiscard]] std::uint32_t number_of(const Interface& interface);
    void begin_section();
    void describe(const Interface& interface);
    void put16(std::uint64_t value) { put_integer(value, 2); }
    void put32(std::uint64_t value) { put_integer(value, 4); }
    void put_integer(std::uint64_t value, unsigned bytes);
    void put_option(std::uint16_t code, std::span<const std::uint8_t> value);
    void put_padded(std::span<const std::uint8_t> bytes);
    void put(std::span<const std::uint8_t> bytes);
    void flush();

    FileDescriptor file_;
    std::string path_;
    std::vector<std::uint8_t> buffer_;
    std::map<Interface, std::uint32_t> interfaces_;  // of the section, with their numbers
    Result<void> outcome_;
};

}  // namespace flowgauge
