// PacketFilter: a filter in the language of tcpdump, for frames of a file.
//
// A live capture gives the filter to the kernel instead.
#pragma once

#include "core/base/result.h"
#include "core/packet/frame.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

struct bpf_program;  // of libpcap, which only the source includes

namespace flowgauge {

// Ownership: owns the compiled program. Thread: any; matches() by several at once.
class PacketFilter {
public:
    // Compiles `text` for frames of `link_type`, which a program is bound to: a file with two link
    // types needs two filters. An empty text matches everything.
    // Errors: kUsage, "filter "TEXT": REASON", with the reason as libpcap gives it.
    [[nodiscard]] static Result<PacketFilter> compile(
        const std::string& text, LinkType link_type, std::uint32_t snapshot_bytes
    );

    // Whether `frame` passes. Requires: frame.link_type is the one given to compile().
    // A VLAN tag that the kernel stripped is not seen.
    [[nodiscard]] bool matches(const Frame& frame) const noexcept;

private:
    struct Deleter {
        void operator()(bpf_program* program) const noexcept;
    };
    using Program = std::unique_ptr<bpf_program, Deleter>;

    explicit PacketFilter(Program program) noexcept : program_(std::move(program)) {}

    Program program_;
};

// What libpcap calls itself: "libpcap version 1.10.3 (with TPACKET_V3)".
[[nodiscard]] std::string capture_library_version();

}  // namespace flowgauge
