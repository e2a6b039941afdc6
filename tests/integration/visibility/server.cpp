// Takes connections and datagrams: what is sent is read, datagrams go back as they came.
//
//     visibility_server [--listen END]... [--closing END]... [--udp END]... [--reuse-port 1]
//
// END is 192.0.2.1:80 or [::]:80. Connections to --closing are closed when the first bytes have
// come, so that it is the client's port that is free at once; others when the client has closed.
// Prints "ready" when all is bound, and goes on until it is killed.
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <set>
#include <span>
#include <string>

#include "ends.h"
#include "words.h"

namespace flowgauge::visibility_test {
namespace {

class Server {
public:
    explicit Server(const Words& words) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
        if (epoll_ < 0) {
            fail("epoll_create1");
        }
        const bool shared = words.number("--reuse-port", 0) != 0;
        for (const std::string& end : words.all("--listen")) {
            listeners_.insert(bound(end, SOCK_STREAM, shared));
        }
        for (const std::string& end : words.all("--closing")) {
            closing_.insert(bound(end, SOCK_STREAM, shared));
        }
        for (const std::string& end : words.all("--udp")) {
            datagrams_.insert(bound(end, SOCK_DGRAM, shared));
        }
    }

    [[noreturn]] void serve() {
        std::array<epoll_event, 256> events{};
        while (true) {
            const int count = epoll_wait(epoll_, events.data(), events.size(), -1);
            const auto got = static_cast<std::size_t>(std::max(count, 0));
            for (const epoll_event& event : std::span(events).first(got)) {
                handle(event.data.fd);
            }
        }
    }

private:
    int bound(const std::string& text, int type, bool shared) {
        const std::optional<End> end = parse_end(text);
        const int made =
            end ? socket(end->address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
        if (made < 0) {
            fail(text);
        }
        set_option(made, SOL_SOCKET, SO_REUSEADDR, 1);
        set_option(made, SOL_SOCKET, SO_REUSEPORT, shared ? 1 : 0);
        constexpr int kWaitingMax = 1024;
        if (bind(made, end->raw(), end->length) != 0 ||
            (type == SOCK_STREAM && listen(made, kWaitingMax) != 0)) {
            fail(text);
        }
        watch(made);
        return made;
    }

    void watch(int descriptor) const {
        epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
        if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
            fail("epoll_ctl");
        }
    }

    void handle(int descriptor) {
        if (listeners_.contains(descriptor) || closing_.contains(descriptor)) {
            take(descriptor);
        } else if (datagrams_.contains(descriptor)) {
            echo(descriptor);
        } else {
            read_on(descriptor);
        }
    }

    void take(int listener) {
        for (int taken = 0; taken >= 0;) {
            taken = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
            if (taken >= 0) {
                watch(taken);
                if (closing_.contains(listener)) {
                    short_.insert(taken);
                }
            }
        }
    }

    void read_on(int connection) {
        std::array<char, 4096> room{};
        const ssize_t got = read(connection, room.data(), room.size());
        const bool again = got < 0 && (errno == EAGAIN || errno == EINTR);
        if (!again && (got <= 0 || short_.contains(connection))) {
            short_.erase(connection);
            close(connection);
        }
    }

    static void echo(int descriptor) {
        std::array<char, 2048> room{};
        End from;
        from.length = sizeof from.address;
        auto* address = reinterpret_cast<sockaddr*>(&from.address);
        const ssize_t got =
            recvfrom(descriptor, room.data(), room.size(), 0, address, &from.length);
        if (got >= 0) {
            // A client that has gone meanwhile is not our concern.
            (void)sendto(
                descriptor, room.data(), static_cast<std::size_t>(got), 0, address, from.length
            );
        }
    }

    int epoll_;
    std::set<int> listeners_;
    std::set<int> closing_;
    std::set<int> datagrams_;
    std::set<int> short_;
};

}  // namespace
}  // namespace flowgauge::visibility_test

int main(int count, char** words) {
    using namespace flowgauge::visibility_test;
    static_cast<void>(prctl(PR_SET_PDEATHSIG, SIGKILL));
    Server server(Words(count, words));
    static_cast<void>(std::puts("ready"));
    static_cast<void>(std::fflush(stdout));
    server.serve();
}
