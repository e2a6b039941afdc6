// Sends the frames of capture files out of one interface, byte for byte and at a paced rate.
//
//     frame_player INTERFACE FILE... [--rate PPS | --own-pace] [--repeat N] [--limit N]
//     frame_player --check FILE...
//
// Prints one line of JSON with what was sent. Exit status: 0 every frame was sent, 1 not (skipped,
// refused by the kernel, out of time, or stopped by a signal), 2 wrong use. --check sends nothing:
// it prints a line for each file that says whether all of it can be sent, and exits with 0 if so.
//
// Only for interfaces of namespaces that the caller made.
#include "capture/capture_file.h"
#include "core/base/file_descriptor.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace flowgauge {
namespace {

constexpr int kSent = 0;
constexpr int kNotSent = 1;
constexpr int kWrongUse = 2;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kPlayTimeMax = 120 * kSecond;
constexpr std::uint64_t kOffsetSecondsMax = 1'000'000'000;  // 30 years: more is a broken stamp
constexpr std::uint64_t kFramesMax = 4'000'000;             // sent in all
constexpr std::size_t kLoadedBytesMax = 512UL << 20U;       // held in memory
constexpr std::uint64_t kRateDefault = 20'000;

// What an MTU of 1500 takes; one IEEE 802.1Q tag comes on top of it (the kernel's rule as well).
constexpr std::size_t kFrameBytesMin = ETH_HLEN;
constexpr std::size_t kFrameBytesMax = ETH_FRAME_LEN;
constexpr std::size_t kTagBytes = 4;

// Frames handed to the kernel at once: far below the 1000 packets that the receiving side queues.
constexpr std::size_t kBatchFrames = 16;

// Pause before a frame is offered again that the device had no room for.
constexpr std::uint64_t kRetryPause = 100'000;

volatile sig_atomic_t stop_requested = 0;

void request_stop(int /*signal*/) {
    stop_requested = 1;
}

std::uint64_t nanoseconds_of(const timespec& time) noexcept {
    return static_cast<std::uint64_t>(time.tv_sec) * kSecond +
           static_cast<std::uint64_t>(time.tv_nsec);
}

std::uint64_t now() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return nanoseconds_of(time);
}

void sleep_until(std::uint64_t moment) noexcept {
    const timespec time{
        .tv_sec = static_cast<time_t>(moment / kSecond),
        .tv_nsec = static_cast<decltype(timespec::tv_nsec)>(moment % kSecond)};
    ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
}

void complain(const std::string& what) {
    static_cast<void>(std::fprintf(stderr, "frame_player: %s\n", what.c_str()));
}

std::string reason_of(int number) {
    return std::system_category().message(number);
}

std::uint16_t ether_type_of(const Frame& frame) noexcept {
    return static_cast<std::uint16_t>(frame.bytes[12] << 8U | frame.bytes[13]);
}

// Why the frame cannot be sent as it was captured, or nullptr.
const char* obstacle(const Frame& frame) noexcept {
    if (frame.link_type != LinkType::kEthernet) {
        return "not Ethernet";
    }
    if (frame.bytes.size() < frame.wire_bytes) {
        return "cut by a snapshot length";
    }
    if (frame.bytes.size() < kFrameBytesMin) {
        return "shorter than an Ethernet header";
    }
    const std::size_t tag = ether_type_of(frame) == ETH_P_8021Q ? kTagBytes : 0;
    if (frame.bytes.size() > kFrameBytesMax + tag) {
        return "longer than the MTU";
    }
    return nullptr;
}

