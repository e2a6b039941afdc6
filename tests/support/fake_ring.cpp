#include "tests/support/fake_ring.h"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>

namespace flowgauge::test {
namespace {

// Where the kernel puts an Ethernet frame behind its header: the IP header is aligned to 16.
constexpr std::uint32_t kFrameOffset = 82;
constexpr std::uint32_t kFirstFrame = 48;
static_assert(kFirstFrame >= sizeof(tpacket_block_desc));
static_assert(kFrameOffset >= sizeof(tpacket3_hdr) + sizeof(sockaddr_ll));

// A multiple of 16, as TPACKET_ALIGN.
std::uint32_t room_of(const FakeFrame& frame) {
    return (kFrameOffset + static_cast<std::uint32_t>(frame.bytes.size()) + 15) / 16 * 16;
}

tpacket3_hdr header_of(const FakeFrame& frame, bool is_last) {
    const auto size = static_cast<std::uint32_t>(frame.bytes.size());
    tpacket3_hdr header{};
    header.tp_next_offset = is_last ? 0 : room_of(frame);
    header.tp_sec = static_cast<std::uint32_t>(frame.time.seconds);
    header.tp_nsec = frame.time.nanoseconds;
    header.tp_snaplen = size;
    header.tp_len = size + frame.cut_bytes;
    header.tp_status = TP_STATUS_USER;
    header.tp_mac = kFrameOffset;
    header.tp_net = kFrameOffset + 14;
    if (frame.tci) {
        header.tp_status |= TP_STATUS_VLAN_VALID;
        header.hv1.tp_vlan_tci = *frame.tci;
    }
    return header;
}

std::atomic_ref<__u32> status_of(std::uint8_t* block) {
    auto* const description = static_cast<tpacket_block_desc*>(static_cast<void*>(block));
    return std::atomic_ref<__u32>(description->hdr.bh1.block_status);
}

}  // namespace

FakeRing::FakeRing(const RingGeometry& geometry)
    : geometry_(geometry),
      memory_(std::make_unique<std::uint8_t[]>(geometry.bytes() + kFrameSlackBytes)),
      ready_(::eventfd(0, EFD_CLOEXEC)) {}

RingSource FakeRing::source(LinkType link_type) const {
    return RingSource::over_memory(
        {.blocks = memory_.get(),
         .geometry = geometry_,
         .link_type = link_type,
         .ready = FileDescriptor(::fcntl(ready_.get(), F_DUPFD_CLOEXEC, 0))}
    );
}

bool FakeRing::put(std::span<const FakeFrame> frames) {
    std::uint8_t* const place = block(next_block_);
    std::size_t needed = kFirstFrame;
    for (const FakeFrame& frame : frames) {
        needed += room_of(frame);
    }
    // Acquire: the reader has read the frames before it gave them back.
    const bool is_free = status_of(place).load(std::memory_order_acquire) == TP_STATUS_KERNEL;
    if (!is_free || needed > geometry_.block_bytes) {
        return false;
    }
    tpacket_hdr_v1& description =
        static_cast<tpacket_block_desc*>(static_cast<void*>(place))->hdr.bh1;
    description.num_pkts = static_cast<std::uint32_t>(frames.size());
    description.offset_to_first_pkt = kFirstFrame;
    std::uint8_t* at = place + kFirstFrame;
    for (const FakeFrame& frame : frames) {
        const tpacket3_hdr header = header_of(frame, &frame == &frames.back());
        std::memcpy(at, &header, sizeof(header));
        std::copy(frame.bytes.begin(), frame.bytes.end(), at + kFrameOffset);
        at += room_of(frame);
    }
    status_of(place).store(TP_STATUS_USER, std::memory_order_release);
    next_block_ = (next_block_ + 1) % geometry_.block_count;
    constexpr std::uint64_t kSignal = 1;
    return ::write(ready_.get(), &kSignal, sizeof(kSignal)) == sizeof(kSignal);
}

bool FakeRing::is_read() const noexcept {
    for (std::uint32_t i = 0; i < geometry_.block_count; ++i) {
        if (status_of(block(i)).load(std::memory_order_acquire) != TP_STATUS_KERNEL) {
            return false;
        }
    }
    return true;
}

}  // namespace flowgauge::test
