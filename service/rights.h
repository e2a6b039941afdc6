// The capabilities of the process (capabilities(7)): giving up what is not needed, and saying what
// is missing.
#pragma once

#include "core/base/result.h"

#include <string>
#include <vector>

namespace flowgauge {

// What the configuration asks of the kernel.
struct NeededRights {
    bool capture = false;    // packet sockets, at any time: an interface that comes back needs one
    bool busy_poll = false;  // SO_BUSY_POLL above the system's own value
    bool placement = false;  // binding workers to CPUs: a filter of system calls may forbid it
    bool processes = false;  // which process holds a socket, at any time
    bool name_spaces = false;  // sockets of other network namespaces by netlink
};

// Keeps CAP_NET_RAW for `capture`, CAP_NET_ADMIN for `busy_poll`, CAP_SYS_PTRACE and
// CAP_DAC_READ_SEARCH for `processes`, CAP_SYS_ADMIN for `name_spaces`, and gives up all others for
// good: permitted, effective, inheritable, ambient, and by no_new_privs those that a program
// started later could gain. User 0 keeps CAP_DAC_OVERRIDE, too: who starts the program as root from
// a shell expects files in anybody's directory to open, now and when they are rotated. Where only
// the ambient set is more than is needed, as under flowgauge.service, capset(2) is not called: the
// unit's filter forbids it.
//
// Thread: the kernel changes the calling one alone, and those that it starts later inherit. So the
// main one calls this before any other starts but the poller of sockets, which calls it for itself.
// Requires: what needs more rights has been opened (ports below 1024, the control
// socket's group). Errors: kSystem, when a seccomp filter refuses, as that of
// flowgauge.service does with a drop-in that grants more: worth a warning, no more.
[[nodiscard]] Result<void> drop_capabilities(const NeededRights& needed);

// One sentence for each right that `needed` asks for and this thread has not, with what that costs.
[[nodiscard]] std::vector<std::string> missing_rights(const NeededRights& needed);

}  // namespace flowgauge
