#include "export/disk/ring_writer.h"

#include <poll.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

namespace flowgauge {
namespace {

constexpr unsigned kEntries = 64;                          // requests told to the kernel together
constexpr std::size_t kRequestMax = std::size_t{1} << 30;  // one request writes an int's worth
// After that long what the kernel did not take is told to it again.
constexpr std::chrono::milliseconds kPatience{1000};
constexpr std::uint64_t kSyncBit = 1;  // of user_data; the rest is the place of the operation

// Whether io_uring_enter(2) works too: a filter may forbid it alone.
bool answers(io_uring& ring) {
    io_uring_sqe* request = ::io_uring_get_sqe(&ring);
    io_uring_cqe* answer = nullptr;
    if (request == nullptr) {
        return false;
    }
    ::io_uring_prep_nop(request);
    if (::io_uring_submit(&ring) != 1 || ::io_uring_peek_cqe(&ring, &answer) != 0) {
        return false;
    }
    ::io_uring_cqe_seen(&ring, answer);
    return true;
}

bool has_operations(io_uring& ring) {
    io_uring_probe* probe = ::io_uring_get_probe_ring(&ring);
    if (probe == nullptr) {
        return false;
    }
    const bool known = ::io_uring_opcode_supported(probe, IORING_OP_WRITE) != 0 &&
                       ::io_uring_opcode_supported(probe, IORING_OP_FSYNC) != 0;
    ::io_uring_free_probe(probe);
    return known;
}

}  // namespace

std::unique_ptr<RingWriter> RingWriter::open() {
    io_uring ring{};
    if (::io_uring_queue_init(kEntries, &ring, 0) != 0) {
        return nullptr;
    }
    // Without NODROP an answer could be lost when many come at one time.
    if ((ring.features & IORING_FEAT_NODROP) == 0 || !has_operations(ring) || !answers(ring)) {
        ::io_uring_queue_exit(&ring);
        return nullptr;
    }
    return std::unique_ptr<RingWriter>(new RingWriter(ring));
}

RingWriter::~RingWriter() {
    while (busy_ != 0) {
        wait(kPatience);
        turn();
    }
    ::io_uring_queue_exit(&ring_);
}

void RingWriter::submit(DiskWrite& write) {
    assert(!write.busy);
    write.busy = true;
    write.written = 0;
    write.error = 0;
    write.synced = false;
    auto free_place = std::ranges::find(operations_, nullptr, &Operation::write);
    if (free_place == operations_.end()) {
        free_place = operations_.insert(free_place, Operation{});
    }
    *free_place = Operation{.write = &write};
    ++busy_;
    const auto place = static_cast<std::size_t>(free_place - operations_.begin());
    if (!prepare(place)) {
        free_place->queued = true;
        ++queued_;
    }
    tell_kernel();
}

// Puts the requests for what is left of an operation into the ring. Returns whether they fit.
bool RingWriter::prepare(std::size_t place) {
    Operation& operation = operations_[place];
    DiskWrite& write = *operation.write;
    // What is linked must reach the kernel in one call.
    if (::io_uring_sq_space_left(&ring_) < 2) {
        tell_kernel();
        if (::io_uring_sq_space_left(&ring_) < 2) {
            return false;
        }
    }
    const std::size_t left = write.bytes.size() - write.written;
    const std::size_t count = std::min(left, kRequestMax);
    operation.has_sync = write.sync && count == left;
    operation.requests = (count != 0 ? 1U : 0U) + (operation.has_sync ? 1U : 0U);
    operation.write_result = 0;
    operation.sync_result = 0;
    if (operation.requests == 0) {
        io_uring_sqe* request = ::io_uring_get_sqe(&ring_);
        ::io_uring_prep_nop(request);
        ::io_uring_sqe_set_data64(request, place << 1U);
        operation.requests = 1;
    }
    if (count != 0) {
        io_uring_sqe* request = ::io_uring_get_sqe(&ring_);
        ::io_uring_prep_write(
            request,
            write.file,
            write.bytes.data() + write.written,
            static_cast<unsigned>(count),
            write.offset + write.written
        );
        // A short write breaks the link, and the sync is not begun.
        ::io_uring_sqe_set_flags(request, operation.has_sync ? IOSQE_IO_LINK : 0U);
        ::io_uring_sqe_set_data64(request, place << 1U);
    }
    if (operation.has_sync) {
        io_uring_sqe* request = ::io_uring_get_sqe(&ring_);
        ::io_uring_prep_fsync(request, write.file, write.metadata ? 0U : IORING_FSYNC_DATASYNC);
        ::io_uring_sqe_set_data64(request, place << 1U | kSyncBit);
    }
    return true;
}

// The kernel may be short of memory or of room for answers: then requests stay in the ring for
// the next turn.
void RingWriter::tell_kernel() {
    while (::io_uring_sq_ready(&ring_) != 0 && ::io_uring_submit(&ring_) == -EINTR) {}
}

void RingWriter::turn() {
    io_uring_cqe* answer = nullptr;
    while (::io_uring_peek_cqe(&ring_, &answer) == 0) {
        const std::uint64_t user_data = answer->user_data;
        const int result = answer->res;
        ::io_uring_cqe_seen(&ring_, answer);
        take_answer(user_data, result);
    }
    for (std::size_t place = 0; queued_ != 0 && place < operations_.size(); ++place) {
        if (operations_[place].queued && prepare(place)) {
            operations_[place].queued = false;
            --queued_;
        }
    }
    tell_kernel();
}

void RingWriter::take_answer(std::uint64_t user_data, int result) {
    const auto place = static_cast<std::size_t>(user_data >> 1U);
    Operation& operation = operations_[place];
    ((user_data & kSyncBit) != 0 ? operation.sync_result : operation.write_result) = result;
    --operation.requests;
    if (operation.requests == 0) {
        settle(place);
    }
}

// All requests of an operation have been answered: it is done, or what is left of it follows.
void RingWriter::settle(std::size_t place) {
    Operation& operation = operations_[place];
    if (goes_on(operation)) {
        if (!prepare(place)) {
            operation.queued = true;
            ++queued_;
        }
        return;
    }
    operation.write->busy = false;
    operation.write = nullptr;
    --busy_;
}

bool RingWriter::goes_on(Operation& operation) {
    DiskWrite& write = *operation.write;
    const bool had_bytes = write.written < write.bytes.size();
    if (had_bytes) {
        if (operation.write_result == -EINTR || operation.write_result == -EAGAIN) {
            return true;
        }
        if (operation.write_result <= 0) {
            write.error = operation.write_result == 0 ? EIO : -operation.write_result;
            return false;
        }
        write.written += static_cast<std::uint64_t>(operation.write_result);
        if (write.written < write.bytes.size()) {
            return true;
        }
    }
    if (operation.has_sync) {
        // Not begun although the write was whole: it was interrupted between the two.
        if (operation.sync_result == -ECANCELED || operation.sync_result == -EINTR) {
            return true;
        }
        write.error = -operation.sync_result;
        write.synced = operation.sync_result == 0;
    }
    return false;
}

bool RingWriter::drain(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    turn();
    while (busy_ != 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now()
        );
        if (left.count() <= 0) {
            return false;
        }
        wait(std::min(left, kPatience));
        turn();
    }
    return true;
}

void RingWriter::wait(std::chrono::milliseconds patience) const {
    pollfd descriptor{.fd = ring_.ring_fd, .events = POLLIN, .revents = 0};
    static_cast<void>(::poll(&descriptor, 1, static_cast<int>(patience.count())));
}

int RingWriter::descriptor() const noexcept {
    return busy_ != 0 ? ring_.ring_fd : -1;
}

}  // namespace flowgauge
