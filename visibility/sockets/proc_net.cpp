#include "visibility/sockets/proc_net.h"

#include "visibility/sockets/socket_ends.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace flowgauge {
namespace {

// The words of a line, from left to right.
class Words {
public:
    explicit Words(std::string_view line) noexcept : rest_(line) {}

    // Empty: there is none any more.
    std::string_view next() noexcept {
        while (!rest_.empty() && rest_.front() == ' ') {
            rest_.remove_prefix(1);
        }
        const std::string_view word = rest_.substr(0, rest_.find(' '));
        rest_.remove_prefix(word.size());
        return word;
    }

    void skip(int words) noexcept {
        for (int i = 0; i < words; ++i) {
            static_cast<void>(next());
        }
    }

private:
    std::string_view rest_;
};

template <typename Number>
std::optional<Number> number_of(std::string_view digits, int base) noexcept {
    Number number = 0;
    const char* end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, number, base);
    if (error != std::errc() || stopped != end) {
        return std::nullopt;
    }
    return number;
}

constexpr std::size_t kWordDigits = 8;  // of 32 bits

struct End {
    SocketAddressBytes address{};
    std::uint16_t port = 0;
};

// "0100007F:1F90", or four such words for IPv6.
std::optional<End> parse_end(std::string_view word, bool is_ipv6) noexcept {
    const std::size_t words = is_ipv6 ? 4 : 1;
    const std::size_t digits = words * kWordDigits;
    if (word.size() != digits + 5 || word[digits] != ':') {
        return std::nullopt;
    }
    End end;
    for (std::size_t i = 0; i < words; ++i) {
        const auto value = number_of<std::uint32_t>(word.substr(i * kWordDigits, kWordDigits), 16);
        if (!value) {
            return std::nullopt;
        }
        std::memcpy(end.address.data() + i * sizeof *value, &*value, sizeof *value);
    }
    const auto port = number_of<std::uint16_t>(word.substr(digits + 1), 16);
    if (!port) {
        return std::nullopt;
    }
    end.port = *port;
    return end;
}

// What the two "ports" mean depends on the file. Returns false where they cannot be.
bool set_ports(SocketKey& key, const ProcNetFile& file, const End& local, const End& remote) {
    constexpr std::uint16_t kProtocolMax = 255;
    key.protocol = file.protocol;
    key.local_port = 0;
    key.remote_port = 0;
    if (file.raw) {
        key.protocol = static_cast<std::uint8_t>(local.port);
        return local.port <= kProtocolMax;
    }
    key.local_port = local.port;
    const bool is_ping = file.protocol == 1 || file.protocol == 58;
    if (!is_ping) {  // of a ping socket: whatever its process wrote beside the address
        key.remote_port = remote.port;
    }
    return true;
}

}  // namespace

ProcNetLine parse_proc_net_line(
    std::string_view line, const ProcNetFile& file, SocketRow& row
) noexcept {
    Words words(line);
    const std::string_view slot = words.next();
    if (slot == "sl") {
        return ProcNetLine::kPassed;
    }
    const std::optional<End> local = parse_end(words.next(), file.is_ipv6);
    const std::optional<End> remote = parse_end(words.next(), file.is_ipv6);
    const auto state = number_of<std::uint8_t>(words.next(), 16);
    if (!slot.ends_with(':') || !local || !remote || !state || !is_socket_state(*state)) {
        return ProcNetLine::kMalformed;
    }
    row.state = static_cast<SocketState>(*state);
    if (is_unowned(file.protocol, row.state)) {
        return ProcNetLine::kPassed;
    }
    words.skip(3);  // queues, timer, retransmits
    const auto uid = number_of<std::uint32_t>(words.next(), 10);
    words.skip(1);  // timeout
    const auto inode = number_of<std::uint64_t>(words.next(), 10);
    if (!uid || !inode || !set_ports(row.key, file, *local, *remote)) {
        return ProcNetLine::kMalformed;
    }
    set_ends(row.key, file.is_ipv6, local->address, remote->address);
    row.uid = *uid;
    row.inode = *inode;
    row.raw = file.raw;
    return ProcNetLine::kRow;
}

ProcNetRead parse_proc_net(
    std::string_view text,
    const ProcNetFile& file,
    std::uint32_t name_space,
    std::vector<SocketRow>& rows,
    std::size_t rows_max
) {
    ProcNetRead read;
    SocketRow row;
    row.name_space = name_space;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const ProcNetLine line = parse_proc_net_line(text.substr(0, end), file, row);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line == ProcNetLine::kMalformed) {
            ++read.malformed;
        } else if (line == ProcNetLine::kRow) {
            if (rows.size() >= rows_max) {
                read.full = true;
                return read;
            }
            rows.push_back(row);
        }
    }
    return read;
}

}  // namespace flowgauge
