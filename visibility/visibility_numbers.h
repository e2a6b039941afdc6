// VisibilityNumbers: what mapping sockets to processes has done and costs, for metrics and status.
#pragma once

#include "core/attribution/attribution.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

// What one worker has attributed. Trivially copyable, 64-bit numbers only. Law, at every moment
// that is published: records of the shard that expired = sum over matches + waiting, and both sums
// are equal.
struct AttributionCounters {
    std::array<std::uint64_t, kOwnerMatchCount> by_match{};
    std::array<std::uint64_t, kOwnerReasonCount> by_reason{};
    std::uint64_t waited = 0;   // records that were held for the next look
    std::uint64_t waiting = 0;  // of those: still held
    std::uint64_t unheld = 0;   // records that should have been held and found no room
};

// What the poller has done since the start. 64-bit numbers only: published whole.
struct PollerCounters {
    std::uint64_t polls = 0;
    std::uint64_t polls_inconsistent = 0;  // the kernel changed the table while it was read
    std::uint64_t poll_cpu_ns = 0;         // sum, of the thread
    std::uint64_t last_table_ns = 0;       // CPU of the last poll, by stage: reading sockets,
    std::uint64_t last_owner_ns = 0;       // finding owners,
    std::uint64_t last_publish_ns = 0;     // making and handing over the table
    std::uint64_t table_ns = 0;            // the same as sums
    std::uint64_t owner_ns = 0;
    std::uint64_t publish_ns = 0;
    std::uint64_t period_ns = 0;      // in force
    std::uint64_t period_set_ns = 0;  // as configured
    std::uint64_t sockets = 0;        // at the last poll
    std::uint64_t sockets_tcp = 0;
    std::uint64_t sockets_udp = 0;
    std::uint64_t history = 0;          // sockets remembered
    std::uint64_t history_evicted = 0;  // forgotten early, for want of room
    std::uint64_t processes = 0;        // at the last poll
    std::uint64_t namespaces = 0;
    std::uint64_t namespaces_skipped = 0;  // known and not readable, or beyond the bound
    std::uint64_t sockets_unowned = 0;     // with an inode that no process was found for
    std::uint64_t scans_by_hint = 0;       // processes whose descriptors were read, by stage
    std::uint64_t scans_recent = 0;
    std::uint64_t scans_full = 0;
    std::uint64_t scans_of_threads = 0;
    std::uint64_t scans_by_kernel = 0;  // of all processes at once
    std::uint64_t links_read = 0;
    std::uint64_t negative_cache = 0;      // sockets that are not searched for at every poll
    std::uint64_t processes_vanished = 0;  // while they were looked at
    std::uint64_t denied = 0;              // looks that the kernel refused
    std::uint64_t events_connect = 0;
    std::uint64_t events_listen = 0;
    std::uint64_t events_send = 0;
    std::uint64_t events_process = 0;
    std::uint64_t events_lost = 0;
    std::uint64_t covered_ms = 0;  // since 1970 UTC: everything until then was looked at
    std::uint64_t snapshot_bytes = 0;
};

// What is in force, in words. `notes`: what the host does not allow, a sentence each.
struct VisibilityState {
    bool on = false;
    std::string table;   // "sock_diag", "proc"
    std::string events;  // "perf", "bpf", "off"
    std::vector<std::string> notes;
};

}  // namespace flowgauge
