// Stream sockets that do not wait, and what the kernel knows of bytes on their way.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"
#include "export/network/name_lookup.h"
#include "export/network/network_options.h"

#include <cstdint>
#include <optional>

namespace flowgauge {

// A socket that is connecting, or connected already. Errors: the kernel's reason.
[[nodiscard]] Result<FileDescriptor> open_stream_socket(
    const SocketAddress& peer, const StreamOptions& options
);

// What became of connecting: an errno, 0 for success, or nothing yet.
[[nodiscard]] std::optional<int> connect_outcome(int socket);

// Bytes that were accepted and that the peer's kernel has not confirmed; of a unix socket, at least
// those that the peer has not read. Holds for a connection that was reset, too, but not for a unix
// socket whose peer is gone.
[[nodiscard]] std::uint64_t unconfirmed_bytes(int socket);

// What the send buffer of this socket holds at most.
[[nodiscard]] std::uint64_t send_buffer_of(int socket);

// Bytes that a TCP peer may have confirmed without its program having read them, at most.
//
// The largest window that the peer announced is no bound: a peer that reads slowly was seen to hold
// 327,150 bytes unread having announced 159,744 at most, because a window tells what is free and
// the kernel makes room as it goes. But Linux chooses the scale of its windows so that they can
// tell of the whole of the largest buffer that it may give the socket
// (tcp_select_initial_window()), and other systems have no reason for larger buffers. So what the
// scale allows is a bound.
[[nodiscard]] std::uint64_t peer_buffer_max(int socket);

}  // namespace flowgauge
