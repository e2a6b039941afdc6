#include "core/base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>

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

}  // namespace

char* write_ip(char* out, const IpAddress& address, std::uint8_t ip_version) noexcept {
    if (ip_version == 4) {
        return write_ipv4(out, address.low);
    }
    std::uint8_t bytes[16];
    for (int i = 0; i < 8; ++i) {
        bytes[i] = static_cast<std::uint8_t>(address.high >> (56 - 8 * i));
        bytes[8 + i] = static_cast<std::uint8_t>(address.low >> (56 - 8 * i));
    }
    char text[INET6_ADDRSTRLEN];
    ::inet_ntop(AF_INET6, bytes, text, sizeof text);
    const std::size_t length = std::strlen(text);
    std::copy_n(text, length, out);
    return out + length;
}

}  // namespace flowgauge
