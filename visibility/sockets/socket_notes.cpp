#include "visibility/sockets/socket_notes.h"

#include "core/base/format.h"

#include <system_error>

namespace flowgauge {
namespace {

std::string text_of(SocketNote note, std::string_view detail) {
    switch (note) {
    case SocketNote::kNoNetlink:
        return format(
            "sockets cannot be listed through netlink ({}): /proc is read instead, at many times "
            "the "
            "cost; allow AF_NETLINK, or load the kernel module inet_diag",
            detail
        );
    case SocketNote::kNoTcpHandler:
        return format(
            "the kernel does not list TCP sockets through netlink ({}): /proc is read instead, at "
            "many "
            "times the cost; load the kernel module tcp_diag",
            detail
        );
    case SocketNote::kNoUdpHandler:
        return format(
            "the kernel does not list UDP sockets through netlink ({}): /proc is read instead; "
            "load "
            "the kernel module udp_diag",
            detail
        );
    case SocketNote::kNoEntry:
        return format(
            "other network namespaces cannot be entered ({}): their sockets are read from "
            "/proc/PID/net, at many times the cost; CAP_SYS_ADMIN would allow it",
            detail
        );
    case SocketNote::kNoLook:
        return format(
            "the network namespace of a process cannot be told ({}): its sockets are not seen; "
            "CAP_SYS_PTRACE would allow it",
            detail
        );
    case SocketNote::kFewDescriptors:
        return format(
            "only {} other network namespaces are kept open, a quarter of the descriptors that "
            "this "
            "process may have: the rest is read from /proc/PID/net, at many times the cost; raise "
            "LimitNOFILE",
            detail
        );
    case SocketNote::kManyNamespaces:
        return format(
            "more than {} network namespaces: the sockets of the others are not seen", detail
        );
    case SocketNote::kManySockets:
        return format("more than {} sockets: the others are not seen", detail);
    case SocketNote::kNoTable:
        return format(
            "TCP sockets of the own network namespace cannot be listed ({}): allow AF_NETLINK, and "
            "/proc/PID/net to this process",
            detail
        );
    }
    return std::string(detail);
}

}  // namespace

void SocketNotes::add(SocketNote note, std::string_view detail) {
    if (!is_known(note)) {
        known_ |= std::uint32_t{1} << static_cast<unsigned>(note);
        texts_.push_back(text_of(note, detail));
    }
}

void SocketNotes::add(SocketNote note, int error) {
    if (!is_known(note)) {
        add(note, std::string_view(std::system_category().message(error)));
    }
}

void SocketNotes::add(SocketNote note, std::size_t number) {
    if (!is_known(note)) {
        add(note, std::string_view(std::to_string(number)));
    }
}

}  // namespace flowgauge