// The frames of some files, in order.
class Recording {
public:
    // Returns whether all of `path` was read; damage is told on standard error.
    bool load(const std::string& path) {
        auto file = CaptureFile::open(path);
        if (!file) {
            complain(file.error().message);
            return false;
        }
        Frame frame;
        while (true) {
            switch (file.value()->next(frame)) {
            case CaptureFile::Status::kFrame:
                add(frame);
                continue;
            case CaptureFile::Status::kEnd:
                return true;
            case CaptureFile::Status::kFailed:
                complain(file.value()->error().message);
                return false;
            }
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return frames_.size(); }
    [[nodiscard]] std::uint64_t skipped() const noexcept { return skipped_; }
    [[nodiscard]] const char* first_obstacle() const noexcept { return first_obstacle_; }

    // Since the first frame; a frame stamped before its predecessor follows at once.
    [[nodiscard]] std::uint64_t offset(std::size_t index) const noexcept {
        return frames_[index].offset;
    }
    [[nodiscard]] std::uint64_t duration() const noexcept {
        return frames_.empty() ? 0 : frames_.back().offset;
    }

    [[nodiscard]] iovec at(std::size_t index) noexcept {
        const Place& place = frames_[index];
        return {.iov_base = bytes_.data() + place.begin, .iov_len = place.length};
    }

private:
    struct Place {
        std::size_t begin = 0;
        std::size_t length = 0;
        std::uint64_t offset = 0;
    };

    void add(const Frame& frame) {
        const char* why = obstacle(frame);
        if (why == nullptr && bytes_.size() + frame.bytes.size() > kLoadedBytesMax) {
            why = "beyond the bound of frame_player";
        }
        if (why != nullptr) {
            ++skipped_;
            first_obstacle_ = first_obstacle_ == nullptr ? why : first_obstacle_;
            return;
        }
        if (frames_.empty()) {
            begin_ = frame.time;
        }
        frames_.push_back(
            {.begin = bytes_.size(), .length = frame.bytes.size(), .offset = offset_of(frame.time)}
        );
        bytes_.insert(bytes_.end(), frame.bytes.begin(), frame.bytes.end());
    }

    [[nodiscard]] std::uint64_t offset_of(CaptureTime time) const noexcept {
        const std::uint64_t before = duration();
        if (time <= begin_) {
            return before;
        }
        const std::uint64_t seconds = std::min(time.seconds - begin_.seconds, kOffsetSecondsMax);
        const std::uint64_t offset = seconds * kSecond + time.nanoseconds - begin_.nanoseconds;
        return std::max(before, offset);
    }

    std::vector<std::uint8_t> bytes_;
    std::vector<Place> frames_;
    CaptureTime begin_;
    std::uint64_t skipped_ = 0;
    const char* first_obstacle_ = nullptr;
};

// Frames that reach the receiver through one CPU's queue stay in order.
void stay_on_one_cpu() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
        return;
    }
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &allowed)) {
            cpu_set_t own;
            CPU_ZERO(&own);
            CPU_SET(cpu, &own);
            ::sched_setaffinity(0, sizeof(own), &own);
            return;
        }
    }
}

struct Order {
    bool check = false;
    bool own_pace = false;
    std::uint64_t rate = kRateDefault;
    std::uint64_t repeat = 1;
    std::uint64_t limit = kFramesMax;
    std::string interface;
    std::vector<std::string> files;
};

class Player {
public:
    Player(Recording& recording, const Order& order) : recording_(recording), order_(order) {}

