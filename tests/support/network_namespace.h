// A network of its own for a live test: a fresh namespace, a veth pair in it and a sender of raw
// frames. Everything is gone when its objects are.
//
// Needs CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW: a test that gets an error from enter() skips.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge::test {

// Runs a program without a shell, in the calling thread's namespace. Returns what it printed, or an
// error unless it exits with 0.
[[nodiscard]] Result<std::string> run(const std::vector<std::string>& command);

// Runs `ip` with these words, separated by single blanks.
[[nodiscard]] Result<std::string> run_ip(std::string_view words);

// Thread: moves the calling thread into a new namespace, and back when destroyed; destroy it on the
// same thread, after the sockets. IPv6 is off there, so that no frame is foreign. All links are
// down.
class NetworkNamespace {
public:
    [[nodiscard]] static Result<NetworkNamespace> enter();

    NetworkNamespace(NetworkNamespace&&) noexcept = default;
    NetworkNamespace& operator=(NetworkNamespace&&) = delete;
    NetworkNamespace(const NetworkNamespace&) = delete;
    NetworkNamespace& operator=(const NetworkNamespace&) = delete;
    ~NetworkNamespace();

private:
    explicit NetworkNamespace(FileDescriptor home) noexcept : home_(std::move(home)) {}

    FileDescriptor home_;  // the namespace to go back to
};

// Ends of the pair that add_veth_pair() makes. By convention tests send on the first.
constexpr const char* kSendingEnd = "g0";
constexpr const char* kReceivingEnd = "c0";

// Adds a veth pair to the calling thread's namespace, both ends up, ARP off, MTU 1500. Frames sent
// on kSendingEnd afterwards arrive.
[[nodiscard]] Result<void> add_veth_pair();

// Sends whole frames out of one interface. What send() returned for has been handed to the device.
class FrameSender {
public:
    [[nodiscard]] static Result<FrameSender> open(const std::string& interface);

    // Returns whether the kernel took the frame.
    [[nodiscard]] bool send(std::span<const std::uint8_t> frame) const;

private:
    FrameSender(FileDescriptor socket, int index) noexcept
        : socket_(std::move(socket)),
          interface_index_(index) {}

    FileDescriptor socket_;
    int interface_index_ = 0;
};

}  // namespace flowgauge::test
