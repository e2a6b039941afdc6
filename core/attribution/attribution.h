// Attribution: which process a flow belongs to, as its record says it. Plain values, so that
// columns and sinks can read them without knowing how they were found (visibility/).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace flowgauge {

// How a socket was tied to a flow, from the surest on; the words are those of the column
// system_match.
enum class OwnerMatch : std::uint8_t {
    kEvent,     // the kernel said who connected or listened
    kExact,     // a socket of the same two ends existed while the flow did
    kUdp,       // an unconnected socket of the same local end
    kListener,  // the listening socket that accepts such connections
    kUidOnly,   // the socket is known, its process is not
    kNone,
};
constexpr std::array<std::string_view, 6> kOwnerMatchNames{
    "event", "exact", "udp", "listener", "uid_only", "none"};
constexpr std::size_t kOwnerMatchCount = kOwnerMatchNames.size();

// Why a flow has its process, or why it has none: column system_reason.
enum class OwnerReason : std::uint8_t {
    kOk,
    kNotLocal,   // neither end is an address of this machine
    kUnseen,     // no socket was seen while the flow existed
    kNoFd,       // no process holds the socket: the kernel's own, in flight, in an io_uring
    kAmbiguous,  // several processes could be meant
    kDenied,     // the processes of others may not be looked at
    kDisabled,   // nobody looked: files, or looking had not begun
};
constexpr std::array<std::string_view, 7> kOwnerReasonNames{
    "ok", "not_local", "unseen", "no_fd", "ambiguous", "denied", "disabled"};
constexpr std::size_t kOwnerReasonCount = kOwnerReasonNames.size();

[[nodiscard]] constexpr std::string_view to_string(OwnerMatch match) noexcept {
    return kOwnerMatchNames[static_cast<std::size_t>(match)];
}
[[nodiscard]] constexpr std::string_view to_string(OwnerReason reason) noexcept {
    return kOwnerReasonNames[static_cast<std::size_t>(reason)];
}

// Who owned a socket. Immutable once shared; one object for all flows of a process. Texts are UTF-8
// without what is not; unknown ones are empty.
struct SocketOwner {
    std::int32_t pid = -1;  // -1: the process is not known, what follows is the socket's
    std::int64_t uid = -1;  // -1: unknown
    std::uint64_t start =
        0;             // of the process, in clock ticks since the machine started; 0: unknown
    std::string name;  // as psutil names it: comm, or the longer beginning of argv[0]
    std::string executable;
    std::string command_line;  // empty unless it was asked for
    std::string user;
    std::string cgroup;        // path in the unified hierarchy
    std::string container_id;  // 64 hexadecimal digits, or what its runtime uses
    std::string unit;          // systemd's

    friend bool operator==(const SocketOwner&, const SocketOwner&) = default;
};

// The answer for one flow. `owner` is who is at the flow's source, if the source is an address of
// this machine, else who is at its destination; if both are, an end in the sensor's own network
// namespace goes before one in another, and `peer` is who is at the other end.
// Null: unknown. `match` and `reason` are those of `owner`.
struct Attribution {
    std::shared_ptr<const SocketOwner> owner;
    std::shared_ptr<const SocketOwner> peer;
    OwnerMatch match = OwnerMatch::kNone;
    OwnerReason reason = OwnerReason::kDisabled;
    bool at_destination = false;  // `owner` is at the flow's destination
};

}  // namespace flowgauge
