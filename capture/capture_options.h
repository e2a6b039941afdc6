// What an operator can say about live capture from one interface: each field with its default, its
// unit and the reason for the default.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace flowgauge {

// Snapshot lengths that stand for 0 (automatic), in bytes. 1536 holds any frame of an MTU of 1500
// with tags; a loopback interface carries frames of up to its MTU of 65536.
constexpr std::uint32_t kSnapshotLengthDefault = 1536;
constexpr std::uint32_t kSnapshotLengthLoopback = 65535;

// Most members of one fanout group; the kernel's default bound.
constexpr std::uint32_t kRingWorkersMax = 256;

// How the kernel spreads packets over the rings of an interface. Workers hand over what is not
// theirs, so records are right either way.
enum class FanoutMode : std::uint8_t {
    kAddresses,  // by steering_hash() of the outermost address pair
    kCpu,        // by the CPU that received it: saves the hand-over where the hardware hashes alike
};

struct CaptureOptions {
    // Name of the interface, as `ip link` prints it. No default: the caller resolves `auto`.
    std::string interface;

    // Filter in pcap-filter(7) syntax, empty for every frame. `vlan 10` finds the tag that the
    // kernel has stripped, as it does on a file; a filter that does not name VLANs looks behind
    // that tag, as tcpdump's. Empty, because what a filter refuses is counted nowhere.
    std::string bpf_filter;

    // Whether to receive frames addressed to other hosts. On, as NFStream: a sensor sits on a
    // mirror port, where nothing is addressed to it.
    bool promiscuous_mode = true;

    // Bytes kept of each frame, 0 for automatic (constants above). A longer value costs memory
    // traffic in the worker; a shorter one takes payload away from the dissection.
    std::uint32_t snapshot_length = 0;

    // Bytes of ring a worker, 0 for kRingBytesDefault (ring_memory.h), which holds the bursts of a
    // stall of 50 ms at 1 M packets/s. plan_ring() caps it by the available memory.
    std::uint64_t socket_buffer_size = 0;

    // How long the kernel may hold a block that is not full. 60 ms costs least CPU on slow links
    // and is the longest delay of a packet; at high rates blocks fill earlier and it does not
    // matter.
    std::chrono::milliseconds ring_retire{60};

    // Rings, and threads that read them, 1..kRingWorkersMax. One, because the fanout of several
    // costs the kernel about 90 ns a packet.
    std::uint32_t workers = 1;

    // By addresses, which needs nothing of the hardware. By CPU is cheaper where the receive hash
    // (RSS) gives both directions of a conversation to one queue, and wasteful where it does not.
    FanoutMode fanout = FanoutMode::kAddresses;

    // How long the kernel polls the driver's queue before a worker sleeps (SO_BUSY_POLL). 0, never:
    // it costs a CPU and shortens delays that records do not show.
    std::chrono::microseconds busy_poll{0};

    // The NUMA node whose memory the rings should lie in; nothing: the kernel decides.
    std::optional<std::uint32_t> memory_node = std::nullopt;
};

// The snapshot length that `options` ask for, with automatic resolved.
[[nodiscard]] constexpr std::uint32_t effective_snapshot_length(
    const CaptureOptions& options, bool is_loopback
) noexcept {
    if (options.snapshot_length != 0) {
        return options.snapshot_length;
    }
    return is_loopback ? kSnapshotLengthLoopback : kSnapshotLengthDefault;
}

}  // namespace flowgauge
