#include "tests/support/network_namespace.h"

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

}  // namespace flowgauge::test
