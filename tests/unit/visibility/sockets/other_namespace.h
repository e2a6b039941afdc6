// Network namespaces for tests of the table of sockets: one of the calling thread, and one of a
// process beside it.
#pragma once

#include "core/base/file_descriptor.h"

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace flowgauge::test {

// Calls `what` on a thread of its own, in a new network namespace whose loopback is up. Returns why
// it cannot, or nothing.
[[nodiscard]] std::string run_in_new_namespace(const std::function<void()>& what);

// Calls `what` on a thread of its own, in the same namespace, without this capability (CAP_...).
// Returns why it cannot, or nothing.
[[nodiscard]] std::string run_without_capability(int capability, const std::function<void()>& what);

// The same, where socket(AF_NETLINK, ...) is refused with EAFNOSUPPORT, as systemd's
// RestrictAddressFamilies= does.
[[nodiscard]] std::string run_without_netlink(const std::function<void()>& what);

// A child process in a network namespace of its own, whose loopback is up and which holds a
// listening TCP socket on 127.0.0.1 and a UDP socket on [::], both on kPort.
// Ownership: the child ends when this object does.
class OtherNamespace {
public:
    static constexpr std::uint16_t kPort = 4711;

    OtherNamespace();
    OtherNamespace(const OtherNamespace&) = delete;
    OtherNamespace& operator=(const OtherNamespace&) = delete;
    ~OtherNamespace() { end(); }

    // Whether it could be made.
    [[nodiscard]] explicit operator bool() const noexcept { return inode_ != 0; }
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    [[nodiscard]] std::uint32_t inode() const noexcept { return inode_; }

    // Waits for the end of the child.
    void end();

private:
    pid_t pid_ = -1;
    std::uint32_t inode_ = 0;
    FileDescriptor life_;  // the child ends when it is closed
};

// Of the calling thread.
[[nodiscard]] std::uint32_t namespace_of_this_thread();

// Brings "lo" up in the calling thread's namespace.
[[nodiscard]] bool bring_loopback_up();

// How many descriptors this process has.
[[nodiscard]] std::size_t open_descriptors();

}  // namespace flowgauge::test
