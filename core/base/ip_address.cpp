#include "core/base/ip_address.h"

#include <array>

namespace flowgauge {
namespace {

char* write_decimal_octet(char* out, unsigned value) noexcept {
    if (value >= 100) {
        *out++ = static_cast<char>('0' + value / 100);
        value %= 100;
        *out++ = static_cast<char>('0' + value / 10);
    } else if (value >= 10) {
        *out++ = static_cast<char>('0' + value / 10);
    }
    *out++ = static_cast<char>('0' + value % 10);
    return out;
}

char* write_ipv4(char* out, std::uint64_t address) noexcept {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out = write_decimal_octet(out, static_cast<unsigned>((address >> shift) & 0xff));
        *out++ = '.';
    }
    return out - 1;
}

// A run of zero groups, written as "::".
struct ZeroRun {
    unsigned begin = 8;
    unsigned length = 1;  // one group alone is written as 0
};

ZeroRun longest_zero_run(const std::array<unsigned, 8>& groups) noexcept {
    ZeroRun longest;
    unsigned length = 0;
    for (unsigned i = 0; i < groups.size(); ++i) {
        length = groups[i] == 0 ? length + 1 : 0;
        if (length > longest.length) {
            longest = {.begin = i + 1 - length, .length = length};
        }
    }
    return longest;
}

char* write_hex_group(char* out, unsigned value) noexcept {
    constexpr const char* kDigits = "0123456789abcdef";
    for (int shift = 12; shift > 0; shift -= 4) {
        if (value >> shift != 0) {
            *out++ = kDigits[value >> shift & 0x0f];
        }
    }
    *out++ = kDigits[value & 0x0f];
    return out;
}

// inet_ntop's rules: the first of the longest runs is shortened, and an address that holds an IPv4
// address (RFC 4291 section 2.5.5) ends in that one's notation.
char* write_ipv6(char* out, const IpAddress& address) noexcept {
    std::array<unsigned, 8> groups{};
    for (unsigned i = 0; i < 4; ++i) {
        groups[i] = static_cast<unsigned>(address.high >> (48 - 16 * i)) & 0xffff;
        groups[4 + i] = static_cast<unsigned>(address.low >> (48 - 16 * i)) & 0xffff;
    }
    const ZeroRun run = longest_zero_run(groups);
    const bool has_ipv4 =
        run.begin == 0 && (run.length == 6 || (run.length == 5 && groups[5] == 0xffff));
    for (unsigned i = 0; i < groups.size(); ++i) {
        if (i == run.begin) {
            *out++ = ':';
            i += run.length - 1;
            if (i == groups.size() - 1) {
                *out++ = ':';
            }
            continue;
        }
        if (i != 0) {
            *out++ = ':';
        }
        if (has_ipv4 && i == 6) {
            return write_ipv4(out, address.low & 0xffffffff);
        }
        out = write_hex_group(out, groups[i]);
    }
    return out;
}

}  // namespace

char* write_ip(char* out, const IpAddress& address, std::uint8_t ip_version) noexcept {
    return ip_version == 4 ? write_ipv4(out, address.low) : write_ipv6(out, address);
}

}  // namespace flowgauge
