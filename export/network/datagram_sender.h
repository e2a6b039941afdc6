// DatagramSender: many datagrams with few calls of the kernel.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"
#include "export/network/datagram_batch.h"
#include "export/network/name_lookup.h"
#include "export/network/network_options.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace flowgauge {

// Runs of messages of equal length, of which the last may be shorter, are cut by the kernel or the
// network card (UDP_SEGMENT): one call for up to 64 of them takes a tenth of the time of 64 calls.
// Where that does not work it is not tried again. Thread: one.
class DatagramSender {
public:
    enum class Outcome : std::uint8_t {
        kDone,     // every message is decided
        kBlocked,  // the socket is full: again when it is writable
        kBusy,     // the interface is: again after a short while, since nothing tells when
        kBroken,   // nothing gets out: error_code() says why; nobody has decided about the rest
    };

    // Datagrams go to `peer` alone, and only it can answer with errors.
    [[nodiscard]] static Result<DatagramSender> open(
        const SocketAddress& peer, const DatagramOptions& options
    );

    // Messages that are too long for the path or for message_size are lost as kTooLong, those that
    // the kernel never takes as kOutputFailed.
    [[nodiscard]] Outcome send(DatagramBatch& batch);

    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
    [[nodiscard]] int error_code() const noexcept { return error_code_; }

    // Since the socket was opened.
    [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    // Errors that the kernel told, most of them of datagrams that it had taken before: the port is
    // closed, the path has become narrower.
    [[nodiscard]] std::uint64_t errors() const noexcept { return errors_; }
    // Of them, those that say that the port is closed.
    [[nodiscard]] std::uint64_t refusals() const noexcept { return refusals_; }
    [[nodiscard]] bool is_segmenting() const noexcept { return segmenting_; }

private:
    static constexpr std::size_t kCallMax = 32;       // runs in one call
    static constexpr std::size_t kRunMax = 64;        // messages in a run (UDP_MAX_SEGMENTS)
    static constexpr std::size_t kRunBytes = 65'000;  // below what an IPv4 packet holds

    struct Run {
        std::size_t messages = 0;
        std::size_t bytes = 0;
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control{};
    };

    DatagramSender(FileDescriptor socket, bool segmenting, std::size_t message_max) noexcept;

    std::size_t gather(const DatagramBatch& batch);
    [[nodiscard]] std::size_t run_length(const DatagramBatch& batch, std::size_t first) const;
    void settle_taken(std::size_t taken, std::size_t count, DatagramBatch& batch);
    bool settle_error(int code, DatagramBatch& batch);
    bool give_up(RecordLoss loss, DatagramBatch& batch);

    FileDescriptor socket_;
    bool segmenting_ = false;
    std::size_t message_max_ = 0;
    std::size_t alone_ = 0;   // so many messages are sent one by one
    unsigned attempts_ = 0;   // in a row, of the same message
    bool was_short_ = false;  // the last call ended early, and did not say why
    int error_code_ = 0;
    std::uint64_t calls_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t errors_ = 0;
    std::uint64_t refusals_ = 0;
    std::array<mmsghdr, kCallMax> headers_{};
    std::array<Run, kCallMax> runs_{};
    std::array<iovec, kCallMax> pieces_{};
};

}  // namespace flowgauge
