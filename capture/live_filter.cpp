#include "capture/live_filter.h"

#include "capture/system_error.h"

#include <pcap/pcap.h>

#include <net/if.h>

#include <array>
#include <memory>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

struct CloseHandle {
    void operator()(pcap_t* handle) const noexcept { ::pcap_close(handle); }
};
using Handle = std::unique_ptr<pcap_t, CloseHandle>;

// Ring of the temporary handle, which nobody reads; libpcap rounds it up to one block.
constexpr int kHandleBufferBytes = 64 * 1024;

struct Activation {
    Handle handle;   // set unless status is negative
    int status = 0;  // of pcap_activate()
    std::string reason;
};

// Only a handle that is activated on Ethernet compiles `vlan` into loads of the stripped tag.
Activation activate(const std::string& name, int snapshot_length) {
    std::array<char, PCAP_ERRBUF_SIZE> why{};
    Handle handle(::pcap_create(name.c_str(), why.data()));
    if (!handle) {
        return {.handle = nullptr, .status = PCAP_ERROR, .reason = why.data()};
    }
    ::pcap_set_snaplen(handle.get(), snapshot_length);
    ::pcap_set_promisc(handle.get(), 0);
    ::pcap_set_buffer_size(handle.get(), kHandleBufferBytes);
    const int status = ::pcap_activate(handle.get());
    if (status >= 0) {
        return {.handle = std::move(handle), .status = status, .reason = {}};
    }
    const std::string_view detail = ::pcap_geterr(handle.get());
    return {
        .handle = nullptr,
        .status = status,
        .reason = detail.empty() ? ::pcap_statustostr(status) : std::string(detail)};
}

// It may have been renamed since it was opened.
std::string current_name(const NetworkInterface& interface) {
    std::array<char, IF_NAMESIZE> name{};
    const auto index = static_cast<unsigned int>(interface.index);
    return ::if_indextoname(index, name.data()) != nullptr ? name.data() : interface.name;
}

Result<Handle> open_compiler(const NetworkInterface& interface, int snapshot_length) {
    if (interface.link_type != LinkType::kEthernet) {
        const bool raw = interface.link_type == LinkType::kRaw;  // the one number that differs
        const int link_type = raw ? DLT_RAW : static_cast<int>(interface.link_type);
        Handle handle(::pcap_open_dead(link_type, snapshot_length));
        if (!handle) {
            return system_error("filter compiler", ENOMEM);
        }
        return handle;
    }
    Activation own = activate(current_name(interface), snapshot_length);
    if (own.status == PCAP_ERROR_IFACE_NOT_UP || own.status == PCAP_ERROR_NO_SUCH_DEVICE) {
        // A capture may wait for its interface, which has perhaps gone this moment. Loopback has
        // the same link header.
        Activation loopback = activate("lo", snapshot_length);
        if (loopback.status >= 0) {
            own = std::move(loopback);
        }
    }
    if (own.status == PCAP_ERROR_PERM_DENIED) {
        return system_error("filter for " + interface.name, EPERM);
    }
    if (own.status < 0) {
        return Error{ErrorKind::kSystem, "filter for " + interface.name + ": " + own.reason};
    }
    return std::move(own.handle);
}

// Requires: a valid program. Its length is bounded by the compiler (4096 on Linux).
FilterProgram copy_of(const bpf_program& compiled) {
    FilterProgram program;
    program.reserve(compiled.bf_len);
    for (unsigned int i = 0; i < compiled.bf_len; ++i) {
        const bpf_insn& from = compiled.bf_insns[i];
        program.push_back({.code = from.code, .jt = from.jt, .jf = from.jf, .k = from.k});
    }
    return program;
}

}  // namespace

FilterProgram accept_all(std::uint32_t snapshot_length) {
    return {{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = snapshot_length}};
}

FilterProgram reject_all() {
    return accept_all(0);
}

FilterProgram without_outgoing(const FilterProgram& program) {
    // From the kernel's interface, whose header cannot stand beside libpcap's: the offset by which
    // a load asks for the packet type (SKF_AD_OFF + SKF_AD_PKTTYPE), and the type
    // (PACKET_OUTGOING).
    constexpr std::uint32_t kPacketTypeOffset = 0xFFFFF000 + 4;
    constexpr std::uint32_t kOutgoing = 4;
    FilterProgram guarded = {
        {.code = BPF_LD | BPF_W | BPF_ABS, .jt = 0, .jf = 0, .k = kPacketTypeOffset},
        {.code = BPF_JMP | BPF_JEQ | BPF_K, .jt = 0, .jf = 1, .k = kOutgoing},
        {.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0},
    };
    guarded.insert(guarded.end(), program.begin(), program.end());
    return guarded;
}

Result<FilterProgram> compile_live_filter(
    const NetworkInterface& interface, const std::string& text, std::uint32_t snapshot_length
) {
    if (text.empty()) {
        return accept_all(snapshot_length);
    }
    Result<Handle> handle = open_compiler(interface, static_cast<int>(snapshot_length));
    if (!handle) {
        return std::move(handle).error();
    }
    constexpr int kOptimise = 1;
    bpf_program compiled{};
    pcap_t* const compiler = handle.value().get();
    if (::pcap_compile(compiler, &compiled, text.c_str(), kOptimise, PCAP_NETMASK_UNKNOWN) != 0) {
        return Error{
            ErrorKind::kUsage, "filter \"" + text + "\": " + std::string(::pcap_geterr(compiler))};
    }
    FilterProgram program = copy_of(compiled);
    ::pcap_freecode(&compiled);
    return program;
}

}  // namespace flowgauge
