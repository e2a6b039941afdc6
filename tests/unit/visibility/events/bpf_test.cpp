// What BPF alone tells: senders of UDP, where a socket lives, who holds it.
#include "tests/unit/visibility/events/socket_world.h"
#include "visibility/events/event_source.h"
#include "visibility/events/socket_holders.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace flowgauge {
namespace {

constexpr IpAddress kV4Loopback{.high = 0, .low = 0x7f00'0001};
constexpr IpAddress kV6Loopback{.high = 0, .low = 1};

ino_t inode_of(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

// Of the calling process: inode of its directory in the unified hierarchy, wherever it is mounted.
ino_t own_cgroup() {
    std::string mount;
    std::ifstream mounts("/proc/self/mounts");
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream words(line);
        std::string device;
        std::string directory;
        std::string type;
        words >> device >> directory >> type;
        if (type == "cgroup2") {
            mount = directory;
        }
    }
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
        if (line.starts_with("0::") && !mount.empty()) {
            return inode_of(mount + line.substr(3));
        }
    }
    return 0;
}

std::uint64_t start_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(file, text);
    std::istringstream words(text.substr(text.rfind(')') + 2));
    std::string word;
    for (int field = 3; field <= 22; ++field) {
        words >> word;
    }
    return std::stoull(word);
}

std::string own_name() {
    std::ifstream file("/proc/self/comm");
    std::string name;
    std::getline(file, name);
    return name;
}

std::string first_or_none(const std::vector<std::string>& notes) {
    return notes.empty() ? "no note" : notes.front();
}

class BpfEvents : public testing::Test {
protected:
    void SetUp() override {
        if (const auto refused = test::enter_socket_world()) {
            GTEST_SKIP() << *refused;
        }
        std::vector<std::string> notes;
        source_ = open_event_source(EventMode::kBpf, notes);
        if (source_ == nullptr || !source_->tells_udp()) {
            GTEST_SKIP() << first_or_none(notes);
        }
    }

    // What this process sent, as far as it was told.
    std::vector<SocketEvent> sends() {
        const EventBatch batch = test::drain_all(*source_);
        std::vector<SocketEvent> found;
        std::ranges::copy_if(batch.sockets, std::back_inserter(found), [](const SocketEvent& e) {
            return e.kind == SocketEventKind::kSend && e.pid == ::getpid();
        });
        return found;
    }

    std::unique_ptr<EventSource> source_;
};

bool send_to(int socket, const sockaddr_storage& to) {
    return ::sendto(
               socket, "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), test::length_of(to)
           ) == 1;
}

TEST_F(BpfEvents, TellsUnconnectedSendersOnceAndTheirOwnEnd) {
    for (const int family : {AF_INET, AF_INET6}) {
        const FileDescriptor socket(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        const std::int64_t before = test::monotonic_now();
        ASSERT_TRUE(send_to(socket.get(), test::loopback(family, 9)));
        ASSERT_TRUE(send_to(socket.get(), test::loopback(family, 10)));
        const std::int64_t after = test::monotonic_now();
        const auto events = sends();
        ASSERT_EQ(events.size(), 1U);
        EXPECT_EQ(events[0].key.protocol, 17);
        EXPECT_EQ(events[0].key.local, IpAddress{});
        EXPECT_EQ(events[0].key.local_port, test::port_of(socket.get()));
        EXPECT_EQ(events[0].key.remote, IpAddress{});
        EXPECT_EQ(events[0].key.remote_port, 0);
        EXPECT_EQ(events[0].key.ip_version, family == AF_INET ? 4 : 6);
        EXPECT_EQ(text_of(events[0].name), own_name().substr(0, 15));
        EXPECT_GE(events[0].time, before);
        EXPECT_LE(events[0].time, after);
    }
}

FileDescriptor receiver(int family, std::uint16_t port) {
    FileDescriptor socket(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_storage at = test::loopback(family, port);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), test::length_of(at)), 0);
    return socket;
}