    // Returns whether the interface takes frames.
    bool open() {
        const unsigned int index = ::if_nametoindex(order_.interface.c_str());
        if (index == 0) {
            complain(order_.interface + ": no such interface");
            return false;
        }
        // Protocol 0: receives nothing.
        socket_ = FileDescriptor(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
        if (!socket_) {
            complain("packet socket: " + reason_of(errno) + " (needs CAP_NET_RAW)");
            return false;
        }
        constexpr int kOn = 1;
        if (::setsockopt(socket_.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &kOn, sizeof(kOn)) != 0) {
            complain("PACKET_QDISC_BYPASS: " + reason_of(errno));
            return false;
        }
        address_.sll_family = AF_PACKET;
        address_.sll_ifindex = static_cast<int>(index);
        return true;
    }

    // Returns whether every frame was sent.
    bool play() {
        const std::uint64_t total =
            std::min(recording_.size() * order_.repeat, std::min(order_.limit, kFramesMax));
        begin_ = now();
        while (sent_ < total) {
            const std::uint64_t due = begin_ + moment_of(sent_);
            if (due - begin_ > kPlayTimeMax || now() > begin_ + kPlayTimeMax) {
                complain("120 s are over");
                break;
            }
            sleep_until(due);
            if (stop_requested != 0 || !send_batch(total)) {
                break;
            }
        }
        seconds_ = static_cast<double>(now() - begin_) / static_cast<double>(kSecond);
        return sent_ == total;
    }

    void report() const {
        std::printf(
            "{\"sent\": %llu, \"bytes\": %llu, \"seconds\": %.6f, \"skipped\": %llu, "
            "\"retries\": %llu}\n",
            static_cast<unsigned long long>(sent_),
            static_cast<unsigned long long>(bytes_),
            seconds_,
            static_cast<unsigned long long>(recording_.skipped()),
            static_cast<unsigned long long>(retries_)
        );
    }

private:
    // When the frame of this number is due, since the begin.
    [[nodiscard]] std::uint64_t moment_of(std::uint64_t number) const noexcept {
        if (order_.own_pace) {
            const std::uint64_t round = number / recording_.size();
            return round * recording_.duration() + recording_.offset(number % recording_.size());
        }
        return number * kSecond / order_.rate;
    }

    // Sends what is due, a batch at most. Returns false for an error that does not pass.
    bool send_batch(std::uint64_t total) {
        std::array<iovec, kBatchFrames> parts{};
        std::array<mmsghdr, kBatchFrames> messages{};
        const std::uint64_t time = now();
        unsigned int count = 0;
        while (count < kBatchFrames && sent_ + count < total &&
               (count == 0 || begin_ + moment_of(sent_ + count) <= time)) {
            parts[count] = recording_.at((sent_ + count) % recording_.size());
            messages[count].msg_hdr.msg_name = &address_;
            messages[count].msg_hdr.msg_namelen = sizeof(address_);
            messages[count].msg_hdr.msg_iov = &parts[count];
            messages[count].msg_hdr.msg_iovlen = 1;
            ++count;
        }
        const int taken = ::sendmmsg(socket_.get(), messages.data(), count, 0);
        if (taken < 0) {
            return can_retry(errno);
        }
        for (std::size_t i = 0; i < static_cast<std::size_t>(taken); ++i) {
            bytes_ += messages[i].msg_len;
        }
        sent_ += static_cast<std::uint64_t>(taken);
        return true;
    }

    bool can_retry(int number) {
        if (number == ENOBUFS || number == EAGAIN || number == EINTR) {
            ++retries_;
            sleep_until(now() + kRetryPause);
            return true;
        }
        complain("frame " + std::to_string(sent_ + 1) + ": " + reason_of(number));
        return false;
    }

    Recording& recording_;
    const Order& order_;
    FileDescriptor socket_;
    sockaddr_ll address_{};
    std::uint64_t begin_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t retries_ = 0;
    double seconds_ = 0;
};

int check(const std::vector<std::string>& files) {
    int status = kSent;
    for (const std::string& path : files) {
        Recording recording;
        const bool whole = recording.load(path);
        const bool sendable = whole && recording.skipped() == 0 && recording.size() != 0;
        const char* obstacle = recording.first_obstacle();
        std::printf(
            "{\"sendable\": %s, \"frames\": %zu, \"skipped\": %llu, \"seconds\": %.3f, "
            "\"obstacle\": \"%s\"}\n",
            sendable ? "true" : "false",
            recording.size(),
            static_cast<unsigned long long>(recording.skipped()),
            static_cast<double>(recording.duration()) / static_cast<double>(kSecond),
            obstacle != nullptr ? obstacle : (whole ? "" : "unreadable")
        );
        status = sendable ? status : kNotSent;
    }
    return status;
}

int play(const Order& order) {
    Recording recording;
    bool whole = true;
    for (const std::string& path : order.files) {
        whole = recording.load(path) && whole;
    }
    Player player(recording, order);
    if (!player.open()) {
        return kNotSent;
    }
    stay_on_one_cpu();
    const bool all = player.play();
    player.report();
    return all && whole && recording.skipped() == 0 ? kSent : kNotSent;
}

// The positive number behind an option, or nothing.
std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value == 0) {
        return std::nullopt;
    }
    return value;
}

// The number that an option sets, or nullptr for no such option.
std::uint64_t* place_of(Order& order, const std::string& option) noexcept {
    if (option == "--rate") {
        return &order.rate;
    }
    if (option == "--repeat") {
        return &order.repeat;
    }
    return option == "--limit" ? &order.limit : nullptr;
}

std::optional<Order> parse(const std::vector<std::string>& words) {
    Order order;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "--check") {
            order.check = true;
        } else if (word == "--own-pace") {
            order.own_pace = true;
        } else if (auto* place = place_of(order, word); place != nullptr) {
            const auto value = ++i < words.size() ? number(words[i]) : std::nullopt;
            if (!value) {
                return std::nullopt;
            }
            *place = *value;
        } else if (word.starts_with("--")) {
            return std::nullopt;
        } else {
            names.push_back(word);
        }
    }
    if (!order.check && !names.empty()) {
        order.interface = names.front();
        names.erase(names.begin());
    }
    order.files = std::move(names);
    return order.files.empty() || (!order.check && order.interface.empty())
               ? std::nullopt
               : std::optional(std::move(order));
}

int main_of(const std::vector<std::string>& words) {
    const std::optional<Order> order = parse(words);
    if (!order) {
        complain("usage: INTERFACE FILE... [--rate PPS | --own-pace] [--repeat N] [--limit N], or "
                 "--check FILE...");
        return kWrongUse;
    }
    if (order->check) {
        return check(order->files);
    }
    struct sigaction action {};
    action.sa_handler = request_stop;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    return play(*order);
}

}  // namespace
}  // namespace flowgauge

int main(int count, char** words) {
    return flowgauge::main_of({words + 1, words + count});
}
