#include "capture/packet_filter.h"

#include <pcap/pcap.h>

#include <utility>

namespace flowgauge {
namespace {

// Filters for files look at no network's broadcast address; any mask but "unknown" would do.
constexpr bpf_u_int32 kNetmask = 0xFFFFFF00;

constexpr std::uint32_t kSnapshotBytesMax = 262'144;  // libpcap's MAXIMUM_SNAPLEN

// libpcap's own number for `type`. The two agree but for raw IP, which has a different number in
// files than in libpcap on this system.
int to_dlt(LinkType type) noexcept {
    switch (type) {
    case LinkType::kRaw:
    case LinkType::kRawBsd:
    case LinkType::kRawOpenBsd:
        return DLT_RAW;
    default:
        return static_cast<int>(type);
    }
}

struct PcapCloser {
    void operator()(pcap_t* handle) const noexcept { pcap_close(handle); }
};

}  // namespace

Result<PacketFilter> PacketFilter::compile(
    const std::string& text, LinkType link_type, std::uint32_t snapshot_bytes
) {
    // A program returns the snapshot length for "take it": 0 would reject every frame.
    const bool in_range = snapshot_bytes > 0 && snapshot_bytes < kSnapshotBytesMax;
    const std::uint32_t snapshot = in_range ? snapshot_bytes : kSnapshotBytesMax;
    const std::unique_ptr<pcap_t, PcapCloser> handle(
        pcap_open_dead(to_dlt(link_type), static_cast<int>(snapshot))
    );
    if (!handle) {
        return Error{ErrorKind::kSystem, "filter \"" + text + "\": out of memory"};
    }
    // No lock: since libpcap 1.8 the compiler keeps its state in the handle.
    constexpr int kOptimise = 1;
    Program program(new bpf_program{});
    if (pcap_compile(handle.get(), program.get(), text.c_str(), kOptimise, kNetmask) != 0) {
        return Error{ErrorKind::kUsage, "filter \"" + text + "\": " + pcap_geterr(handle.get())};
    }
    return PacketFilter(std::move(program));
}

bool PacketFilter::matches(const Frame& frame) const noexcept {
    pcap_pkthdr header{};
    header.caplen = static_cast<bpf_u_int32>(frame.bytes.size());
    header.len = frame.wire_bytes;
    return pcap_offline_filter(program_.get(), &header, frame.bytes.data()) != 0;
}

void PacketFilter::Deleter::operator()(bpf_program* program) const noexcept {
    pcap_freecode(program);
    delete program;
}

std::string capture_library_version() {
    return ::pcap_lib_version();
}

}  // namespace flowgauge
