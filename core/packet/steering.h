// Which worker owns a packet: one symmetric function of an address pair, used by the kernel's
// fanout program (capture/fanout_program.cpp), the file reader and every worker.
//
// Ports stay out of it, so that fragments and both directions of every flow have one owner. It is
// made of what classic BPF can compute on 32-bit words; both sides are held together by a test.
#pragma once

#include "core/base/ip_address.h"

#include <bit>
#include <cstdint>

namespace flowgauge {

// Multipliers of the mix below. Only the fanout program needs them by name.
constexpr std::uint32_t kSteeringXorFactor = 0x9E3779B1;
constexpr std::uint32_t kSteeringSumFactor = 0x85EBCA6B;
constexpr std::uint32_t kSteeringFinalFactor = 0xC2B2AE35;

// Mixes the exclusive-or and the sum (mod 2^32) of all 32-bit words of both addresses. Either alone
// is constant over common address plans; both together spread them.
[[nodiscard]] constexpr std::uint32_t mix_steering_words(
    std::uint32_t exclusive_or, std::uint32_t sum
) noexcept {
    std::uint32_t hash = exclusive_or * kSteeringXorFactor + sum * kSteeringSumFactor;
    hash ^= hash >> 15;
    hash *= kSteeringFinalFactor;
    return hash >> 16;
}

// Returns the same number for (a, b) and (b, a). An IPv4 pair counts 2 words, an IPv6 pair 8; the
// upper words of an IPv4 address are 0 and change nothing.
[[nodiscard]] constexpr std::uint32_t steering_hash(
    const IpAddress& a, const IpAddress& b
) noexcept {
    const std::uint64_t words[] = {a.high, a.low, b.high, b.low};
    std::uint32_t exclusive_or = 0;
    std::uint32_t sum = 0;
    for (const std::uint64_t pair : words) {
        const auto upper = static_cast<std::uint32_t>(pair >> 32);
        const auto lower = static_cast<std::uint32_t>(pair);
        exclusive_or ^= upper ^ lower;
        sum += upper + lower;
    }
    return mix_steering_words(exclusive_or, sum);
}

// The worker of `workers` that owns flows between `a` and `b`. Requires: workers > 0.
// The kernel computes program result % members, which is the same.
[[nodiscard]] constexpr std::uint32_t owner(
    const IpAddress& a, const IpAddress& b, std::uint32_t workers
) noexcept {
    const std::uint32_t hash = steering_hash(a, b);
    return std::has_single_bit(workers) ? hash & (workers - 1) : hash % workers;
}

// Worker 0 of a fanout group receives what the kernel's program cannot look into: other ethertypes,
// remaining VLAN tags, MPLS, PPPoE. It hands each packet over to its owner.
constexpr std::uint32_t kUnsteeredWorker = 0;

}  // namespace flowgauge