TEST_F(BpfEvents, TellsBothEndsOfConnectedSendersAgainWhenTheyChange) {
    for (const int family : {AF_INET, AF_INET6}) {
        const FileDescriptor socket(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        const std::array receivers{receiver(family, 9), receiver(family, 10)};
        for (const FileDescriptor& receiver : receivers) {
            const sockaddr_storage to = test::loopback(family, test::port_of(receiver.get()));
            ASSERT_EQ(
                ::connect(
                    socket.get(), reinterpret_cast<const sockaddr*>(&to), test::length_of(to)
                ),
                0
            );
            ASSERT_EQ(::send(socket.get(), "x", 1, 0), 1);
        }
        const auto events = sends();
        ASSERT_EQ(events.size(), 2U);
        for (std::size_t i = 0; i < 2; ++i) {
            EXPECT_EQ(events[i].key.local, family == AF_INET ? kV4Loopback : kV6Loopback);
            EXPECT_EQ(events[i].key.remote, family == AF_INET ? kV4Loopback : kV6Loopback);
            EXPECT_EQ(events[i].key.local_port, test::port_of(socket.get()));
            EXPECT_EQ(events[i].key.remote_port, 9 + i);
        }
    }
}

TEST_F(BpfEvents, TellsWhereASocketLivesAndWhose) {
    const test::Listener listener = test::listen_on(test::loopback(AF_INET, 0));
    const test::MadeConnect made = test::connect_once(test::loopback(AF_INET, listener.port));
    ASSERT_TRUE(made.connected);
    const EventBatch batch = test::drain_all(*source_);
    std::size_t seen = 0;
    for (const SocketEvent& event : batch.sockets) {
        if (event.pid != ::getpid()) {
            continue;
        }
        ++seen;
        EXPECT_EQ(event.uid, ::getuid());
        EXPECT_EQ(event.name_space, inode_of("/proc/self/ns/net"));
        EXPECT_NE(event.cookie, 0U);
        EXPECT_EQ(text_of(event.name), own_name().substr(0, 15));
        if (const ino_t cgroup = own_cgroup(); cgroup != 0) {
            EXPECT_EQ(event.cgroup_id, cgroup);
        }
    }
    EXPECT_EQ(seen, 2U);
}

class Holders : public testing::Test {
protected:
    void SetUp() override {
        if (const auto refused = test::enter_socket_world()) {
            GTEST_SKIP() << *refused;
        }
        std::vector<std::string> notes;
        holders_ = SocketHolders::open(notes);
        if (holders_ == nullptr) {
            GTEST_SKIP() << first_or_none(notes);
        }
    }

    // The rows of sockets in the test's own network.
    std::vector<HeldSocket> own_rows() {
        std::vector<HeldSocket> rows;
        EXPECT_TRUE(holders_->read(rows));
        std::erase_if(rows, [own = inode_of("/proc/self/ns/net")](const HeldSocket& held) {
            return held.row.name_space != own;
        });
        return rows;
    }

    std::unique_ptr<SocketHolders> holders_;
};

TEST_F(Holders, ShowASocketOnceForEachProcessThatHoldsIt) {
    const test::Listener listener = test::listen_on(test::any_address(AF_INET6, 0));
    std::array<int, 2> gate{};
    ASSERT_EQ(::pipe2(gate.data(), O_CLOEXEC), 0);
    const pid_t child = test::start_child([&] {
        ::close(gate[1]);
        char byte = 0;
        return static_cast<int>(::read(gate[0], &byte, 1));  // until the test lets go
    });
    const auto rows = own_rows();
    const std::uint64_t child_start = start_of(child);
    ::close(gate[1]);
    ::close(gate[0]);
    ASSERT_EQ(test::end_of(child), 0);
    ASSERT_EQ(rows.size(), 2U);
    for (const HeldSocket& held : rows) {
        EXPECT_TRUE(held.pid == ::getpid() || held.pid == child);
        EXPECT_EQ(held.start_ticks, held.pid == child ? child_start : start_of(::getpid()));
        EXPECT_EQ(held.row.key.local, IpAddress{});
        EXPECT_EQ(held.row.key.local_port, listener.port);
        EXPECT_EQ(held.row.key.protocol, 6);
        EXPECT_EQ(held.row.key.ip_version, 6);
        EXPECT_EQ(held.row.state, SocketState::kListen);
        EXPECT_FALSE(held.row.v6_only);
        EXPECT_NE(held.row.cookie, 0U);
        EXPECT_EQ(held.row.uid, ::getuid());
        EXPECT_EQ(held.uid, ::getuid());
        EXPECT_EQ(text_of(held.name), own_name().substr(0, 15));
        struct stat status {};
        ASSERT_EQ(::fstat(listener.socket.get(), &status), 0);
        EXPECT_EQ(held.row.inode, status.st_ino);
        if (const ino_t cgroup = own_cgroup(); cgroup != 0) {
            EXPECT_EQ(held.cgroup_id, cgroup);
            EXPECT_EQ(held.row.cgroup_id, cgroup);
        }
    }
}

TEST_F(Holders, ShowWhichSocketsTakeVersionSixAlone) {
    const FileDescriptor socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    ASSERT_EQ(::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes), 0);
    const auto rows = own_rows();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_TRUE(rows[0].row.v6_only);
    EXPECT_EQ(rows[0].row.key.protocol, 17);
}

TEST_F(Holders, ShowManySocketsWhole) {
    std::vector<FileDescriptor> sockets;
    for (int i = 0; i < 900; ++i) {
        sockets.emplace_back(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        ASSERT_TRUE(sockets.back());
    }
    EXPECT_EQ(own_rows().size(), sockets.size());
}

TEST_F(Holders, GoOnWithoutTheRightsThatOpeningTook) {
    const test::Listener listener = test::listen_on(test::loopback(AF_INET, 0));
    const pid_t child = test::start_child([&] {
        std::vector<unsigned> all(41);
        for (unsigned i = 0; i < all.size(); ++i) {
            all[i] = i;
        }
        if (!test::drop_capabilities(all)) {
            return 2;
        }
        return own_rows().empty() ? 1 : 0;
    });
    EXPECT_EQ(test::end_of(child), 0);
}

}  // namespace
}  // namespace flowgauge
