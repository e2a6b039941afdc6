// What everybody does first: all text of /proc/net, then all links of /proc/PID/fd, each time anew.
//
//     visibility_naive_scan TIMES [PAUSE_MS]
//
// Prints a line for each scan: CPU time in microseconds, sockets with an owner, sockets.
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

namespace {

struct Socket {
    std::array<std::uint32_t, 4> local{};
    std::array<std::uint32_t, 4> remote{};
    std::uint16_t local_port = 0;
    std::uint16_t remote_port = 0;
    unsigned uid = 0;
};

struct Owner {
    int pid = -1;
    std::string name;
};

using Sockets = std::unordered_map<std::uint64_t, Socket>;  // by inode
using Owners = std::unordered_map<std::uint64_t, Owner>;

std::string content(const std::string& path) {
    std::string text;
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return text;
    }
    std::array<char, 1 << 16> room{};
    for (ssize_t got = 0; (got = read(file, room.data(), room.size())) > 0;) {
        text.append(room.data(), static_cast<std::size_t>(got));
    }
    close(file);
    return text;
}

std::string_view next_word(std::string_view& line) {
    const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    const std::string_view word = line.substr(begin, end - begin);
    line.remove_prefix(end);
    return word;
}

template <typename Number>
Number number_of(std::string_view word, int base) {
    Number number = 0;
    std::from_chars(word.data(), word.data() + word.size(), number, base);
    return number;
}

std::uint16_t read_end(std::string_view word, std::array<std::uint32_t, 4>& address) {
    constexpr std::size_t kGroup = 8;
    const std::size_t colon = word.find(':');
    for (std::size_t i = 0; (i + 1) * kGroup <= colon; ++i) {
        address.at(i) = number_of<std::uint32_t>(word.substr(i * kGroup, kGroup), 16);
    }
    return number_of<std::uint16_t>(word.substr(colon + 1), 16);
}

void read_table(const char* path, Sockets& sockets) {
    const std::string text = content(path);
    std::size_t begin = text.find('\n') + 1;
    for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
        std::string_view line(text.data() + begin, end - begin);
        Socket socket;
        next_word(line);
        socket.local_port = read_end(next_word(line), socket.local);
        socket.remote_port = read_end(next_word(line), socket.remote);
        constexpr int kBetween = 4;  // state, queues, timer, retransmissions
        for (int i = 0; i < kBetween; ++i) {
            next_word(line);
        }
        socket.uid = number_of<unsigned>(next_word(line), 10);
        next_word(line);
        sockets.emplace(number_of<std::uint64_t>(next_word(line), 10), socket);
    }
}

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

void read_links(const std::string& pid, const Sockets& sockets, Owners& owners) {
    constexpr std::string_view kPrefix = "socket:[";
    const Directory links(opendir(("/proc/" + pid + "/fd").c_str()), closedir);
    std::string name;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
    while (const dirent* entry = links ? readdir(links.get()) : nullptr) {
        std::array<char, 64> room{};
        const ssize_t got = readlinkat(dirfd(links.get()), entry->d_name, room.data(), room.size());
        const std::string_view link(room.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
        if (!link.starts_with(kPrefix)) {
            continue;
        }
        const auto inode = number_of<std::uint64_t>(link.substr(kPrefix.size()), 10);
        if (!sockets.contains(inode)) {
            continue;
        }
        if (name.empty()) {
            name = content("/proc/" + pid + "/comm");
        }
        owners[inode] = {std::atoi(pid.c_str()), name};
    }
}

std::int64_t cpu_microseconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1'000'000 + time.tv_nsec / 1000;
}

void scan() {
    const std::int64_t begin = cpu_microseconds();
    Sockets sockets;
    Owners owners;
    for (const char* path :
         {"/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6"}) {
        read_table(path, sockets);
    }
    const Directory processes(opendir("/proc"), closedir);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
    while (const dirent* entry = processes ? readdir(processes.get()) : nullptr) {
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') {
            read_links(entry->d_name, sockets, owners);
        }
    }
    const std::int64_t took = cpu_microseconds() - begin;
    static_cast<void>(
        std::printf("%lld %zu %zu\n", static_cast<long long>(took), owners.size(), sockets.size())
    );
    static_cast<void>(std::fflush(stdout));
}

}  // namespace

int main(int count, char** words) {
    const int times = count > 1 ? std::atoi(words[1]) : 1;
    const std::chrono::milliseconds pause(count > 2 ? std::atoi(words[2]) : 0);
    for (int i = 0; i < times; ++i) {
        scan();
        std::this_thread::sleep_for(pause);
    }
    return 0;
}
