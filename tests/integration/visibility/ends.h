// Ends of sockets, as text and as the kernel has them.
#pragma once

#include "core/base/file_descriptor.h"

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

namespace flowgauge::visibility_test {

struct End {
    sockaddr_storage address{};
    socklen_t length = 0;

    [[nodiscard]] const sockaddr* raw() const;
    [[nodiscard]] std::uint16_t port() const;
    void set_port(std::uint16_t port);
};

// "192.0.2.1:80" or "[::1]:80".
[[nodiscard]] std::optional<End> parse_end(const std::string& text);

// Of a bound socket; 0 if it is none.
[[nodiscard]] std::uint16_t local_port(int descriptor);

void set_option(int descriptor, int level, int name, int value);

// close(2) then resets the connection, and its port is free at once.
void reset_at_close(int descriptor);

// Prints what failed with the error of the kernel, and ends the process with status 1.
[[noreturn]] void fail(const std::string& what);

}  // namespace flowgauge::visibility_test
