// make_socket_corpus DIRECTORY: writes the seeds of proc_net_fuzz and sock_diag_fuzz to
// DIRECTORY/proc_net and DIRECTORY/sock_diag.
//
// The committed files under tests/fuzz/corpus were made by it.
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

namespace flowgauge::test {
namespace {

constexpr std::uint32_t kSequence = 1;  // as in sock_diag_fuzz

class Corpus {
public:
    explicit Corpus(std::filesystem::path folder) : folder_(std::move(folder)) {
        std::filesystem::create_directories(folder_);
    }

    // `first` is the option byte.
    void add(const std::string& name, unsigned first, const std::string& rest) {
        std::ofstream file(folder_ / name, std::ios::binary);
        file << static_cast<char>(first) << rest << std::flush;
        is_written_ = is_written_ && file.good();
    }

    [[nodiscard]] bool is_written() const noexcept { return is_written_; }

private:
    std::filesystem::path folder_;
    bool is_written_ = true;
};

const std::string kHeader = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
                            "retrnsmt   uid  timeout inode\n";

// A line with these ends and this state.
std::string line(const std::string& local, const std::string& remote, const std::string& state) {
    return "   0: " + local + " " + remote + " " + state +
           " 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000\n";
}

void add_texts(Corpus& corpus) {
    const std::string any6(32, '0');
    const std::string mapped = "0000000000000000FFFF00000100007F";
    const std::string six = "B80D0120000000000000000001000000";
    corpus.add(
        "tcp",
        0,
        kHeader + line("0100007F:1F90", "00000000:0000", "0A") +
            line("0102000A:9C40", "050200C0:01BB", "01") +
            line("0102000A:9C41", "050200C0:01BB", "06")
    );
    corpus.add(
        "tcp6",
        1,
        kHeader + line(any6 + ":0016", any6 + ":0000", "0A") +
            line(mapped + ":0016", mapped + ":9C40", "01") +
            line(six + ":0016", six + ":9C40", "08")
    );
    corpus.add("udp", 2, kHeader + line("3500007F:0035", "00000000:0000", "07"));
    corpus.add(
        "udp6",
        3,
        kHeader + line(mapped + ":0035", any6 + ":0000", "07") +
            line(any6 + ":0035", mapped + ":0036", "01")
    );
    corpus.add("icmp", 6, kHeader + line("00000000:0003", "0100007F:0401", "01"));
    corpus.add("icmp6", 7, kHeader + line(any6 + ":0003", any6 + ":0000", "07"));
    corpus.add("raw", 8, kHeader + line("00000000:0001", "00000000:0000", "07"));
    corpus.add("raw6", 9, kHeader + line(any6 + ":003A", any6 + ":0000", "07"));
    corpus.add(
        "malformed", 0, kHeader + "   0: 0100007F:1F90\nrubbish\n\n" + std::string(300, 'F')
    );
    corpus.add(
        "fib_trie",
        10,
        "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\nLocal:\n"
        "     |-- 10.0.2.15\n        /32 host LOCAL\n     |-- 10.0.2.255\n"
        "        /32 link BROADCAST\n     |-- 127.0.0.1\n        /32 host LOCAL\n"
    );
    corpus.add(
        "if_inet6",
        11,
        "00000000000000000000000000000001 01 80 10 80       lo\n"
        "fe80000000000000020c29fffe000001 02 40 20 80     eth0\n"
    );
}

template <typename T>
std::string bytes_of(const T& value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

std::string padded(std::string bytes) {
    bytes.resize((bytes.size() + 3) / 4 * 4);
    return bytes;
}

std::string message(std::uint16_t type, const std::string& body, std::uint16_t flags = 2) {
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + body.size());
    header.nlmsg_type = type;
    header.nlmsg_flags = flags;
    header.nlmsg_seq = kSequence;
    return padded(bytes_of(header) + body);
}

std::string attribute(std::uint16_t type, const std::string& value) {
    nlattr header{};
    header.nla_len = static_cast<std::uint16_t>(sizeof header + value.size());
    header.nla_type = type;
    return padded(bytes_of(header) + value);
}

std::string socket_of(std::uint8_t family, std::uint8_t state, bool is_mapped = false) {
    constexpr std::uint16_t kCgroup = 21;
    inet_diag_msg body{};
    body.idiag_family = family;
    body.idiag_state = state;
    body.id.idiag_sport = htons(8080);
    body.id.idiag_cookie[0] = 2;
    body.idiag_uid = 1000;
    body.idiag_inode = 4711;
    if (is_mapped) {
        body.id.idiag_src[2] = body.id.idiag_dst[2] = htonl(0xffff);
        body.id.idiag_src[3] = body.id.idiag_dst[3] = htonl(0x7f000001);
    }
    return message(
        SOCK_DIAG_BY_FAMILY,
        bytes_of(body) + attribute(INET_DIAG_SHUTDOWN, "\1") + attribute(INET_DIAG_SKV6ONLY, "\1") +
            attribute(kCgroup, std::string("\1\1\0\0\0\0\0\0", 8))
    );
}

std::string address_of(std::uint8_t family, const std::string& bytes) {
    ifaddrmsg body{};
    body.ifa_family = family;
    return message(
        RTM_NEWADDR, bytes_of(body) + attribute(IFA_ADDRESS, bytes) + attribute(IFA_LOCAL, bytes)
    );
}

void add_pieces(Corpus& corpus) {
    const std::string done = message(NLMSG_DONE, bytes_of(std::int32_t{0}));
    const std::string sockets = socket_of(AF_INET, 10) + socket_of(AF_INET6, 10) +
                                socket_of(AF_INET6, 1, true) + socket_of(AF_INET, 6);
    corpus.add("tcp", 0, sockets + done);
    corpus.add("udp", 2, socket_of(AF_INET, 7) + socket_of(AF_INET6, 1) + done);
    corpus.add("more", 0, sockets);
    corpus.add("refused", 0, message(NLMSG_DONE, bytes_of(std::int32_t{-ENOENT})));
    corpus.add("error", 0, message(NLMSG_ERROR, bytes_of(std::int32_t{-EPERM})));
    corpus.add("overrun", 0, message(NLMSG_OVERRUN, ""));
    corpus.add("interrupted", 0, message(NLMSG_DONE, bytes_of(std::int32_t{0}), 0x12));
    corpus.add("cut", 0, sockets.substr(0, sockets.size() - 30));
    std::string many;
    for (int i = 0; i < 21; ++i) {
        many += socket_of(AF_INET, 10);
    }
    corpus.add("full", 0, many);
    corpus.add(
        "addresses",
        1,
        address_of(AF_INET, std::string("\n\0\0\1", 4)) +
            address_of(AF_INET6, std::string(16, '\2')) + done
    );
}

}  // namespace
}  // namespace flowgauge::test

int main(int count, char** arguments) {
    if (count != 2) {
        static_cast<void>(std::fputs("usage: make_socket_corpus DIRECTORY\n", stderr));
        return 2;
    }
    const std::filesystem::path folder = arguments[1];
    flowgauge::test::Corpus texts(folder / "proc_net");
    flowgauge::test::Corpus pieces(folder / "sock_diag");
    flowgauge::test::add_texts(texts);
    flowgauge::test::add_pieces(pieces);
    return texts.is_written() && pieces.is_written() ? 0 : 1;
}
