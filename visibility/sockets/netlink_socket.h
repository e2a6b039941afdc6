// NetlinkSocket: asks the kernel for dumps. It belongs to the network namespace in which it was
// made, wherever its user is, and keeps that namespace alive.
#pragma once

#include "core/base/file_descriptor.h"
#include "visibility/sockets/netlink_messages.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>

namespace flowgauge {

// Room for a piece: the kernel makes none that is larger than 32 KiB, and none larger than this
// room (net/netlink/af_netlink.c, netlink_dump()).
constexpr std::size_t kNetlinkPieceBytes = std::size_t{256} << 10U;

// Thread: one at a time.
class NetlinkSocket {
public:
    NetlinkSocket() = default;

    // Of the calling thread's namespace. `protocol`: NETLINK_SOCK_DIAG, NETLINK_ROUTE. Sets errno
    // and is false when it fails.
    [[nodiscard]] static NetlinkSocket open(int protocol) noexcept;

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(socket_); }

    // For the header of the next request.
    [[nodiscard]] std::uint32_t next_sequence() noexcept { return ++sequence_; }

    // Sends `request` and hands the answer to read_piece(span) -> DumpOutcome, piece by piece.
    // After kBroken or kFull the socket is closed, for the rest of the dump would be in the way of
    // the next.
    template <typename ReadPiece>
    DumpOutcome dump(
        std::span<const std::uint8_t> request,
        std::span<std::uint8_t> buffer,
        ReadPiece&& read_piece
    ) {
        DumpOutcome outcome = send(request);
        bool interrupted = false;
        for (int pieces = 0; outcome.state == DumpState::kMore; ++pieces) {
            std::size_t size = 0;
            outcome = pieces < kPiecesMax ? receive(buffer, size) : endless();
            if (outcome.state == DumpState::kMore) {
                outcome = read_piece(std::span<const std::uint8_t>(buffer.first(size)));
                interrupted = interrupted || outcome.interrupted;
            }
        }
        outcome.interrupted = interrupted;
        if (outcome.state == DumpState::kBroken || outcome.state == DumpState::kFull) {
            socket_ = FileDescriptor();
        }
        return outcome;
    }

private:
    static constexpr int kPiecesMax = 65'536;  // 2 GiB

    [[nodiscard]] static DumpOutcome endless() noexcept {
        return {.state = DumpState::kBroken, .error = EOVERFLOW};
    }
    [[nodiscard]] DumpOutcome send(std::span<const std::uint8_t> request) const noexcept;

    // Waits at most a second: the kernel makes a piece while it is asked for.
    [[nodiscard]] DumpOutcome receive(std::span<std::uint8_t> buffer, std::size_t& size)
        const noexcept;

    FileDescriptor socket_;
    std::uint32_t sequence_ = 0;
};

}  // namespace flowgauge
