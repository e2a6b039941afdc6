#include "tests/support/network_namespace.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

namespace flowgauge::test {
namespace {

Error failed(const std::string& what, int number) {
    return Error{ErrorKind::kSystem, what + ": " + std::system_category().message(number)};
}

void append_be16(Bytes& bytes, std::size_t value) {
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes.push_back(static_cast<std::uint8_t>(value));
}

void append(Bytes& bytes, std::span<const std::uint8_t> more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

// Network order, 4 or 16 bytes. An address that is neither gives none, and a test that fails.
Bytes address_bytes(const std::string& text) {
    Bytes bytes(text.find(':') == std::string::npos ? 4 : 16);
    const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
    if (::inet_pton(family, text.c_str(), bytes.data()) != 1) {
        bytes.clear();
    }
    return bytes;
}

std::string read_to_end(int descriptor) {
    std::string text;
    std::array<char, 4096> part{};
    while (true) {
        const ssize_t count = ::read(descriptor, part.data(), part.size());
        if (count <= 0) {
            return text;
        }
        text.append(part.data(), static_cast<std::size_t>(count));
    }
}

// Starts the program with both outputs in `output`; returns its process id.
Result<pid_t> start(const std::vector<std::string>& command, int output) {
    std::vector<std::string> words = command;
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    pid_t child = 0;
    const int status =
        ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (status != 0) {
        return failed("start " + command[0], status);
    }
    return child;
}

Result<void> write_setting(const std::string& path, std::string_view value) {
    std::ofstream file(path);
    file << value << std::flush;
    if (!file) {
        return Error{ErrorKind::kSystem, "cannot write " + path};
    }
    return {};
}

Result<void> switch_ipv6_off() {
    const std::string directory = "/proc/sys/net/ipv6/conf/";
    if (::access(directory.c_str(), F_OK) != 0) {
        return {};  // the kernel has none
    }
    if (auto done = write_setting(directory + "all/disable_ipv6", "1"); !done) {
        return done;
    }
    return write_setting(directory + "default/disable_ipv6", "1");
}

}  // namespace

Result<std::string> run(const std::vector<std::string>& command) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return failed("pipe", errno);
    }
    const FileDescriptor reading(ends[0]);
    FileDescriptor writing(ends[1]);
    Result<pid_t> child = start(command, writing.get());
    if (!child) {
        return std::move(child).error();
    }
    writing = FileDescriptor();
    std::string output = read_to_end(reading.get());
    int status = 0;
    while (::waitpid(child.value(), &status, 0) < 0 && errno == EINTR) {}
    if (status != 0) {
        return Error{ErrorKind::kSystem, command[0] + " failed: " + output};
    }
    return output;
}

Result<std::string> run_ip(std::string_view words) {
    std::vector<std::string> command = {"ip"};
    while (!words.empty()) {
        const std::size_t end = words.find(' ');
        command.emplace_back(words.substr(0, end));
        words = end == std::string_view::npos ? "" : words.substr(end + 1);
    }
    return run(command);
}

Result<NetworkNamespace> NetworkNamespace::enter() {
    constexpr const char* kNeeds = " (needs CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW)";
    FileDescriptor home(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!home) {
        return failed("open the network namespace", errno);
    }
    if (::unshare(CLONE_NEWNET) != 0) {
        return failed(std::string("new network namespace") + kNeeds, errno);
    }
    NetworkNamespace entered(std::move(home));
    const FileDescriptor probe(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    if (!probe) {
        return failed(std::string("packet socket") + kNeeds, errno);
    }
    if (auto done = switch_ipv6_off(); !done) {
        return std::move(done).error();
    }
    return entered;
}

NetworkNamespace::~NetworkNamespace() {
    if (home_ && ::setns(home_.get(), CLONE_NEWNET) != 0) {
        // Later tests would run in the wrong network and blame the code.
        ::abort();
    }
}

Result<void> add_veth_pair() {
    const std::string sending = kSendingEnd;
    const std::string receiving = kReceivingEnd;
    // The receiving end first: when the sending end comes up, its peer gives it a carrier at once,
    // so its queue is ready when the command returns.
    const std::vector<std::string> steps = {
        "link add " + sending + " type veth peer name " + receiving,
        "link set " + receiving + " arp off mtu 1500 up",
        "link set " + sending + " arp off mtu 1500 up",
    };
    for (const std::string& step : steps) {
        if (auto done = run_ip(step); !done) {
            return std::move(done).error();
        }
    }
    return {};
}

Result<FrameSender> FrameSender::open(const std::string& interface) {
    const unsigned int index = ::if_nametoindex(interface.c_str());
    FileDescriptor socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    if (index == 0 || !socket) {
        return failed("sender on " + interface, errno);
    }
    return FrameSender(std::move(socket), static_cast<int>(index));
}

bool FrameSender::send(std::span<const std::uint8_t> frame) const {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = interface_index_;  // protocol 0: the kernel takes it from the frame
    const ssize_t sent = ::sendto(
        socket_.get(),
        frame.data(),
        frame.size(),
        0,
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): wanted by the socket API
        reinterpret_cast<const sockaddr*>(&address),
        sizeof(address)
    );
    return sent == static_cast<ssize_t>(frame.size());
}

Bytes ethernet_frame(std::uint16_t ether_type, std::span<const std::uint8_t> payload) {
    Bytes frame = {2, 0, 0, 0, 0, 0xB, 2, 0, 0, 0, 0, 0xA};
    append_be16(frame, ether_type);
    append(frame, payload);
    return frame;
}

Bytes with_tag(Bytes frame, std::uint16_t tag_protocol, std::uint16_t tci) {
    constexpr std::ptrdiff_t kAddressBytes = 12;
    Bytes tag;
    append_be16(tag, tag_protocol);
    append_be16(tag, tci);
    frame.insert(frame.begin() + kAddressBytes, tag.begin(), tag.end());
    return frame;
}

Bytes ip_packet(const IpPacket& header, std::span<const std::uint8_t> payload) {
    constexpr std::uint8_t kHopLimit = 64;
    const Bytes source = address_bytes(header.source);
    const Bytes destination = address_bytes(header.destination);
    Bytes packet;
    if (source.size() == 4) {
        constexpr std::size_t kHeaderBytes = 20;
        packet = {0x45, 0};
        append_be16(packet, kHeaderBytes + payload.size());
        append_be16(packet, 0x1234);  // identification
        append_be16(packet, header.fragment_field);
        packet.push_back(kHopLimit);
        packet.push_back(header.protocol);
        append_be16(packet, 0);  // checksum
    } else {
        packet = {0x60, 0, 0, 0};
        append_be16(packet, payload.size());
        packet.push_back(header.protocol);
        packet.push_back(kHopLimit);
    }
    append(packet, source);
    append(packet, destination);
    append(packet, payload);
    return packet;
}

Bytes udp_datagram(
    std::uint16_t source_port, std::uint16_t destination_port, std::span<const std::uint8_t> payload
) {
    constexpr std::size_t kHeaderBytes = 8;
    Bytes datagram;
    append_be16(datagram, source_port);
    append_be16(datagram, destination_port);
    append_be16(datagram, kHeaderBytes + payload.size());
    append_be16(datagram, 0);  // no checksum
    append(datagram, payload);
    return datagram;
}

}  // namespace flowgauge::test
