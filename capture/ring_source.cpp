#include "capture/ring_source.h"

#include "capture/system_error.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <limits>

namespace flowgauge {
namespace {

// Length of an IEEE 802.1Q tag, which the kernel takes out of the bytes and of their count.
constexpr std::uint32_t kVlanTagBytes = 4;

// The kernel demands a frame size, and ignores it in version 3 beyond checking it.
constexpr std::uint32_t kNominalFrameBytes = 2048;

static_assert(sizeof(FilterInstruction) == sizeof(sock_filter));
static_assert(std::atomic_ref<__u32>::is_always_lock_free);

template <typename T>
Result<void> set_option(int socket, int option, const T& value, std::string_view what) {
    if (::setsockopt(socket, SOL_PACKET, option, &value, sizeof(value)) != 0) {
        return system_error(what, errno);
    }
    return {};
}

int attach_filter(int socket, const sock_filter* instructions, std::size_t count) noexcept {
    sock_fprog program{};
    program.len = static_cast<std::uint16_t>(count);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the kernel only reads it
    program.filter = const_cast<sock_filter*>(instructions);
    return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

int attach_reject_all(int socket) noexcept {
    constexpr sock_filter kReject = {.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0};
    return attach_filter(socket, &kReject, 1);
}

Result<void> request_ring(int socket, const RingSetup& setup) {
    tpacket_req3 request{};
    request.tp_block_size = setup.geometry.block_bytes;
    request.tp_block_nr = setup.geometry.block_count;
    request.tp_frame_size = kNominalFrameBytes;
    request.tp_frame_nr =
        setup.geometry.block_count * (setup.geometry.block_bytes / kNominalFrameBytes);
    request.tp_retire_blk_tov = static_cast<unsigned int>(setup.ring_retire.count());
    return set_option(socket, PACKET_RX_RING, request, "set up the ring");
}

Result<void> bind_to(int socket, int interface_index) {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = interface_index;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket API wants a sockaddr
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        return system_error("bind", errno);
    }
    return {};
}

// The error that the kernel keeps for the socket, which reading clears; 0 for none.
int take_pending_error(int socket) noexcept {
    int error = 0;
    socklen_t size = sizeof(error);
    return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : 0;
}

// Everything between socket() and mmap(), in the order that lets no foreign frame in.
Result<void> prepare(int socket, const RingSetup& setup) {
    if (auto done = set_option(socket, PACKET_VERSION, int{TPACKET_V3}, "TPACKET_V3"); !done) {
        return done;
    }
    if (attach_reject_all(socket) != 0) {
        return system_error("attach a filter", errno);
    }
    if (setup.interface.is_loopback) {
        constexpr int kOn = 1;  // each packet passes lo twice, out and in
        if (auto done = set_option(socket, PACKET_IGNORE_OUTGOING, kOn, "ignore outgoing"); !done) {
            return done;
        }
    }
    return request_ring(socket, setup);
}

Result<void> check(const RingSetup& setup) {
    constexpr std::chrono::milliseconds kRetireMax{10'000};
    if (setup.ring_retire.count() < 1 || setup.ring_retire > kRetireMax) {
        return Error{ErrorKind::kUsage, "ring_retire must be between 1ms and 10s"};
    }
    // 0 blocks is "ok" to the kernel, and means no ring.
    if (setup.geometry.block_count < 2 || setup.geometry.block_bytes < kNominalFrameBytes) {
        return Error{ErrorKind::kUsage, "a ring needs at least two blocks of 2048 bytes"};
    }
    return {};
}

// The ring is made of the kernel's structures at places that the kernel computed.
// NOLINTNEXTLINE(readability-non-const-parameter): what it returns is written to
tpacket_block_desc& block_at(std::uint8_t* place) noexcept {
    return *static_cast<tpacket_block_desc*>(static_cast<void*>(place));
}

// Acquire: the frames were written before the status.
bool is_handed_over(std::uint8_t* block) noexcept {
    std::atomic_ref<__u32> status(block_at(block).hdr.bh1.block_status);
    return (status.load(std::memory_order_acquire) & TP_STATUS_USER) != 0;
}

const tpacket3_hdr& header_at(const std::uint8_t* place) noexcept {
    return *static_cast<const tpacket3_hdr*>(static_cast<const void*>(place));
}

}  // namespace

RingMapping::~RingMapping() {
    if (bytes_ != 0) {
        static_cast<void>(::munmap(base_, bytes_));
    }
}

Result<RingMapping> RingMapping::map(int socket, const RingGeometry& geometry) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    static_assert(kFrameSlackBytes <= 4096, "the slack must fit into the page behind the ring");
    const std::size_t ring_bytes = geometry.bytes();
    RingMapping mapping;
    mapping.bytes_ = ring_bytes + page;
    void* const range =
        ::mmap(nullptr, mapping.bytes_, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (range == MAP_FAILED) {
        return system_error("reserve addresses for the ring", errno);
    }
    mapping.base_ = range;
    // Not MAP_LOCKED: it needs CAP_IPC_LOCK, and the kernel's pages are never swapped.
    constexpr int kAccess = PROT_READ | PROT_WRITE;
    if (::mmap(range, ring_bytes, kAccess, MAP_SHARED | MAP_FIXED, socket, 0) == MAP_FAILED) {
        return system_error("map the ring", errno);
    }
    return mapping;
}

Result<RingSource> RingSource::open(const RingSetup& setup) {
    const std::string what = "capture on " + setup.interface.name;
    if (auto valid = check(setup); !valid) {
        return std::move(valid).error().within(what);
    }
    // Protocol 0: with ETH_P_ALL the socket would receive from every interface until bind().
    RingSource ring;
    ring.socket_ = FileDescriptor(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    if (!ring.socket_) {
        return system_error("packet socket", errno).within(what);
    }
    const int socket = ring.socket_.get();
    if (auto prepared = prepare(socket, setup); !prepared) {
        return std::move(prepared).error().within(what);
    }
    Result<RingMapping> mapping = RingMapping::map(socket, setup.geometry);
    if (!mapping) {
        return std::move(mapping).error().within(what);
    }
    if (auto bound = bind_to(socket, setup.interface.index); !bound) {
        return std::move(bound).error().within(what);
    }
    take_pending_error(socket);  // ENETDOWN when the interface is down: no event to count

    ring.mapping_ = std::move(mapping).value();
    ring.block_bytes_ = setup.geometry.block_bytes;
    ring.block_count_ = setup.geometry.block_count;
    ring.interface_index_ = setup.interface.index;
    ring.head_.link_type = setup.interface.link_type;
    return ring;
}

RingSource RingSource::over_memory(RingMemory memory) noexcept {
    RingSource ring;
    ring.socket_ = std::move(memory.ready);
    ring.mapping_ = RingMapping(memory.blocks);
    ring.block_bytes_ = memory.geometry.block_bytes;
    ring.block_count_ = memory.geometry.block_count;
    ring.head_.link_type = memory.link_type;
    ring.is_filled_by_kernel_ = false;
    return ring;
}

Result<void> RingSource::attach(const FilterProgram& program) const {
    if (!is_filled_by_kernel_) {
        return {};
    }
    std::vector<sock_filter> instructions;
    instructions.reserve(program.size());
    for (const FilterInstruction& from : program) {
        instructions.push_back({.code = from.code, .jt = from.jt, .jf = from.jf, .k = from.k});
    }
    if (instructions.size() > BPF_MAXINSNS ||
        attach_filter(socket_.get(), instructions.data(), instructions.size()) != 0) {
        return system_error(
            "attach a filter of " + std::to_string(instructions.size()) + " instructions",
            instructions.size() > BPF_MAXINSNS ? E2BIG : errno
        );
    }
    return {};
}

// The walk of a block, for the frame that `cursor_` points to.
const Frame* RingSource::load_head() noexcept {
    if (frames_left_ == 0 && !open_block()) {
        return nullptr;
    }
    const tpacket3_hdr& header = header_at(cursor_);
    assert(
        cursor_ + header.tp_mac + header.tp_snaplen <= current_block() + block_bytes_ &&
        "the kernel keeps a frame inside its block"
    );
    const bool has_tag = (header.tp_status & TP_STATUS_VLAN_VALID) != 0;
    head_.bytes = {cursor_ + header.tp_mac, header.tp_snaplen};
    head_.wire_bytes = header.tp_len + (has_tag ? kVlanTagBytes : 0);
    head_.time = {.seconds = header.tp_sec, .nanoseconds = header.tp_nsec};
    head_.has_stripped_vlan = has_tag;
    head_.stripped_vlan_tci = has_tag ? static_cast<std::uint16_t>(header.hv1.tp_vlan_tci) : 0;
    statistics_.truncated_frames += header.tp_snaplen < header.tp_len ? 1 : 0;
    has_head_ = true;
    return &head_;
}

void RingSource::pop() noexcept {
    assert(has_head_);
    has_head_ = false;
    ++head_.position;
    --frames_left_;
    if (frames_left_ == 0) {
        release_block();
        return;
    }
    cursor_ += header_at(cursor_).tp_next_offset;
}

// Takes the next block if the kernel has handed it over.
bool RingSource::open_block() noexcept {
    if (!is_handed_over(current_block())) {
        return false;
    }
    tpacket_hdr_v1& header = block_at(current_block()).hdr.bh1;
    ++statistics_.blocks;
    statistics_.packets += is_filled_by_kernel_ ? 0 : header.num_pkts;
    extend_streak();
    if (header.num_pkts == 0) {  // the kernel does not close empty blocks; if it did, go on
        release_block();
        return false;
    }
    frames_left_ = header.num_pkts;
    cursor_ = current_block() + header.offset_to_first_pkt;
    return true;
}

// Blocks are handed over in order. So when the one that would make the run longer than any before
// is handed over, all before it are, and one look is enough as long as nothing gets worse.
void RingSource::extend_streak() noexcept {
    while (streak_blocks_ < block_count_ &&
           is_handed_over(block((block_index_ + streak_blocks_) % block_count_))) {
        ++streak_blocks_;
    }
}

std::uint32_t RingSource::take_block_streak() noexcept {
    constexpr std::uint64_t kWhole = 1000;
    return static_cast<std::uint32_t>(std::exchange(streak_blocks_, 0) * kWhole / block_count_);
}

void RingSource::release_block() noexcept {
    tpacket_hdr_v1& header = block_at(current_block()).hdr.bh1;
    // Release: our reads of the frames come before the kernel's next writes.
    std::atomic_ref<__u32>(header.block_status).store(TP_STATUS_KERNEL, std::memory_order_release);
    block_index_ = block_index_ + 1 == block_count_ ? 0 : block_index_ + 1;
}

bool RingSource::wait(std::chrono::milliseconds timeout) noexcept {
    ++statistics_.polls;
    pollfd events{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    constexpr std::chrono::milliseconds::rep kMax = std::numeric_limits<int>::max();
    const std::chrono::milliseconds::rep limit =
        std::clamp<decltype(kMax)>(timeout.count(), 0, kMax);
    if (::poll(&events, 1, static_cast<int>(limit)) <= 0) {
        return false;  // time is over, or a signal: the caller comes back either way
    }
    // While the error is pending, poll() would return at once for ever.
    if ((events.revents & POLLERR) != 0 && take_pending_error(socket_.get()) == ENETDOWN) {
        ++statistics_.network_down_events;
    }
    const bool is_ready = (events.revents & POLLIN) != 0;
    if (is_ready && !is_filled_by_kernel_) {
        std::uint64_t signals = 0;  // else the descriptor would stay readable
        static_cast<void>(!::read(socket_.get(), &signals, sizeof(signals)));
    }
    return is_ready;
}

void RingSource::stop_reception() noexcept {
    if (!is_filled_by_kernel_) {
        return;
    }
    [[maybe_unused]] const int attached = attach_reject_all(socket_.get());
    assert(attached == 0 && "one instruction fits into any socket");
}

const RingStatistics& RingSource::read_statistics() noexcept {
    tpacket_stats_v3 since{};
    socklen_t size = sizeof(since);
    if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &since, &size) == 0) {
        statistics_.packets += since.tp_packets;
        statistics_.drops += since.tp_drops;
        statistics_.freezes += since.tp_freeze_q_cnt;
    }
    return statistics_;
}

bool RingSource::interface_gone() const noexcept {
    if (!is_filled_by_kernel_) {
        return false;
    }
    // The kernel unbinds a socket (index -1) whose interface is unregistered. Asking for the name
    // of the index instead would ask the calling thread's namespace.
    sockaddr_ll address{};
    socklen_t size = sizeof(address);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket API wants a sockaddr
    const int status = ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return status != 0 || address.sll_ifindex != interface_index_;
}

}  // namespace flowgauge
