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
        what + ": " + std::system_category().message(errno) + "; the process keeps its rights"};
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
           (::geteuid() == 0 ? bit(CAP_DAC_OVERRIDE) : 0);
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
    struct Row {
        bool needed;
        unsigned capability;
        const char* sentence;
    };
    const Row rows[] = {
        {needed.capture,
         CAP_NET_RAW,
         "CAP_NET_RAW is missing: interfaces cannot be captured; start the program as root or by "
         "flowgauge.service"},
        {needed.busy_poll,
         CAP_NET_ADMIN,
         "CAP_NET_ADMIN is missing: busy_poll has no effect above net.core.busy_read; grant it by "
         "AmbientCapabilities= and CapabilityBoundingSet= in a drop-in of the unit"},
    };
    Result<Capabilities> now = capabilities();
    std::vector<std::string> missing;
    for (const Row& row : rows) {
        if (row.needed && (!now || (now.value().effective & bit(row.capability)) == 0)) {
            missing.emplace_back(row.sentence);
        }
    }
    return missing;
}

}  // namespace flowgauge
