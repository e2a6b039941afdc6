#include "service/sensor_name.h"

#include <unistd.h>

#include <array>

namespace flowgauge {

std::string sensor_name(const std::string& configured) {
    std::array<char, 256> name{};
    if (configured != "auto") {
        return configured;
    }
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

}  // namespace flowgauge
