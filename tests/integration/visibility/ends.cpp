#include "ends.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace flowgauge::visibility_test {

const sockaddr* End::raw() const {
    return reinterpret_cast<const sockaddr*>(&address);
}

std::uint16_t End::port() const {
    if (address.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
    }
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
}

void End::set_port(std::uint16_t port) {
    if (address.ss_family == AF_INET) {
        reinterpret_cast<sockaddr_in*>(&address)->sin_port = htons(port);
    } else {
        reinterpret_cast<sockaddr_in6*>(&address)->sin6_port = htons(port);
    }
}

std::optional<End> parse_end(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) {
        return std::nullopt;
    }
    End end;
    const auto port = static_cast<std::uint16_t>(std::atoi(text.c_str() + colon + 1));
    if (text.front() == '[' && text[colon - 1] == ']') {
        auto* address = reinterpret_cast<sockaddr_in6*>(&end.address);
        address->sin6_family = AF_INET6;
        end.length = sizeof(sockaddr_in6);
        if (inet_pton(AF_INET6, text.substr(1, colon - 2).c_str(), &address->sin6_addr) != 1) {
            return std::nullopt;
        }
    } else {
        auto* address = reinterpret_cast<sockaddr_in*>(&end.address);
        address->sin_family = AF_INET;
        end.length = sizeof(sockaddr_in);
        if (inet_pton(AF_INET, text.substr(0, colon).c_str(), &address->sin_addr) != 1) {
            return std::nullopt;
        }
    }
    end.set_port(port);
    return end;
}

std::uint16_t local_port(int descriptor) {
    End end;
    end.length = sizeof end.address;
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&end.address), &end.length) != 0) {
        return 0;
    }
    return end.port();
}

void set_option(int descriptor, int level, int name, int value) {
    if (setsockopt(descriptor, level, name, &value, sizeof value) != 0) {
        fail("setsockopt");
    }
}

void reset_at_close(int descriptor) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    if (setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) != 0) {
        fail("SO_LINGER");
    }
}

void fail(const std::string& what) {
    const std::string why = std::generic_category().message(errno);
    static_cast<void>(std::fprintf(stderr, "%d: %s: %s\n", getpid(), what.c_str(), why.c_str()));
    _exit(1);
}

}  // namespace flowgauge::visibility_test
