#include "sensor/control_socket.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace flowgauge {
namespace {

constexpr mode_t kDirectoryMode = 0755;
constexpr const char* kName = "/control.sock";

}  // namespace

std::string control_socket_path(const std::string& configured) {
    if (configured != "auto") {
        return configured;
    }
    // Of several directories, separated by colons, the first (systemd.exec(5)).
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
    if (const char* runtime = std::getenv("RUNTIME_DIRECTORY"); runtime != nullptr) {
        const std::string first = std::string(runtime).substr(0, std::string(runtime).find(':'));
        if (!first.empty()) {
            return first + kName;
        }
    }
    const std::string directory = "/run/flowgauge";
    const bool made = ::mkdir(directory.c_str(), kDirectoryMode) == 0 || errno == EEXIST;
    return made && ::access(directory.c_str(), W_OK) == 0 ? directory + kName : "";
}

}  // namespace flowgauge
