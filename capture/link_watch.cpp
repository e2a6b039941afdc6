#include "capture/link_watch.h"

#include "capture/default_route.h"
#include "capture/system_error.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>

namespace flowgauge {
namespace {

// Notifications come one to a datagram and are a few KiB; answers fill at most 32 KiB.
constexpr std::size_t kDatagramBytesMax = 65'536;

// Datagrams that one read() takes at most: four times what the buffer holds of the smallest.
constexpr int kDatagramsMax = 4096;

// An answer of that many datagrams of 32 KiB is no answer.
constexpr int kAnswerDatagramsMax = 65'536;

// The kernel says when interfaces came or went while it listed them. Asking again settles that;
// when it does not, the messages about it do.
constexpr int kAttemptsMax = 8;

Result<FileDescriptor> netlink_socket(std::uint32_t groups) {
    FileDescriptor socket(
        ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)
    );
    if (!socket) {
        return system_error("netlink socket", errno);
    }
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = groups;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket API wants a sockaddr
    const auto* const place = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(socket.get(), place, sizeof(address)) != 0) {
        return system_error("bind the netlink socket", errno);
    }
    return socket;
}

// Keeps messages about routes to somewhere out of the socket: a router that learns a million of
// them would fill it. Fields are in the order of the host, and classic BPF loads in network order.
Result<void> attach_default_routes_only(int socket) {
    constexpr std::uint32_t kTypeOffset = offsetof(nlmsghdr, nlmsg_type);
    constexpr std::uint32_t kPrefixOffset = NLMSG_HDRLEN + offsetof(rtmsg, rtm_dst_len);
    constexpr std::uint32_t kAll = 0xFFFFFFFF;
    std::array<sock_filter, 7> instructions = {{
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kTypeOffset),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 2),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kPrefixOffset),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 0, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, kAll),
        BPF_STMT(BPF_RET | BPF_K, 0),
    }};
    const sock_fprog filter{
        .len = static_cast<std::uint16_t>(instructions.size()), .filter = instructions.data()};
    if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) != 0) {
        return system_error("filter of the netlink socket", errno);
    }
    return {};
}

struct Datagram {
    std::span<const std::uint8_t> bytes;
    int error = 0;  // errno; EMSGSIZE when it was larger than the buffer
};

Datagram receive_datagram(int socket, std::vector<std::uint8_t>& buffer) {
    sockaddr_nl sender{};
    iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr header{};
    header.msg_name = &sender;
    header.msg_namelen = sizeof(sender);
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    const ssize_t count = ::recvmsg(socket, &header, MSG_DONTWAIT);
    if (count < 0) {
        return {.bytes = {}, .error = errno};
    }
    if ((header.msg_flags & MSG_TRUNC) != 0) {
        return {.bytes = {}, .error = EMSGSIZE};
    }
    if (sender.nl_pid != 0) {
        return {};  // another process, which has nothing to say about interfaces
    }
    return {.bytes = {buffer.data(), static_cast<std::size_t>(count)}, .error = 0};
}

// Asks for a whole list, on a socket of its own so that the answer is in one piece. The kernel
// answers while it is asked and read, so nothing is waited for.
class Dump {
public:
    template <typename Head>
    [[nodiscard]] static Result<Dump> request(std::uint16_t type, const Head& head) {
        Result<FileDescriptor> socket = netlink_socket(0);
        if (!socket) {
            return std::move(socket).error();
        }
        struct {
            nlmsghdr header;
            Head head;
        } question{};
        question.header.nlmsg_len = sizeof(question);
        question.header.nlmsg_type = type;
        question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        question.head = head;
        if (::send(socket.value().get(), &question, sizeof(question), 0) < 0) {
            return system_error("ask the kernel", errno);
        }
        return Dump(std::move(socket).value());
    }

    // Gives each message of the answer to `take`. Returns whether the list held still meanwhile.
    template <typename Take>
    [[nodiscard]] Result<bool> read(Take take) {
        std::vector<std::uint8_t> buffer(kDatagramBytesMax);
        bool is_consistent = true;
        for (int i = 0; i < kAnswerDatagramsMax; ++i) {
            Datagram datagram = receive_datagram(socket_.get(), buffer);
            if (datagram.error == EINTR) {
                continue;
            }
            if (datagram.error != 0) {
                return system_error("answer of the kernel", datagram.error);
            }
            while (const auto message = take_message(datagram.bytes)) {
                is_consistent = is_consistent && (message->flags & NLM_F_DUMP_INTR) == 0;
                if (message->type == NLMSG_DONE) {
                    return is_consistent;
                }
                if (message->type == NLMSG_ERROR) {
                    const int status = load_head<int>(message->payload).value_or(0);
                    return system_error("answer of the kernel", status < 0 ? -status : EPROTO);
                }
                take(*message);
            }
        }
        return system_error("answer of the kernel without an end", EOVERFLOW);
    }

private:
    explicit Dump(FileDescriptor socket) noexcept : socket_(std::move(socket)) {}

    FileDescriptor socket_;
};

