// LinkWatch: tells which network interfaces there are, which of them the default route leads
// through, and what changes about them. It listens to the kernel (rtnetlink(7)) and asks nothing
// while nothing changes.
#pragma once

#include "capture/link_table.h"
#include "core/base/file_descriptor.h"
#include "core/base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace flowgauge {

// Bytes of messages that may wait to be read; the kernel gives at most net.core.rmem_max.
constexpr int kLinkBufferBytes = 1 << 20;

// Thread: one at a time, and all calls in the same network namespace. Needs no privilege.
// Where messages were lost (ENOBUFS), everything is asked for again and the differences are told,
// so that only what came and went in between is missing from the events.
class LinkWatch {
public:
    // Errors: kSystem.
    [[nodiscard]] static Result<LinkWatch> open(int buffer_bytes = kLinkBufferBytes);

    // Readable when read() has something to do.
    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }

    // What has changed since the last call, in order. Never waits for anything to happen. Reads a
    // bounded number of messages; the descriptor stays readable when there are more.
    [[nodiscard]] std::vector<LinkEvent> read();

    // The interfaces after the events of the last read(), in the order of their indices.
    [[nodiscard]] const std::vector<Link>& links() const noexcept { return table_.links(); }

    // Name of the interface of the default route with the lowest metric in the main table, IPv4
    // before IPv6; nothing when no default route leads through an interface that is up.
    [[nodiscard]] std::optional<std::string> default_route_interface() const;

private:
    enum class Received : unsigned char { kMessages, kNothing, kLoss };

    LinkWatch() = default;

    [[nodiscard]] Received receive(std::vector<LinkEvent>& events);
    void apply(std::span<const std::uint8_t> datagram, std::vector<LinkEvent>& events);
    [[nodiscard]] Result<void> ask_for_links(std::vector<LinkEvent>& events);
    [[nodiscard]] Result<void> ask_for_routes(std::vector<LinkEvent>& events);

    FileDescriptor socket_;
    std::vector<std::uint8_t> buffer_;
    LinkTable table_;
    int default_route_index_ = 0;  // 0: there is none
    bool links_are_stale_ = true;  // messages were lost, or not yet asked for
    bool routes_are_stale_ = true;
};

}  // namespace flowgauge
