// Why a frame is in no flow. Each rejected frame has exactly one reason and one count.
//
// The words are the same in --summary, metrics and documentation. The law they serve:
// packets_read = packets_in_flows + the sum over all reasons.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>

namespace flowgauge {

enum class Rejection : std::uint8_t {
    kNone,  // not rejected; never counted
    kFilter,
    kLinkType,
    kTruncatedLink,
    kShortFrame,
    kArp,
    kLlc,
    kNotIp,
    kWirelessControl,
    kWirelessEncrypted,
    kWirelessAggregate,
    kWirelessFragment,
    kWirelessDamaged,
    kEncapsulationDepth,
    kTruncatedIp,
    kMalformedIp,
    kNoNextHeader,
    kTruncatedTransport,
    kTunnelPayload,
    kFragment,
    kReassembledFragment,
    kFragmentDuplicate,
    kFragmentOverlap,
    kFragmentTimeout,
    kFragmentMemory,
    kFragmentEndOfInput,
    kTimeRange,
    kHandoffFull,
    kCount,
};

constexpr std::size_t kRejectionCount = static_cast<std::size_t>(Rejection::kCount);

// One row a reason: its word and its meaning. docs/COUNTERS.md prints it.
struct RejectionText {
    std::string_view name;
    std::string_view meaning;
};

constexpr std::array<RejectionText, kRejectionCount> kRejectionTexts{{
    {"none", "not rejected"},
    {"filter", "refused by bpf_filter while reading a file"},
    {"link_type", "link type that the decoder does not read"},
    {"truncated_link", "captured bytes end inside the link header or a tag"},
    {"short_frame", "fewer captured bytes than minimum_frame_bytes asks for"},
    {"arp", "ARP or RARP"},
    {"llc", "IEEE 802.2 LLC without IP inside (spanning tree, NetBEUI, IS-IS)"},
    {"not_ip", "another protocol than IP on the link"},
    {"wireless_control", "IEEE 802.11 management or control frame, or data frame without data"},
    {"wireless_encrypted", "IEEE 802.11 data frame whose payload is encrypted"},
    {"wireless_aggregate", "IEEE 802.11 frame of several packets (A-MSDU)"},
    {"wireless_fragment", "later fragment of an IEEE 802.11 frame"},
    {"wireless_damaged", "IEEE 802.11 frame that was received with a wrong checksum"},
    {"encapsulation_depth",
     "more tags, labels, headers or tunnels inside each other than are read"},
    {"truncated_ip", "captured bytes end inside an IP header"},
    {"malformed_ip", "IP header whose lengths contradict each other"},
    {"no_next_header", "IPv6 without payload (next header 59)"},
    {"truncated_transport", "captured bytes end inside the TCP or UDP header"},
    {"tunnel_payload", "tunnel packet whose inner packet is not IP"},
    {"fragment", "later IP fragment, with fragments: first_only"},
    {"reassembled_fragment", "fragment that completed with others to one packet (healthy)"},
    {"fragment_duplicate", "exact copy of a fragment already held"},
    {"fragment_overlap", "fragments of one datagram that contradict each other"},
    {"fragment_timeout", "datagram not complete within 30 s (IPv4) or 60 s (IPv6)"},
    {"fragment_memory", "reassembly memory full; the oldest datagram gave way"},
    {"fragment_end_of_input", "datagram not complete when the input ended"},
    {"time_range", "time stamp that the time unit cannot hold"},
    {"handoff_full", "queue to the worker that owns the flow was full"},
}};

[[nodiscard]] constexpr std::string_view to_string(Rejection reason) noexcept {
    return kRejectionTexts[static_cast<std::size_t>(reason)].name;
}

// Frames by reason. Thread: one writer; copy it to hand it on.
struct RejectionCounts {
    std::array<std::uint64_t, kRejectionCount> frames{};

    void add(Rejection reason, std::uint64_t count = 1) noexcept {
        frames[static_cast<std::size_t>(reason)] += count;
    }
    [[nodiscard]] std::uint64_t of(Rejection reason) const noexcept {
        return frames[static_cast<std::size_t>(reason)];
    }
    [[nodiscard]] std::uint64_t total() const noexcept {
        return std::accumulate(frames.begin(), frames.end(), std::uint64_t{0});
    }
    void merge(const RejectionCounts& other) noexcept {
        for (std::size_t i = 0; i < frames.size(); ++i) {
            frames[i] += other.frames[i];
        }
    }
};

}  // namespace flowgauge
