#include "service/rights.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace flowgauge {
namespace {

struct Capabilities {
    std::uint64_t permitted = 0;
    std::uint64_t effective = 0;
    std::uint64_t inheritable = 0;
};

constexpr std::uint64_t bit(unsigned capability) noexcept {
    return std::uint64_t{1} << capability;
}

Error failed(const std::string& what) {
    return Error{
        ErrorKind::kSystem,
        what + ": " + std::system_category().message(errno) +
            "; the process keeps rights that it does not need"};
}

// glibc has no wrapper, and the kernel splits 64 bits over two structures.
Result<Capabilities> capabilities() {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    std::array<__user_cap_data_struct, 2> data{};
    if (::syscall(SYS_capget, &header, data.data()) != 0) {
        return failed("capget");
    }
    const auto whole = [](std::uint32_t low, std::uint32_t high) {
        return low | (std::uint64_t{high} << 32);
    };
    return Capabilities{
        .permitted = whole(data[0].permitted, data[1].permitted),
        .effective = whole(data[0].effective, data[1].effective),
        .inheritable = whole(data[0].inheritable, data[1].inheritable)};
}

Result<void> keep_only(std::uint64_t kept) {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    std::array<__user_cap_data_struct, 2> data{};
    data[0].permitted = data[0].effective = static_cast<std::uint32_t>(kept);
    data[1].permitted = data[1].effective = static_cast<std::uint32_t>(kept >> 32);
    if (::syscall(SYS_capset, &header, data.data()) != 0) {
        return failed("capset");
    }
    return {};
}

std::uint64_t wanted(const NeededRights& needed) noexcept {
    return (needed.capture ? bit(CAP_NET_RAW) : 0) | (needed.busy_poll ? bit(CAP_NET_ADMIN) : 0) |
           (needed.processes ? bit(CAP_SYS_PTRACE) | bit(CAP_DAC_READ_SEARCH) : 0) |
           (needed.name_spaces ? bit(CAP_SYS_ADMIN) : 0) |
           (::geteuid() == 0 ? bit(CAP_DAC_OVERRIDE) : 0);
}

// Asks for the CPUs that this thread has already, which changes nothing.
bool may_place_threads() noexcept {
    std::array<std::uint64_t, 1024> cpus{};  // 65,536 CPUs, more than Linux can have
    const auto bytes = ::syscall(SYS_sched_getaffinity, 0, sizeof cpus, cpus.data());
    return bytes > 0 && ::syscall(SYS_sched_setaffinity, 0, bytes, cpus.data()) == 0;
}

}  // namespace

Result<void> drop_capabilities(const NeededRights& needed) {
    Result<Capabilities> now = capabilities();
    if (!now) {
        return std::move(now).error();
    }
    static_cast<void>(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
    const std::uint64_t kept = now.value().permitted & wanted(needed);
    if ((now.value().permitted & ~kept) == 0) {
        return {};
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return failed("no_new_privs");
    }
    return keep_only(kept);
}

std::vector<std::string> missing_rights(const NeededRights& needed) {
    Result<Capabilities> now = capabilities();
    const auto may = [&now](unsigned capability) {
        return now && (now.value().effective & bit(capability)) != 0;
    };
    std::vector<std::string> missing;
    if (needed.capture && !may(CAP_NET_RAW)) {
        missing.emplace_back(
            "CAP_NET_RAW is missing: interfaces cannot be captured; start the program as root or "
            "by flowgauge.service"
        );
    }
    if (needed.busy_poll && !may(CAP_NET_ADMIN)) {
        missing.emplace_back(
            "CAP_NET_ADMIN is missing: busy_poll has no effect above net.core.busy_read; grant it "
            "by AmbientCapabilities= and CapabilityBoundingSet= in a drop-in of the unit"
        );
    }
    if (needed.placement && !may_place_threads()) {
        missing.emplace_back(
            "sched_setaffinity(2) is forbidden: workers are not bound to their CPUs; link "
            "worker-placement.conf beside visibility.conf (systemd.md)"
        );
    }
    return missing;
}

}  // namespace flowgauge
