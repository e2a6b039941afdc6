// Socket filters of live capture: programs that the kernel runs on each frame before it enters a
// ring. The result of a program is how many bytes of the frame to keep, 0 for none.
#pragma once

#include "capture/network_interface.h"
#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

// One instruction of classic BPF: the layout of the kernel's sock_filter and libpcap's bpf_insn,
// whose headers cannot be included together.
struct FilterInstruction {
    std::uint16_t code = 0;
    std::uint8_t jt = 0;
    std::uint8_t jf = 0;
    std::uint32_t k = 0;
};

using FilterProgram = std::vector<FilterInstruction>;

// Keeps `snapshot_length` bytes of every frame.
[[nodiscard]] FilterProgram accept_all(std::uint32_t snapshot_length);

// Keeps nothing. Refused frames are counted nowhere.
[[nodiscard]] FilterProgram reject_all();

// Returns `program` that refuses the host's own transmissions before all else. A loopback interface
// shows each packet twice, and PACKET_IGNORE_OUTGOING of a socket ends when it joins a fanout
// group, which has a hook of its own (measured: 20 of 10 packets arrive).
[[nodiscard]] FilterProgram without_outgoing(const FilterProgram& program);

// Compiles `text` (pcap-filter(7)) for what a socket on `interface` sees: the outermost VLAN tag is
// not in the bytes but in the kernel's record of the packet, and `vlan 10` must find it there.
// Words that do not name VLANs look behind that tag, as in tcpdump. An empty text gives
// accept_all(). Fails with kUsage for a text that libpcap refuses, and kSystem when libpcap cannot
// look at the interface: without CAP_NET_RAW, or while it is down or gone and lo is down.
[[nodiscard]] Result<FilterProgram> compile_live_filter(
    const NetworkInterface& interface, const std::string& text, std::uint32_t snapshot_length
);

}  // namespace flowgauge