// One list of all links, and whether it held still.
Result<bool> list_links(LinkTable& listed) {
    Result<Dump> dump = Dump::request(RTM_GETLINK, ifinfomsg{});
    if (!dump) {
        return std::move(dump).error();
    }
    std::vector<LinkEvent> ignored;
    return dump.value().read([&](const NetlinkMessage& message) {
        listed.apply(message, ignored);
        ignored.clear();
    });
}

Result<void> list_default_routes(std::uint8_t family, std::vector<DefaultRoute>& routes) {
    rtmsg head{};
    head.rtm_family = family;
    Result<Dump> dump = Dump::request(RTM_GETROUTE, head);
    if (!dump) {
        return std::move(dump).error();
    }
    Result<bool> listed = dump.value().read([&](const NetlinkMessage& message) {
        append_default_route(message, routes);
    });
    if (!listed) {
        return std::move(listed).error();
    }
    return {};
}

}  // namespace

Result<LinkWatch> LinkWatch::open(int buffer_bytes) {
    constexpr std::string_view kWhat = "watch the network interfaces";
    Result<FileDescriptor> socket =
        netlink_socket(RTMGRP_LINK | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE);
    if (!socket) {
        return std::move(socket).error().within(kWhat);
    }
    LinkWatch watch;
    watch.socket_ = std::move(socket).value();
    watch.buffer_.resize(kDatagramBytesMax);
    // Less than asked for is no failure: messages that find no room are asked for again.
    static_cast<void>(
        ::setsockopt(watch.descriptor(), SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof(buffer_bytes))
    );
    if (auto done = attach_default_routes_only(watch.descriptor()); !done) {
        return std::move(done).error().within(kWhat);
    }
    std::vector<LinkEvent> initial;  // that everything is new needs no telling
    if (auto done = watch.ask_for_links(initial); !done) {
        return std::move(done).error().within(kWhat);
    }
    if (auto done = watch.ask_for_routes(initial); !done) {
        return std::move(done).error().within(kWhat);
    }
    return watch;
}

std::vector<LinkEvent> LinkWatch::read() {
    std::vector<LinkEvent> events;
    Received last = Received::kMessages;
    for (int i = 0; i < kDatagramsMax && last != Received::kNothing; ++i) {
        last = receive(events);
        links_are_stale_ = links_are_stale_ || last == Received::kLoss;
    }
    // After a loss the kernel adds nothing until the socket is empty, so asking earlier would miss
    // what happens between the answer and then. What fails is tried again with the next call.
    if (links_are_stale_ && last == Received::kNothing) {
        routes_are_stale_ = true;
        static_cast<void>(ask_for_links(events));
    }
    // The kernel drops IPv4 routes without a word when their interface goes down.
    const Link* const way = table_.find(default_route_index_);
    if (default_route_index_ != 0 && (way == nullptr || !way->is_up)) {
        routes_are_stale_ = true;
    }
    if (routes_are_stale_) {
        static_cast<void>(ask_for_routes(events));
    }
    return events;
}

LinkWatch::Received LinkWatch::receive(std::vector<LinkEvent>& events) {
    const Datagram datagram = receive_datagram(socket_.get(), buffer_);
    switch (datagram.error) {
    case 0:
        apply(datagram.bytes, events);
        return Received::kMessages;
    case EINTR:
        return Received::kMessages;
    case ENOBUFS:
    case EMSGSIZE:
        return Received::kLoss;
    default:
        return Received::kNothing;
    }
}

void LinkWatch::apply(std::span<const std::uint8_t> datagram, std::vector<LinkEvent>& events) {
    while (const auto message = take_message(datagram)) {
        table_.apply(*message, events);
        routes_are_stale_ = routes_are_stale_ || is_about_default_route(*message);
    }
}

Result<void> LinkWatch::ask_for_links(std::vector<LinkEvent>& events) {
    LinkTable listed;
    bool is_consistent = false;
    for (int i = 0; i < kAttemptsMax && !is_consistent; ++i) {
        listed = LinkTable();
        Result<bool> done = list_links(listed);
        if (!done) {
            return std::move(done).error();
        }
        is_consistent = done.value();
    }
    table_.replace(listed.links(), events);
    links_are_stale_ = false;
    return {};
}

Result<void> LinkWatch::ask_for_routes(std::vector<LinkEvent>& events) {
    std::vector<DefaultRoute> routes;
    for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
        if (auto done = list_default_routes(family, routes); !done) {
            return done;
        }
    }
    // The message that an interface goes down comes before its routes are dropped.
    std::erase_if(routes, [this](const DefaultRoute& route) {
        const Link* const way = table_.find(route.interface_index);
        return way == nullptr || !way->is_up;
    });
    const auto best = std::ranges::min_element(routes, is_better);
    const int index = best == routes.end() ? 0 : best->interface_index;
    routes_are_stale_ = false;
    if (index != default_route_index_) {
        default_route_index_ = index;
        const Link* const way = table_.find(index);
        events.push_back(
            {.change = LinkChange::kDefaultRoute,
             .link = way == nullptr ? Link{} : *way,
             .previous_name = {}}
        );
    }
    return {};
}

std::optional<std::string> LinkWatch::default_route_interface() const {
    const Link* const way = table_.find(default_route_index_);
    return way == nullptr ? std::nullopt : std::optional(way->name);
}

}  // namespace flowgauge
