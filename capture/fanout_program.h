// The program by which the kernel chooses the ring of a packet: steering_hash() over the outermost
// IP address pair, so that the kernel, the file reader and the workers agree on the owner.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace flowgauge {

// Returns a classic BPF program for PACKET_FANOUT_DATA. Its result is steering_hash() of the
// address pair of an IPv4 or IPv6 packet, and kUnsteeredWorker for all else; the kernel takes it
// modulo the number of members.
//
// It dispatches on the protocol that the kernel has found and loads relative to the network header:
// a packet's data begins at layer 3 on receive but at the MAC header on transmit, and a tag left
// after the stripped one begins with a byte that may look like an IP version (priority 2 or 3).
//
// A packet too short to hold its addresses gives 0. So do, on kernels that
// load from the linear part of a buffer only, addresses that the driver left outside of it; the
// worker hands those over to their owner.
[[nodiscard]] std::vector<sock_filter> fanout_program();

}  // namespace flowgauge
