#include "export/network/datagram_sender.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

// The socket tells an error of an earlier datagram in place of sending this one, and forgets it. So
// a refusal means this datagram only when it comes again.
constexpr unsigned kAttemptsMax = 3;

Error system_error(int code) {
    return Error{ErrorKind::kOutput, std::generic_category().message(code)};
}

bool set(int socket, int level, int name, int value) {
    return ::setsockopt(socket, level, name, &value, sizeof value) == 0;
}

// Each datagram is a packet of its own, or an error.
bool forbid_fragments(int socket, int family) {
    if (family == AF_INET) {
        return set(socket, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    }
    return set(socket, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO) &&
           set(socket, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
}

bool means_no_segmentation(int code) {
    return code == EIO || code == EINVAL || code == ENOPROTOOPT || code == EOPNOTSUPP;
}

// Whether it may work later, with the same datagram.
bool may_pass(int code) {
    switch (code) {
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOTCONN:
    case EPIPE:
    case EDESTADDRREQ:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case ENODEV:
    case EADDRNOTAVAIL:
    case EPERM:  // a firewall rule
    case EACCES:
        return true;
    default:
        return false;
    }
}

}  // namespace

Result<DatagramSender> DatagramSender::open(
    const SocketAddress& peer, const DatagramOptions& options
) {
    FileDescriptor socket(::socket(peer.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) {
        return system_error(errno);
    }
    const bool is_udp = peer.family() != AF_UNIX;
    if (is_udp && !options.may_fragment && !forbid_fragments(socket.get(), peer.family())) {
        return system_error(errno);
    }
    if (::connect(socket.get(), peer.get(), peer.size) != 0) {
        return system_error(errno);
    }
    // 0 switches nothing on: it asks whether the kernel knows the option (since 4.18).
    const bool segmenting = is_udp && set(socket.get(), IPPROTO_UDP, UDP_SEGMENT, 0);
    return DatagramSender(std::move(socket), segmenting, options.message_size);
}

DatagramSender::DatagramSender(
    FileDescriptor socket, bool segmenting, std::size_t message_max
) noexcept
    : socket_(std::move(socket)),
      segmenting_(segmenting),
      message_max_(message_max) {}

DatagramSender::Outcome DatagramSender::send(DatagramBatch& batch) {
    while (!batch.is_done()) {
        if (batch.message(0).size() > message_max_) {
            batch.lost(RecordLoss::kTooLong);
            continue;
        }
        const std::size_t count = gather(batch);
        const int taken = ::sendmmsg(
            socket_.get(),
            headers_.data(),
            static_cast<unsigned>(count),
            MSG_NOSIGNAL | MSG_DONTWAIT
        );
        ++calls_;
        if (taken > 0) {
            settle_taken(static_cast<std::size_t>(taken), count, batch);
        } else if (errno == EAGAIN) {
            was_short_ = false;
            return Outcome::kBlocked;
        } else if (errno == ENOBUFS || errno == ENOMEM) {
            was_short_ = false;
            return Outcome::kBusy;
        } else if (errno != EINTR && !settle_error(errno, batch)) {
            return Outcome::kBroken;
        }
    }
    return Outcome::kDone;
}

// Fills the headers for as many runs as one call takes. Returns how many.
std::size_t DatagramSender::gather(const DatagramBatch& batch) {
    std::size_t first = 0;
    std::size_t count = 0;
    while (count < kCallMax && first < batch.undecided() &&
           batch.message(first).size() <= message_max_) {
        Run& run = runs_[count];
        run.messages = run_length(batch, first);
        run.bytes = 0;
        for (std::size_t i = 0; i < run.messages; ++i) {
            run.bytes += batch.message(first + i).size();
        }
        const std::string_view head = batch.message(first);
        // Messages lie one behind the other, so one piece is all of a run.
        pieces_[count] = {.iov_base = const_cast<char*>(head.data()), .iov_len = run.bytes};
        headers_[count] = {};
        msghdr& header = headers_[count].msg_hdr;
        header.msg_iov = &pieces_[count];
        header.msg_iovlen = 1;
        if (run.messages > 1) {
            header.msg_control = run.control.data();
            header.msg_controllen = run.control.size();
            cmsghdr* const control = CMSG_FIRSTHDR(&header);
            control->cmsg_level = IPPROTO_UDP;
            control->cmsg_type = UDP_SEGMENT;
            control->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
            const auto size = static_cast<std::uint16_t>(head.size());
            std::memcpy(CMSG_DATA(control), &size, sizeof size);
        }
        first += run.messages;
        ++count;
    }
    return count;
}

std::size_t DatagramSender::run_length(const DatagramBatch& batch, std::size_t first) const {
    const std::size_t size = batch.message(first).size();
    if (!segmenting_ || first < alone_ || size == 0) {
        return 1;
    }
    std::size_t length = 1;
    std::size_t bytes = size;
    while (length < kRunMax && first + length < batch.undecided()) {
        const std::size_t next = batch.message(first + length).size();
        if (next > size || next == 0 || bytes + next > kRunBytes) {
            break;
        }
        bytes += next;
        ++length;
        if (next < size) {
            break;  // only the last segment may be shorter
        }
    }
    return length;
}

// A call that ends early swallows the error at which it did. If the next one takes the same message
// without complaint, it was an error of an earlier datagram: its port is closed.
void DatagramSender::settle_taken(std::size_t taken, std::size_t count, DatagramBatch& batch) {
    attempts_ = 0;
    if (was_short_) {
        ++errors_;
        ++refusals_;
    }
    was_short_ = taken < count;
    for (std::size_t i = 0; i < taken; ++i) {
        batch.sent(runs_[i].messages);
        bytes_ += runs_[i].bytes;
        alone_ -= std::min(alone_, runs_[i].messages);
    }
}

// The first run was refused. Returns false if nothing gets out any more.
bool DatagramSender::settle_error(int code, DatagramBatch& batch) {
    was_short_ = false;
    const std::size_t length = runs_[0].messages;
    if (length > 1 && means_no_segmentation(code)) {
        segmenting_ = false;
        return true;
    }
    ++errors_;
    refusals_ += code == ECONNREFUSED ? 1 : 0;
    if (length > 1 && code == EMSGSIZE) {
        alone_ = length;
        return true;
    }
    if (++attempts_ < kAttemptsMax) {
        return true;
    }
    if (code == EMSGSIZE) {
        return give_up(RecordLoss::kTooLong, batch);
    }
    if (may_pass(code)) {
        attempts_ = 0;
        error_code_ = code;
        return false;
    }
    return give_up(RecordLoss::kOutputFailed, batch);
}

bool DatagramSender::give_up(RecordLoss loss, DatagramBatch& batch) {
    attempts_ = 0;
    alone_ -= std::min<std::size_t>(alone_, 1);
    batch.lost(loss);
    return true;
}

}  // namespace flowgauge
