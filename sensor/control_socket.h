// Where the sensor and the commands that ask it meet: a unix socket.
#pragma once

#include <string>

namespace flowgauge {

// The path for what the configuration says. "auto": control.sock in the runtime directory that
// systemd gives ($RUNTIME_DIRECTORY), else in /run/flowgauge, which is made if it can be; empty if
// it cannot. Empty: no socket.
[[nodiscard]] std::string control_socket_path(const std::string& configured);

}  // namespace flowgauge
