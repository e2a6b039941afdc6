// The messages and attributes of a piece of a netlink dump, whatever they are about.
//
// The kernel is believed, but not its lengths: nothing is read outside of the piece, and each step
// forward is at least one header (RFC 3549 section 2.3.2, linux/netlink.h).
#pragma once

#include <linux/netlink.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace flowgauge {

enum class DumpState : std::uint8_t {
    kMore,     // the dump goes on in another piece
    kDone,     // it is complete
    kRefused,  // it is over: `error` says why
    kBroken,   // a piece is missing or makes no sense; the rest of the dump may still come
    kFull,     // whoever reads it has no room; the rest of the dump may still come
};

struct DumpOutcome {
    DumpState state = DumpState::kMore;
    int error = 0;             // errno, of kRefused and kBroken
    bool interrupted = false;  // the kernel says that things changed meanwhile (NLM_F_DUMP_INTR)
};

// Reads a T from the beginning. Requires: that many bytes.
template <typename T>
[[nodiscard]] T load(std::span<const std::uint8_t> bytes) noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

// Lengths count the header, and the next one begins at a multiple of four.
[[nodiscard]] inline std::span<const std::uint8_t> behind(
    std::span<const std::uint8_t> bytes, std::size_t length
) noexcept {
    const std::size_t aligned = (length + 3) & ~std::size_t{3};
    return bytes.subspan(std::min(aligned, bytes.size()));
}

// What a message says of the dump itself.
[[nodiscard]] inline DumpOutcome control_message(
    std::uint16_t type, std::span<const std::uint8_t> body
) noexcept {
    const bool has_error = body.size() >= sizeof(int);
    const int error = has_error ? load<int>(body) : 0;
    constexpr int kErrorsMax = 4095;  // of the kernel, negated
    const bool is_error = error < 0 && error >= -kErrorsMax;
    switch (type) {
    case NLMSG_DONE:  // with the error of the dump, if it had one
        return is_error ? DumpOutcome{.state = DumpState::kRefused, .error = -error}
                        : DumpOutcome{.state = DumpState::kDone};
    case NLMSG_ERROR:
        if (is_error) {
            return {.state = DumpState::kRefused, .error = -error};
        }
        // 0 is an acknowledgment, anything else makes no sense.
        return {.state = has_error && error == 0 ? DumpState::kMore : DumpState::kBroken};
    case NLMSG_OVERRUN:
        return {.state = DumpState::kBroken};
    default:
        return {};
    }
}

// Calls visit(type, body) -> bool for each message of data that answers the request `sequence`,
// until it returns false (kFull) or the dump or the piece ends.
template <typename Visit>
DumpOutcome walk_messages(
    std::span<const std::uint8_t> piece, std::uint32_t sequence, Visit&& visit
) {
    bool interrupted = false;
    while (!piece.empty()) {
        if (piece.size() < sizeof(nlmsghdr)) {
            return {.state = DumpState::kBroken, .interrupted = interrupted};
        }
        const auto header = load<nlmsghdr>(piece);
        if (header.nlmsg_len < sizeof(nlmsghdr) || header.nlmsg_len > piece.size()) {
            return {.state = DumpState::kBroken, .interrupted = interrupted};
        }
        const std::span<const std::uint8_t> body =
            piece.subspan(sizeof header, header.nlmsg_len - sizeof header);
        piece = behind(piece, header.nlmsg_len);
        if (header.nlmsg_seq != sequence) {
            continue;  // of a request before
        }
        interrupted = interrupted || (header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        DumpOutcome said;
        if (header.nlmsg_type < NLMSG_MIN_TYPE) {
            said = control_message(header.nlmsg_type, body);
        } else if (!visit(header.nlmsg_type, body)) {
            said.state = DumpState::kFull;
        }
        if (said.state != DumpState::kMore) {
            said.interrupted = interrupted;
            return said;
        }
    }
    return {.interrupted = interrupted};
}

// Calls visit(type, body) for each attribute, up to the first that is damaged.
template <typename Visit>
void walk_attributes(std::span<const std::uint8_t> bytes, Visit&& visit) {
    while (bytes.size() >= sizeof(nlattr)) {
        const auto header = load<nlattr>(bytes);
        if (header.nla_len < sizeof header || header.nla_len > bytes.size()) {
            return;
        }
        visit(
            static_cast<unsigned>(header.nla_type) & static_cast<unsigned>(NLA_TYPE_MASK),
            bytes.subspan(sizeof header, header.nla_len - sizeof header)
        );
        bytes = behind(bytes, header.nla_len);
    }
}

}  // namespace flowgauge
