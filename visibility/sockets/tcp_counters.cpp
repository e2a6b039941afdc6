#include "visibility/sockets/tcp_counters.h"

#include <algorithm>
#include <charconv>

namespace flowgauge {
namespace {

std::string_view next_word(std::string_view& line) noexcept {
    const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    const std::string_view word = line.substr(begin, end - begin);
    line.remove_prefix(end);
    return word;
}

// The first line that begins so, without that; `text` goes on behind it.
std::string_view next_line(std::string_view& text, std::string_view begin) noexcept {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with(begin)) {
            return line.substr(begin.size());
        }
    }
    return {};
}

}  // namespace

std::optional<TcpCounters> parse_tcp_counters(std::string_view text) noexcept {
    constexpr std::string_view kBegin = "Tcp: ";
    std::string_view names = next_line(text, kBegin);
    std::string_view values = next_line(text, kBegin);
    TcpCounters counters;
    unsigned found = 0;
    for (std::string_view name; !(name = next_word(names)).empty();) {
        const std::string_view value = next_word(values);
        std::uint64_t* counter = name == "ActiveOpens"    ? &counters.active_opens
                                 : name == "PassiveOpens" ? &counters.passive_opens
                                 : name == "AttemptFails" ? &counters.attempt_fails
                                 : name == "CurrEstab"    ? &counters.established
                                                          : nullptr;
        if (counter != nullptr) {
            const auto read = std::from_chars(value.data(), value.data() + value.size(), *counter);
            found += read.ec == std::errc{} ? 1 : 0;
        }
    }
    constexpr unsigned kCounters = 4;
    return found == kCounters ? std::optional(counters) : std::nullopt;
}

const std::vector<SocketRow>* KnownConnections::find(const TcpCounters& counters) noexcept {
    if (!is_known_ || counters != counters_ || trusted_ == kTrustedMax) {
        return nullptr;
    }
    ++trusted_;
    return &rows_;
}

void KnownConnections::keep(const TcpCounters& counters, std::span<const SocketRow> listed) {
    rows_.clear();
    trusted_ = 0;
    is_known_ = false;
    std::uint64_t established = 0;
    for (const SocketRow& row : listed) {
        if (row.state == SocketState::kListen) {
            continue;
        }
        const bool is_established =
            row.state == SocketState::kEstablished || row.state == SocketState::kCloseWait;
        if (row.inode == 0 || (!is_established && row.state != SocketState::kSynSent)) {
            return;
        }
        established += is_established ? 1 : 0;
        rows_.push_back(row);
    }
    // One that is not in the list waits to be accepted.
    is_known_ = established == counters.established;
    counters_ = counters;
}

}  // namespace flowgauge
