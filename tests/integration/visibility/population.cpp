// Many processes with many sockets, as a busy machine has them, in the namespace where it is
// started.
//
//     visibility_population PROCESSES SOCKETS [OPENING [TICK_MS]]
//
// SOCKETS over all processes, each with a listener on an address of its own in 127.0.0.0/8, pairs
// of connected sockets, a UDP socket in every second one, and five descriptors of other things.
// OPENING of the processes open a pair at each tick, and close all of those again from time to
// time. Prints "ready" when all is there, and goes on until it is killed.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kExtraDescriptors = 5;
constexpr std::uint16_t kPort = 20000;
constexpr std::size_t kOpenPairsMax = 20;

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    _exit(1);
}

sockaddr_in address_of(unsigned number) {
    constexpr std::uint32_t kFirst = 0x7f010001;  // 127.1.0.1
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(kPort);
    address.sin_addr.s_addr = htonl(kFirst + number);
    return address;
}

const sockaddr* raw(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

class Holder {
public:
    explicit Holder(unsigned number)
        : address_(address_of(number)),
          listener_(socket(AF_INET, SOCK_STREAM, 0)) {
        const int yes = 1;
        if (setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
            bind(listener_, raw(address_), sizeof address_) != 0 || listen(listener_, 64) != 0) {
            fail("listener");
        }
        if (number % 2 != 0) {
            const int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
            if (bind(datagrams, raw(address_), sizeof address_) != 0) {
                fail("UDP socket");
            }
            ++sockets_;
        }
        for (int i = 0; i < kExtraDescriptors; ++i) {
            if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) {
                fail("/dev/null");
            }
        }
    }

    std::array<int, 2> open_pair() {
        const int one = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(one, raw(address_), sizeof address_) != 0) {
            fail("connect");
        }
        const int other = accept(listener_, nullptr, nullptr);
        if (other < 0) {
            fail("accept");
        }
        sockets_ += 2;
        return {one, other};
    }

    void fill(unsigned sockets) {
        while (sockets_ < sockets) {
            open_pair();
        }
    }

    [[noreturn]] void go_on_opening(std::chrono::milliseconds tick) {
        std::vector<std::array<int, 2>> pairs;
        while (true) {
            pairs.push_back(open_pair());
            if (pairs.size() == kOpenPairsMax) {
                for (const auto& [one, other] : pairs) {
                    const linger at_once{.l_onoff = 1, .l_linger = 0};
                    static_cast<void>(
                        setsockopt(one, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once)
                    );
                    close(one);
                    close(other);
                }
                pairs.clear();
            }
            std::this_thread::sleep_for(tick);
        }
    }

private:
    sockaddr_in address_;
    int listener_;
    unsigned sockets_ = 1;
};

struct Plan {
    unsigned processes;
    unsigned sockets;
    unsigned opening;
    std::chrono::milliseconds tick;
};

[[noreturn]] void hold(const Plan& plan, unsigned number, int ready) {
    static_cast<void>(prctl(PR_SET_PDEATHSIG, SIGKILL));
    const std::string name = "holder-" + std::to_string(number);
    static_cast<void>(prctl(PR_SET_NAME, name.c_str()));
    Holder holder(number);
    holder.fill(plan.sockets / plan.processes);
    if (write(ready, "x", 1) != 1) {
        fail("pipe");
    }
    close(ready);
    if (number < plan.opening) {
        holder.go_on_opening(plan.tick);
    }
    while (true) {
        pause();
    }
}

}  // namespace

int main(int count, char** words) {
    const auto number = [&](int index, unsigned fallback) {
        return count > index ? static_cast<unsigned>(std::atoi(words[index])) : fallback;
    };
    const Plan plan{
        number(1, 500), number(2, 10'000), number(3, 0), std::chrono::milliseconds(number(4, 50))};
    static_cast<void>(prctl(PR_SET_PDEATHSIG, SIGKILL));
    rlimit descriptors{};
    static_cast<void>(getrlimit(RLIMIT_NOFILE, &descriptors));
    descriptors.rlim_cur = descriptors.rlim_max;
    static_cast<void>(setrlimit(RLIMIT_NOFILE, &descriptors));
    std::array<int, 2> ready{};
    if (plan.processes == 0 || pipe(ready.data()) != 0) {
        fail("pipe");
    }
    for (unsigned i = 0; i < plan.processes; ++i) {
        const pid_t child = fork();
        if (child < 0) {
            fail("fork");
        }
        if (child == 0) {
            close(ready[0]);
            hold(plan, i, ready[1]);
        }
    }
    close(ready[1]);
    char byte = 0;
    for (unsigned i = 0; i < plan.processes; ++i) {
        if (read(ready[0], &byte, 1) != 1) {
            fail("a process ended early");
        }
    }
    static_cast<void>(std::puts("ready"));
    static_cast<void>(std::fflush(stdout));
    while (true) {
        pause();
    }
}
